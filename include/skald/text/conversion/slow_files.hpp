// What a folder without tokenizer.json has: the files of older tokenizers, turned into a tokenizer.json in memory.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "skald/io/mapped_file.hpp"
#include "skald/text/conversion/sentence_piece.hpp"
#include "skald/text/conversion/vocabulary_files.hpp"
#include "skald/text/tokenizer_class.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

class SlowFiles {
 public:
  /// The files of a class, by the name of each; tokenizer.model serves every class but BERT's.
  /// Errors: not_found, io; malformed with the file's name and the byte.
  static Result<SlowFiles> open(const std::filesystem::path& directory, const TokenizerClass& c) {
    std::error_code ignored;
    const bool model = c.files != "vocab.txt" && std::filesystem::exists(directory / "tokenizer.model", ignored);
    const std::string_view files = model ? "tokenizer.model" : c.files;
    const std::size_t space = std::min(files.find(' '), files.size());
    const std::string first(files.substr(0, space)), second(files.substr(std::min(space + 1, files.size())));
    Result<MappedFile> file = MappedFile::open(directory / first);
    if (!file) return std::move(file).error();
    SlowFiles slow(first, *std::move(file), second);
    if (!second.empty()) {
      Result<MappedFile> other = MappedFile::open(directory / second);
      if (!other) return std::move(other).error();
      slow.second_ = *std::move(other);
    }
    if (first.ends_with(".model")) {
      Result<SentencePieceModel> parsed = SentencePieceModel::parse(slow.first_.text(), first);
      if (!parsed) return std::move(parsed).error();
      slow.model_ = *std::move(parsed);
    }
    return slow;
  }

  /// For messages: "vocab.json and merges.txt".
  std::string name() const {
    return second_name_.empty() ? first_name_ : std::string(first_name_).append(" and ").append(second_name_);
  }

  bool is_sentence_piece() const { return model_.has_value(); }

  /// Members of tokenizer_config.json for those that are not there.
  std::string defaults(const TokenizerClass& c) const {
    return model_ && c.name.empty() ? SentencePieceWriter(*model_).defaults() : std::string(c.defaults);
  }

  /// SentencePieceWriter::run says what the last two are.
  Result<std::string> tokenizer_json(const TokenizerClass& c, const TokenizerConfig& config, std::int32_t extra_ids,
                                     bool adds_tokens) const {
    if (model_) return SentencePieceWriter(*model_).run(c.name, config, extra_ids, adds_tokens);
    if (!second_) return vocab_txt_json(first_.text(), first_name_);
    return vocab_and_merges_json(first_.text(), first_name_, second_->text(), second_name_);
  }

 private:
  SlowFiles(std::string first_name, MappedFile first, std::string second_name)
      : first_name_(std::move(first_name)), second_name_(std::move(second_name)), first_(std::move(first)) {}

  std::string first_name_, second_name_;
  MappedFile first_;
  std::optional<MappedFile> second_;
  std::optional<SentencePieceModel> model_;  // looks at first_
};

}  // namespace detail
}  // namespace skald
