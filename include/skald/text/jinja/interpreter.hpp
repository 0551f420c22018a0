// The state of one rendering. What it does with statements is in execute.hpp, with expressions in evaluate.hpp.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "skald/text/jinja/dict.hpp"
#include "skald/text/jinja/node.hpp"
#include "skald/text/jinja/time.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {

/// A part of the output, in bytes.
struct Span {
  std::size_t start = 0, end = 0;

  friend bool operator==(const Span&, const Span&) = default;
};

/// Where a loop's or a filter's elements come from, one at a time.
struct Iterator {
  Value over;
  std::size_t at = 0;
};

/// A Python generator: nothing is done before the first element is asked for, and each comes once.
struct Generator {
  using Next = bool (*)(Interpreter&, Generator&, Value& element);
  Next next;
  std::string_view type = "generator";
  Value self;
  Arguments arguments;
  Iterator source;
  bool started = false;
  bool flag = false;
  Value state;
  const Function* function = nullptr;
  const Node* node = nullptr;
  Activation* activation = nullptr;
};

/// What a for body knows as `loop`.
struct Loop {
  const Node* node;
  Activation* outer;
  Iterator iterator;
  std::int64_t index0 = -1, length = -1, depth0 = 0;
  Value after, current, before, last_changed;  // missing: none
};

class Interpreter : public Runtime {
 public:
  enum class Flow : std::uint8_t { on, break_loop, continue_loop };

  Interpreter(const Limits& limits, const LocalTime& now) : Runtime(limits), now_(now) {
    microsecond = now.microsecond;
  }

  const LocalTime& now() const { return now_; }

  /// Renders a whole template; `root` and `blocks` are bound.
  std::string render(const Node& root, const std::vector<Node*>& blocks, const Value& variables);
  const std::vector<Span>& generation_spans() const { return spans_; }

  // Expressions.

  Value eval(const Node& n);
  Value call(const Value& function, const Arguments& arguments);
  Value render_block(const Node& block);

  // Variables.

  Value& variable(Slot s) {
    Activation* a = activation_;
    for (int i = 0; i < s.hops; ++i) a = a->outer;
    return a->slots[s.index];
  }
  /// A variable that no body sets: what the caller gave, else a global.
  Value resolve(std::string_view name);

  // What values and templates know by name; the tables are methods.hpp, loops.hpp, filters.hpp, tests.hpp.

  static const Function* find_method(const Value& v, std::string_view name);
  static const Function* find_filter(std::string_view name);
  static const Function* find_test(std::string_view name);
  /// loop.index and the like: missing where there is none.
  static Value loop_attribute(Interpreter& in, const Value& loop, std::string_view name);

  // For generators and macros.

  /// Does `f` with another body's variables.
  template <class F>
  void within(Activation* a, F f) {
    Activation* const before = std::exchange(activation_, a);
    f();
    activation_ = before;
  }
  bool assign(const Node& target, const Value& value);
  Value call_macro(const Macro& macro, const Arguments& arguments, bool autoescape_result);
  Value run_recursive_loop(const Node& n, Activation* outer, const Value& over, std::int64_t depth0);
  const Node* find_block(std::string_view name) const {
    for (const Node* const block : *blocks_) {
      if (block->value.text() == name) return block;
    }
    return nullptr;
  }

 private:
  // Statements.

  Flow run(const Nodes& nodes);
  Flow run(const Node& n);
  void write(std::string_view text) {
    if (out_->size() + text.size() > limits().output) {
      fail(ErrorClass::limit, "expected at most " + std::to_string(limits().output) + " bytes of output");
      return;
    }
    out_->append(text);
  }
  void write_value(const Value& v);
  void write_result(const Value& v);
  template <class F>
  Value captured(F f);
  void enter_scope(const Scope& scope);
  void leave_scope(const Scope& scope);
  Activation* activation(std::uint32_t slots, Activation* outer) {
    return arena().make(Activation{arena().array<Value>(slots), outer});
  }
  void export_names(const Node& target);
  Flow run_loop(const Node& n);
  Flow run_loop_over(const Node& n, const Value& over, Activation* outer, std::int64_t depth0);
  Flow run_if(const Node& n);
  void run_call_block(const Node& n);
  void run_generation(const Node& n);
  void run_root(const Node& root);
  Value new_macro(const Node& n, std::string_view name);

  // Expressions.

  Value eval_kind(const Node& n);
  Value eval_name(const Node& n);
  Value eval_elements(const Node& n);
  Value eval_dict(const Node& n);
  Value eval_call(const Node& n, const Value* caller = nullptr);
  Value eval_filter(const Node& n, const Value* self = nullptr);
  Value eval_compare(const Node& n);
  Value eval_concat(const Node& n);
  Value eval_slice(const Value& of, const Node& s);
  bool eval_arguments(const Node& n, const Value* caller, std::vector<Value>& positional, std::vector<Named>& named);

  LocalTime now_;
  Activation* activation_ = nullptr;
  std::string output_;
  std::string* out_ = &output_;
  Value variables_;
  const std::vector<Node*>* blocks_ = nullptr;
  std::vector<Named> exported_;  // what the template set at its top, for blocks
  std::vector<Span> spans_;
};

}  // namespace jinja
}  // namespace skald
