// The one translation unit that holds Boost.Test's runner.
#define BOOST_TEST_MODULE skald
#include <boost/test/included/unit_test.hpp>
