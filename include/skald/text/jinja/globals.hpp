// The functions that every template knows: Jinja's own and transformers'.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "skald/text/jinja/methods.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {
namespace globals {

inline Value range(Interpreter& in, const Value&, const Arguments& arguments) {
  const std::size_t n = arguments.positional.size();
  if (!arguments.named.empty()) return in.type_error("range() takes no keyword arguments");
  if (n == 0) return in.type_error("range expected at least 1 argument, got 0");
  if (n > 3) return in.type_error("range expected at most 3 arguments, got " + std::to_string(n));
  std::int64_t given[3] = {0, 0, 1};
  for (std::size_t i = 0; i < n; ++i) {
    if (arguments.positional[i].is_undefined()) {
      return in.type_error("'Undefined' object cannot be interpreted as an integer");
    }
    if (!index_of(in, arguments.positional[i], given[n == 1 ? 1 : i])) return Value::none();
  }
  if (given[2] == 0) return in.value_error("range() arg 3 must not be zero");
  const Range r{given[0], given[1], given[2]};
  if (std::uint64_t(r.size()) > 100'000) {
    return in.fail(ErrorClass::overflow, "Range too big. The sandbox blocks ranges larger than MAX_RANGE (100000).");
  }
  return Value::of(Kind::range, in.arena().make(r));
}

/// dict(mapping or pairs, name=value...)
inline Value dict(Interpreter& in, const Value&, const Arguments& arguments) {
  if (arguments.positional.size() > 1) {
    return in.type_error("dict expected at most 1 argument, got " + std::to_string(arguments.positional.size()));
  }
  DictBuilder made(in);
  if (!arguments.positional.empty()) {
    const Value& from = arguments.positional[0];
    if (from.is(Kind::dict)) {
      made.set(from.dict());
    } else {
      std::size_t i = 0;
      for (const Value& pair : elements_of(in, from)) {
        if (!is_iterable(pair)) {
          return in.type_error("cannot convert dictionary update sequence element #" + std::to_string(i) +
                               " to a sequence");
        }
        const std::vector<Value> both = elements_of(in, pair);
        if (in.failed()) return Value::none();
        if (both.size() != 2) {
          return in.value_error("dictionary update sequence element #" + std::to_string(i) + " has length " +
                                std::to_string(both.size()) + "; 2 is required");
        }
        made.set(both[0], both[1]);
        ++i;
      }
    }
  }
  for (const Named& n : arguments.named) made.set(Value(n.name), n.value);
  return in.failed() ? Value::none() : made.value();
}

/// Names that begin with an underscore are refused.
inline bool is_allowed_name(Interpreter& in, const Value& name) {
  if (!name.is_string() || !name.text().starts_with('_')) return true;
  in.fail(ErrorClass::security, "Chat templates cannot store underscore-prefixed attributes on a namespace, but got " +
                                    repr_text(in, name) + ". Please rename the attribute.");
  return false;
}

inline Value name_space(Interpreter& in, const Value& self, const Arguments& arguments) {
  const Value attributes = dict(in, self, arguments);
  if (in.failed()) return Value::none();
  auto* const made = in.arena().make(Namespace{});
  for (const Dict::Entry& e : attributes.dict().entries) {
    if (!is_allowed_name(in, e.key)) return Value::none();
    if (e.key.is_string()) made->set(in, e.key, e.value);
  }
  return Value::of(Kind::name_space, made);
}

inline Value cycler(Interpreter& in, const Value&, const Arguments& arguments) {
  if (!arguments.named.empty())
    return in.type_error("Cycler.__init__() got an unexpected keyword argument " + quoted(in, arguments.named[0].name));
  if (arguments.positional.empty())
    return in.fail(ErrorClass::template_runtime, "at least one item has to be provided");
  const Value items = in.tuple(arguments.positional);
  return in.failed() ? Value::none() : Value::of(Kind::cycler, in.arena().make(Cycler{items.elements(), 0}));
}

inline Value joiner(Interpreter& in, const Value&, const Arguments& arguments) {
  Value separator(std::string_view(", "));
  if (!bind(in, "joiner", arguments, {"sep"}, &separator)) return Value::none();
  return Value::of(Kind::joiner, in.arena().make(Joiner{separator, false}));
}

inline Value lipsum(Interpreter& in, const Value&, const Arguments&) {
  return in.fail(ErrorClass::unsupported, "lipsum() makes up random texts, which is not done here");
}

inline Value raise_exception(Interpreter& in, const Value&, const Arguments& arguments) {
  Value message;
  if (!bind(in, "raise_exception", arguments, {"message"}, &message, 1)) return Value::none();
  const Value text = str(in, message);
  return in.failed() ? Value::none() : in.fail(ErrorClass::template_error, std::string(text.text()));
}

inline Value strftime_now(Interpreter& in, const Value&, const Arguments& arguments) {
  Value format;
  if (!bind(in, "strftime_now", arguments, {"format"}, &format, 1)) return Value::none();
  if (!format.is_string())
    return in.type_error(std::string("strftime() argument 1 must be str, not ").append(type_name(format)));
  return in.string(TimeFormatter(in.now()).format(format.text()));
}

inline constexpr Function table[] = {
    {"namespace", name_space}, {"range", range}, {"raise_exception", raise_exception}, {"strftime_now", strftime_now},
    {"dict", dict}, {"cycler", cycler}, {"joiner", joiner}, {"lipsum", lipsum},
};

}  // namespace globals
}  // namespace jinja
}  // namespace skald
