// The one translation unit that holds Boost.Test's runner.
#define BOOST_TEST_MODULE skald
#include <boost/test/included/unit_test.hpp>

// Under the address sanitiser: tests ask for more than there can be, and look for the fault.
extern "C" const char* __asan_default_options() { return "allocator_may_return_null=1"; }
