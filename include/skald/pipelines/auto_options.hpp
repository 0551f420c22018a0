// What auto classes and pipelines are told when they load a folder, by Hugging Face's names.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/backend/cpu.hpp"
#include "skald/fwd.hpp"
#include "skald/model/pretrained.hpp"
#include "skald/ops/cpu/kernels.hpp"

namespace skald::inline SKALD_ABI {

template <class B>
struct AutoOptions {
  /// "auto" (as stored), "float32", "float16", "bfloat16", or ours: "fp32", "fp16", "bf16", "int8", "nf4", "fp4".
  std::string dtype = "auto";
  std::string torch_dtype{};   ///< transformers' older name of dtype
  /// Which device is the backend's to say, a type; this is checked against it: "cpu" or "-1" where B computes there.
  std::string device{};
  /// As transformers' quantization_config=BitsAndBytesConfig(...): see LoadOptions.
  std::optional<BitsAndBytesConfig> quantization_config{};
  B backend{};
  std::vector<std::string> llm_int8_skip_modules{};
  bool bitsandbytes_avx512_scales = false;
  bool llm_int8_activations = false;   ///< as bitsandbytes computes; see LoadOptions
  std::string compute_dtype{};         ///< "bfloat16" or "int8": see LoadOptions
  void (*progress)(void* user, std::size_t tensors_done, std::size_t tensors) = nullptr;
  void* progress_user = nullptr;
};

namespace detail {

inline Result<std::string> precision_named(std::string_view dtype) {
  if (dtype == "auto" || dtype.empty()) return std::string();
  if (dtype == "float32") return std::string(fp32::name);
  if (dtype == "float16") return std::string(fp16::name);
  if (dtype == "bfloat16") return std::string(bf16::name);
  if (set_has<AnyPrecision>(dtype)) return std::string(dtype);
  return Error(FaultCode::invalid_argument,
               std::string("dtype: expected auto, float32, float16, bfloat16, int8, nf4 or fp4, found ").append(dtype));
}

inline Result<void> check_device(std::string_view device, bool host, std::string_view backend) {
  const bool cpu = device == "cpu" || device == "-1";
  if (device.empty() || device == "auto" || cpu == host) return {};
  return Error(FaultCode::invalid_argument,
               std::string("device: expected ").append(host ? "cpu" : backend)
                   .append(" of a model of this backend, which is a template argument; found ").append(device));
}

/// What a list of families says its models are built of; where it says nothing, the blocks of the library.
template <class Families>
struct arch_of {
  using type = FromConfig;
};
template <class Families>
  requires requires { typename Families::Arch; }
struct arch_of<Families> {
  using type = typename Families::Arch;
};

/// The model of auto classes and pipelines: of any precision, as its config says; or what a list of families names.
template <class B, class Families>
struct model_of {
  using type = Transformer<B, AnyPrecision, typename arch_of<Families>::type>;
};
template <class B, class Families>
  requires requires { typename Families::template Model<B>; }
struct model_of<B, Families> {
  using type = typename Families::template Model<B>;
};
template <class B, class Families>
using AnyModel = typename model_of<B, Families>::type;

/// What the options of a model come to, as loading wants them.
template <class B>
Result<LoadOptions<B>> load_options(const AutoOptions<B>& o, std::optional<HeadKind> head) {
  if (Result<void> good = check_device(o.device, is_host<typename B::Space>, B::name); !good)
    return std::move(good).error();
  if (!o.torch_dtype.empty() && o.dtype != "auto" && o.torch_dtype != o.dtype)
    return Error(FaultCode::invalid_argument, std::string("torch_dtype: is dtype's older name: expected one of them, "
                                                          "found dtype ").append(o.dtype).append(" and torch_dtype ")
                                                  .append(o.torch_dtype));
  Result<std::string> dtype = precision_named(o.torch_dtype.empty() ? o.dtype : o.torch_dtype);
  if (!dtype) return std::move(dtype).error();
  return LoadOptions<B>{o.backend, *std::move(dtype), o.quantization_config, o.llm_int8_skip_modules,
                        o.bitsandbytes_avx512_scales, o.llm_int8_activations,
                        o.compute_dtype, head, o.progress, o.progress_user};
}

}  // namespace detail

}  // namespace skald
