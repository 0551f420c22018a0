// Turns a folder into a header: the spec as a constant, the weights as an array, the text of every token.
// usage: make_image FOLDER NAME > NAME_image.hpp
#include <skald/core.hpp>
#include <skald/model/pretrained.hpp>
#include <skald/backend/reference.hpp>
#include <skald/pipelines/auto_tokenizer.hpp>
#include <skald/pipelines/token_pieces.hpp>

#include <cstdio>
#include <string>
#include <vector>

namespace {

using namespace skald;

// The fields of config.json that the family reads, as spec_of wants them.
void print_spec(const Json& config) {
  std::printf("inline constexpr skald::ModelSpec spec = skald::spec_of<skald::families::Llama>({");
  const char* between = "";
  for (const char* name : {"vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads",
                           "num_key_value_heads", "head_dim", "max_position_embeddings", "rms_norm_eps"}) {
    if (const auto value = config.find(name))
      std::printf("%s\n    {\"%s\", %.17g}", between, name, value->number().value_or(0));
    between = ",";
  }
  const auto tied = config.find("tie_word_embeddings");
  std::printf(",\n    {\"tie_word_embeddings\", %s}});\n", tied && tied->boolean().value_or(false) ? "true" : "false");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: make_image FOLDER NAME\n");
    return 2;
  }
  using Lm = Transformer<Reference, Plan<OneOf<int8>, OneOf<int8>, OneOf<int8>, int8>>;
  auto checkpoint = Checkpoint::try_open(argv[1]);
  if (!checkpoint) return std::fprintf(stderr, "%s\n", checkpoint.error().what()), 1;
  auto lm = Pretrained<Lm>::try_from_checkpoint(*checkpoint);
  if (!lm) return std::fprintf(stderr, "%s\n", lm.error().what()), 1;
  auto tok = AutoTokenizer::try_from_pretrained(argv[1]);
  if (!tok) return std::fprintf(stderr, "%s\n", tok.error().what()), 1;

  std::vector<std::byte> image(image_bytes<Lm>(lm->spec()));
  write_image(*lm, image.data());

  std::printf(
      "// Made by make_image from a folder; not to be edited.\n#pragma once\n#include <bit>\n#include <cstddef>\n\n"
      "#include <skald/core.hpp>\n\nnamespace %s {\n\n",
      argv[2]);
  print_spec(checkpoint->config());
  std::printf("inline constexpr skald::token_id bos = %d, eos = %d;\n\n", lm->special_tokens().bos,
              lm->special_tokens().eos.empty() ? -1 : lm->special_tokens().eos[0]);
  std::printf("inline constexpr unsigned char image_numbers[] = {");
  for (std::size_t i = 0; i < image.size(); ++i)
    std::printf(i % 32 ? "%d," : "\n%d,", std::to_integer<int>(image[i]));
  std::printf(
      "};\n\n// Bytes, without a cast that would have to run before main.\nstruct Image {\n"
      "  std::byte bytes[sizeof(image_numbers)];\n};\n"
      "alignas(skald::image_alignment) inline constexpr Image image_bytes = std::bit_cast<Image>(image_numbers);\n"
      "inline constexpr std::span<const std::byte> image = image_bytes.bytes;\n\n");
  std::printf("inline constexpr const char* pieces[] = {");
  for (const std::string& piece : token_pieces(*tok)) {
    std::printf("\n\"");
    for (unsigned char c : piece) std::printf("\\%03o", c);
    std::printf("\",");
  }
  std::printf(
      "};\ninline const char* piece(skald::token_id t) { return t == bos || t == eos ? \"\" : pieces[t]; }\n\n}\n");
}
