#include "skald/core/error.hpp"

#include <boost/test/unit_test.hpp>

#include "skald/core/result.hpp"

BOOST_AUTO_TEST_SUITE(core_error)

BOOST_AUTO_TEST_CASE(a_fault_becomes_a_sentence_with_both_values) {
  const skald::Fault f = skald::fault(skald::FaultCode::out_of_range, "StepBatch.positions", 128, 130, 2);
  BOOST_TEST(skald::Error(f).message() == "StepBatch.positions[2]: expected 128, found 130");
  BOOST_TEST(skald::Error(f, "session").message() == "session: StepBatch.positions[2]: expected 128, found 130");
  BOOST_TEST(!skald::Fault{});
}

BOOST_AUTO_TEST_CASE(all_faults_are_listed) {
  skald::Error e;
  e.add({skald::FaultCode::not_found, "a is missing"});
  e.add({skald::FaultCode::mismatch, "b has another shape"});
  BOOST_TEST((e.code() == skald::FaultCode::not_found));
  BOOST_REQUIRE(e.all().size() == 2u);
  BOOST_TEST(e.all()[1] == "b has another shape");
}

BOOST_AUTO_TEST_CASE(result_holds_one_or_the_other) {
  skald::Result<int> good = 3;
  BOOST_TEST(*good == 3);
  skald::Result<int> bad = skald::Error{skald::FaultCode::io, "no disk"};
  BOOST_TEST(!bad);
  BOOST_CHECK_EXCEPTION(skald::unwrap(std::move(bad)), skald::Error,
                        [](const skald::Error& e) { return e.message() == "no disk"; });
  skald::Result<void> nothing;
  BOOST_TEST(bool(nothing));
  nothing = skald::Result<void>(skald::fault(skald::FaultCode::cancelled, "generate"));
  BOOST_TEST(!nothing);
  BOOST_TEST(skald::unwrap(skald::Result<int>(5)) == 5);
}

BOOST_AUTO_TEST_SUITE_END()
