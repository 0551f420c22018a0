#include "backends.hpp"
#include "folder.hpp"

void golden::run_on_cpu(const Fixture& f, const Options& o, Report& report) {
  run_folder(f, skald::Cpu{.threads = o.threads, .worth_threads = 0}, o, report);
}
