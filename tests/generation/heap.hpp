// How often this program asked the heap: fixed_session.cpp counts.
#pragma once

namespace test {

long allocations_so_far();

}  // namespace test
