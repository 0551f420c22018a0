// save_pretrained of encoder-decoders: both halves into one folder.
#pragma once
#include <string>
#include <string_view>

#include "skald/model/encoder_decoder.hpp"
#include "skald/model/save_pretrained.hpp"

namespace skald::inline SKALD_ABI {

namespace detail {

/// As read_back, from the half that holds the bytes.
template <class Model>
Fault read_back_half(const void* of, std::span<const std::byte> from, std::vector<std::byte>& to) {
  const Model& model = *static_cast<const Model*>(of);
  if (Fault f = read_back<typename Model::Encoder>(&model.encoder(), from, to); f || !to.empty()) return f;
  return read_back<typename Model::Decoder>(&model.decoder(), from, to);
}

}  // namespace detail

/// As of a Transformer. A table that both halves share is written once.
template <class B, class DType>
struct PretrainedSaver<EncoderDecoder<B, DType>> {
  using Options = SaveOptions;
  using Model = EncoderDecoder<B, DType>;

  static Result<void> try_save(const Model& model, std::string_view path, const Options& options = {}) {
    const auto &read = model.encoder().storage().origin, &written = model.decoder().storage().origin;
    if (!read || !written)
      return Error(FaultCode::unsupported, "save_pretrained: expected a model that from_pretrained loaded: its "
                                           "checkpoint tells the names");
    detail::ReadBack read_back;
    if constexpr (!is_host<typename Model::Space>) read_back = {&detail::read_back_half<Model>, &model};
    detail::CheckpointSaver saver(*read, model.encoder().spec(), std::string(path), read_back);
    typename Model::Encoder::Weights encoder = model.encoder().weights();
    encoder.visit(model.encoder().spec(), saver);
    saver.of(*written, model.spec());
    typename Model::Decoder::Weights decoder = model.decoder().weights();
    decoder.visit(model.spec(), saver);
    return saver.write(options);
  }
  static void save(const Model& model, std::string_view path, const Options& options = {}) {
    unwrap(try_save(model, path, options));
  }
};

}  // namespace skald
