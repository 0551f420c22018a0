#include "backends.hpp"
#include "folder.hpp"
#include "skald/backend/reference.hpp"

void golden::run_on_reference(const Fixture& f, const Options& o, Report& report) {
  run_folder(f, skald::Reference{}, o, report);
}
