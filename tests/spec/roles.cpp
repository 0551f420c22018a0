#include "skald/spec/roles.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(spec_roles)

using namespace skald;

BOOST_AUTO_TEST_CASE(a_users_roles_come_after_ours) {
  BOOST_TEST(int(user_role(0)) > int(Role::pooler));
  BOOST_TEST((user_role(0) == Role::user));
  BOOST_TEST((user_role(1) != user_role(2)));
  BOOST_TEST(int(user_role(127)) == 255);
}

BOOST_AUTO_TEST_SUITE_END()
