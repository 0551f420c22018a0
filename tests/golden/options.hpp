// What the command line asks for.
#pragma once
#include <string>
#include <string_view>

#include "compare.hpp"

namespace golden {

struct Options {
  std::string dtype = "auto";  ///< auto: as each case wants it; else all of them in this precision
  int threads = 0;
};

/// What a case loads, and how near its numbers then are.
struct Choice {
  std::string dtype;
  Grade grade;
  bool int8_activations = false;  ///< LoadOptions::llm_int8_activations
};

/// `dtype` and `grade` are what the case itself wants.
inline Choice choose(const Options& o, std::string_view dtype, Grade grade) {
  if (o.dtype == "auto") return {std::string(dtype), grade, false};
  Grade asked = Grade::none;
  if (o.dtype == "fp32") asked = Grade::fp32;
  if (o.dtype == "fp16") asked = Grade::fp16;
  if (o.dtype == "bf16") asked = Grade::bf16;
  return {o.dtype, std::max(grade, asked), false};
}

/// "float32" as a checkpoint says it.
inline Grade grade_of(std::string_view dtype) {
  return dtype == "bfloat16" ? Grade::bf16 : dtype == "float16" ? Grade::fp16 : Grade::fp32;
}

}  // namespace golden
