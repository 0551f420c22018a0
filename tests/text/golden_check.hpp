// Tells Boost.Test of recorded cases.
#pragma once
#include <boost/test/unit_test.hpp>
#include <string>

#include "components.hpp"
#include "text/golden_components.hpp"

namespace golden {

/// Counts cases; each that differs is an error.
struct Check {
  mutable int cases = 0;

  void operator()(const std::string& name, const std::string& difference) const {
    ++cases;
    BOOST_TEST(difference.empty(), name << ": " << difference);
  }
};

}  // namespace golden
