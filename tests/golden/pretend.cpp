#include "support/pretend_device.hpp"

#include "backends.hpp"
#include "folder.hpp"

void golden::run_on_pretend_device(const Fixture& f, const Options& o, Report& report) {
  run_folder(f, support::Pretend{}, o, report);
}
