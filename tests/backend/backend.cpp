#include "skald/backend/backend.hpp"

#include <boost/test/unit_test.hpp>

#include "skald/backend/bare.hpp"
#include "skald/backend/cpu.hpp"
#include "skald/backend/reference.hpp"

BOOST_AUTO_TEST_SUITE(backend_backend)

using namespace skald;

namespace {

struct QuietCpu : Cpu {  // a wrapping backend
  static constexpr const char* name = "quiet";
};
struct Nothing {};

}  // namespace

BOOST_AUTO_TEST_CASE(ours_and_a_users) {
  BOOST_TEST(HeapBackend<Reference>);
  BOOST_TEST(HeapBackend<Cpu>);
  BOOST_TEST(HeapBackend<QuietCpu>);
  BOOST_TEST(Backend<Bare>);
  BOOST_TEST(!HeapBackend<Bare>);
  BOOST_TEST(!Backend<Nothing>);
}

BOOST_AUTO_TEST_CASE(host_space) {
  BOOST_TEST(MemorySpace<Host>);
  BOOST_TEST(is_host<Host>);
  float from[2] = {1, 2}, to[2] = {};
  Host::copy(reinterpret_cast<std::byte*>(to), reinterpret_cast<const std::byte*>(from), sizeof from);
  BOOST_TEST((to[0] == 1 && to[1] == 2));
  BOOST_TEST(Host::cast<float>(reinterpret_cast<std::byte*>(to))[1] == 2);
}

BOOST_AUTO_TEST_SUITE_END()
