// What every task stands on: a model that sees one step, its tokenizer, and the words that its config has for a task.
#pragma once
#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "skald/model/padded_batch.hpp"
#include "skald/pipelines/auto_options.hpp"
#include "skald/pipelines/auto_tokenizer.hpp"

namespace skald::inline SKALD_ABI {

/// What a config says of a task.
struct TaskConfig {
  std::vector<std::string> labels;  ///< id2label, in the order of ids; LABEL_0 and so on where there is none
  std::string problem_type;         ///< "regression", "multi_label_classification", ..., or empty
};

/// What a model says of texts: [rows, width] of a head for sequence classes, else [tokens or those asked for, width].
struct TaskOutput {
  std::vector<float> values;
  std::int32_t width = 0;
  std::vector<std::int32_t> first;  ///< where the rows of values of a text begin; one more: where the last one's end

  std::int32_t rows(std::size_t text) const { return first[text + 1] - first[text]; }
  std::span<const float> row(std::size_t text, std::int32_t i = 0) const {
    return std::span(values).subspan(std::size_t(first[text] + i) * std::size_t(width), std::size_t(width));
  }
};

namespace detail {

inline TaskConfig read_task_config(Json config, std::int32_t labels) {
  TaskConfig task;
  const auto names = config.find("id2label"), problem = config.find("problem_type");
  if (problem && problem->string()) task.problem_type = *problem->string();
  for (std::int32_t i = 0; i < labels; ++i) {
    const std::string id = std::to_string(i);
    const auto name = names ? names->find(id) : std::nullopt;
    task.labels.push_back(name && name->string() ? std::string(*name->string()) : "LABEL_" + id);
  }
  return task;
}

/// The rows of a step, without padding. `number` is the first text's, for messages.
inline Result<RaggedBatch> ragged(std::span<const Encoding> texts, std::size_t number, const ModelSpec& spec,
                                  bool types) {
  RaggedBatch batch;
  const bool typed = types && spec.token_types > 1, counted = spec.position_count == PositionCount::after_padding_id;
  const std::int32_t most = spec.longest_row();
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const Encoding& e = texts[i];
    const auto n = std::int64_t(e.size());
    const std::string place = "text " + std::to_string(number + i);
    if (n == 0) return Error(FaultCode::invalid_argument, place + ": expected at least one token, found none");
    if (spec.position_table == PositionTable::learned && n > most)
      return Error(fault(FaultCode::out_of_range, "tokens that the model has positions for (truncation cuts)", most, n),
                   place);
    std::int32_t seen = 0;
    batch.rows.push_back({.sequence = std::int32_t(i), .first = std::int32_t(batch.tokens.size()),
                          .count = std::int32_t(n)});
    for (std::size_t t = 0; t < e.size(); ++t) {
      const bool padding = counted && e.ids[t] == spec.padding_id;
      batch.positions.push_back(!counted ? std::int32_t(t) : padding ? spec.padding_id : spec.padding_id + ++seen);
      if (typed) batch.types.push_back(e.type_ids[t]);
    }
    batch.tokens.insert(batch.tokens.end(), e.ids.begin(), e.ids.end());
  }
  return batch;
}

}  // namespace detail

/// Movable; one call at a time: it keeps its queue, and with it the scratch of the last step.
template <class B, class Families>
class TaskModel {
 public:
  using Model = detail::AnyModel<B, Families>;

  /// A step of more tokens is cut between texts: what a layer hands to the next then stays in a processor's cache.
  static constexpr std::size_t step_tokens = 1024;

  /// `head`: HeadKind::none loads the body alone, whatever the checkpoint was saved with.
  static Result<TaskModel> try_from_pretrained(const std::filesystem::path& path, HeadKind head,
                                               const AutoOptions<B>& options = {}) {
    Result<LoadOptions<B>> load = detail::load_options(options, head);
    if (!load) return std::move(load).error();
    Result<Checkpoint> checkpoint = Checkpoint::try_open(path);
    if (!checkpoint) return std::move(checkpoint).error();
    Result<Model> model = Pretrained<Model, Families>::try_from_checkpoint(*checkpoint, *load);
    if (!model) return std::move(model).error();
    Result<Tokenizer> tokenizer = AutoTokenizer::try_from_pretrained(path);
    if (!tokenizer) return std::move(tokenizer).error();
    TaskConfig config = detail::read_task_config(checkpoint->config(), model->spec().labels);
    return TaskModel(*std::move(model), *std::move(tokenizer), std::move(config));
  }

  const Model& model() const { return model_; }
  const Tokenizer& tokenizer() const { return tokenizer_; }
  const TaskConfig& config() const { return config_; }
  const std::vector<std::string>& labels() const { return config_.labels; }
  const ModelSpec& spec() const { return model_.spec(); }

  /// Asks about encodings without padding, at most `batch_size` in a step; each costs its own tokens only, and its
  /// numbers do not depend on the others. `only`, where given, is the one token id whose places are asked about.
  /// Errors: invalid_argument (a text without tokens), out_of_range (one that is too long), what forward says.
  Result<TaskOutput> try_run(std::span<const Encoding> texts, std::int32_t batch_size,
                             std::optional<token_id> only = {}) const {
    if (batch_size < 1) return fault(FaultCode::invalid_argument, "batch_size: at least", 1, batch_size);
    const bool body = spec().head == HeadKind::none, rows = spec().head == HeadKind::sequence_class;
    TaskOutput out{{}, body ? spec().hidden_size : model_.vocab_size(), {0}};
    for (std::size_t done = 0, n; done < texts.size(); done += n) {
      std::size_t tokens = texts[done].size();
      for (n = 1; n < std::size_t(batch_size) && done + n < texts.size(); ++n)
        if ((tokens += texts[done + n].size()) > step_tokens) break;
      const auto part = texts.subspan(done, n);
      Result<RaggedBatch> batch = detail::ragged(part, done, spec(), tokenizer_.config().gives_type_ids);
      if (!batch) return std::move(batch).error();
      std::vector<std::int32_t> at;
      for (const Row& row : batch->rows) {
        for (std::int32_t t = row.first; t < row.first + row.count; ++t)
          if (!rows && (!only || batch->tokens[std::size_t(t)] == *only)) at.push_back(t);
        const auto before = std::size_t(out.first.back());
        out.first.push_back(std::int32_t(before + (rows ? 1 : 0)));
        if (!rows) out.first.back() = std::int32_t(out.values.size()) / out.width + std::int32_t(at.size());
      }
      const auto more = std::size_t(out.first.back()) * std::size_t(out.width) - out.values.size();
      if (Fault f = ask(batch->step(body ? std::span<const std::int32_t>() : at), more, out.values)) return f;
    }
    return out;
  }

 private:
  TaskModel(Model model, Tokenizer tokenizer, TaskConfig config)
      : model_(std::move(model)), tokenizer_(std::move(tokenizer)), config_(std::move(config)),
        queue_(std::make_unique<typename Model::Queue>(model_.backend().queue())) {}

  /// Adds `n` numbers to `values`.
  Fault ask(const StepBatch& step, std::size_t n, std::vector<float>& values) const {
    const std::size_t before = values.size();
    values.resize(before + n);
    const auto run = [&](typename Model::Ptr to) {
      return spec().head == HeadKind::none ? model_.encode(*queue_, step, to) : model_.forward(*queue_, step, to);
    };
    if constexpr (is_host<typename B::Space>) {
      if (Fault f = run(values.data() + before)) return f;
      return queue_->wait();
    } else {
      typename B::Memory memory;
      if (Fault f = B::Memory::allocate(n * sizeof(float), memory)) return f;
      const auto to = B::Space::template cast<float>(memory.data());
      if (Fault f = run(to)) return f;
      queue_->read(values.data() + before, to, index_t(n));
      return queue_->wait();
    }
  }

  Model model_;
  Tokenizer tokenizer_;
  TaskConfig config_;
  std::unique_ptr<typename Model::Queue> queue_;
};

}  // namespace skald
