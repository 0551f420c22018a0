#include "skald/backend/host_memory.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <utility>

#include "skald/backend/borrowed_memory.hpp"

BOOST_AUTO_TEST_SUITE(backend_host_memory)

using namespace skald;

BOOST_AUTO_TEST_CASE(bytes_lie_on_a_cache_line) {
  for (std::size_t n : {std::size_t{1}, std::size_t{63}, std::size_t{100000}}) {
    HostMemory m;
    BOOST_TEST(m.size() == 0u);
    BOOST_REQUIRE(!HostMemory::allocate(n, m));
    BOOST_TEST(m.size() == n);
    BOOST_TEST(reinterpret_cast<std::uintptr_t>(m.data()) % 64 == 0u);
    m.data()[0] = m.data()[n - 1] = std::byte{1};
  }
  HostMemory none;
  BOOST_TEST(!HostMemory::allocate(0, none));
  BOOST_TEST(none.size() == 0u);
}

BOOST_AUTO_TEST_CASE(moved_from_it_is_empty) {
  HostMemory from, to;
  BOOST_REQUIRE(!HostMemory::allocate(10, from));
  std::byte* at = from.data();
  to = std::move(from);
  BOOST_TEST(to.data() == at);
  BOOST_TEST(to.size() == 10u);
  BOOST_TEST(from.data() == nullptr);
  BOOST_TEST(from.size() == 0u);
}

BOOST_AUTO_TEST_CASE(a_failed_allocation_changes_nothing) {
  HostMemory m;
  BOOST_REQUIRE(!HostMemory::allocate(10, m));
  std::byte* at = m.data();
  BOOST_TEST((HostMemory::allocate(std::size_t{1} << 62, m).code == FaultCode::out_of_memory));
  BOOST_TEST(m.data() == at);
  BOOST_TEST(m.size() == 10u);
}

BOOST_AUTO_TEST_CASE(borrowed_bytes_are_the_callers) {
  std::byte bytes[5];
  const BorrowedMemory m{bytes};
  BOOST_TEST(m.data() == bytes);
  BOOST_TEST(m.size() == 5u);
  BOOST_TEST(BorrowedMemory().size() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
