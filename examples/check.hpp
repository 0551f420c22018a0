// Examples assert their own result, so that they run as tests too.
#pragma once
#include <cstdio>
#include <cstdlib>

/// Ends the program with a sentence when something is not as the example says.
inline void check(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "example failed: %s\n", what);
  std::exit(1);
}
