// `skald bench`: where the time of a step goes.
#pragma once
#include <skald/pipelines/auto_model.hpp>

#include <string>

struct BenchArguments {
  std::string model;
  int prompt_tokens = 512, new_tokens = 64;
  bool json = false;
};

/// Bytes a second that all processors of this machine read from memory now; takes about a second.
double read_bandwidth();

/// An exit code.
int run_bench(const BenchArguments& a, const skald::AutoOptions<skald::Cpu>& load);
