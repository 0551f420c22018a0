// The same cases on every backend: one translation unit each, for they take long to compile.
#pragma once
#include "fixture.hpp"
#include "options.hpp"
#include "report.hpp"

namespace golden {

void run_on_reference(const Fixture& f, const Options& o, Report& report);
void run_on_cpu(const Fixture& f, const Options& o, Report& report);
void run_on_pretend_device(const Fixture& f, const Options& o, Report& report);

}  // namespace golden
