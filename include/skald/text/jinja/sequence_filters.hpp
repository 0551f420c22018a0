// Filters on sequences: ends, order, groups, sums.
#pragma once
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "skald/core/random.hpp"
#include "skald/text/jinja/attribute_path.hpp"
#include "skald/text/jinja/operators.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {
namespace filters {

inline Value no_element(Interpreter& in, std::string_view why) {
  return in.failed() ? Value::none() : in.undefined({.hint = why, .object = {}, .name = {}});
}

inline Value list(Interpreter& in, const Value& self, const Arguments& arguments) {
  return bind(in, "list", arguments, {}, nullptr) ? in.list(elements_of(in, self)) : Value::none();
}

inline Value length_filter(Interpreter& in, const Value& self, const Arguments& arguments) {
  if (!bind(in, "len", arguments, {}, nullptr)) return Value::none();
  const std::int64_t n =
      self.is(Kind::loop) ? get_attribute(in, self, Value(std::string_view("length"))).small() : size_of(self);
  if (n >= 0) return Value(n);
  return in.type_error(std::string("object of type '").append(type_name(self)).append("' has no len()"));
}

inline Value first(Interpreter& in, const Value& self, const Arguments& arguments) {
  Iterator it;
  Value element;
  if (!bind(in, "do_first", arguments, {}, nullptr) || !iterate(in, self, it)) return Value::none();
  // A generator keeps its place.
  return next(in, it, element) ? element : no_element(in, "No first item, sequence was empty.");
}

inline bool is_reversible(const Value& v) { return v.is_undefined() || size_of(v) >= 0; }

inline Value last(Interpreter& in, const Value& self, const Arguments& arguments) {
  if (!bind(in, "do_last", arguments, {}, nullptr)) return Value::none();
  if (self.is_undefined()) return in.type_error("'Undefined' object is not reversible");
  if (!is_reversible(self))
    return in.type_error(std::string("'").append(type_name(self)).append("' object is not reversible"));
  if (self.is_string() && self.size())
    return Value(self.text().substr(self.size() - std::size_t(last_of(self.text()).size)));
  const std::vector<Value> all = elements_of(in, self);
  return all.empty() ? no_element(in, "No last item, sequence was empty.") : all.back();
}

inline bool next_of_list(Interpreter& in, Generator& g, Value& element) {
  if (!g.started) g.source = {g.self, 0};
  g.started = true;
  return next(in, g.source, element);
}
inline Value reverse(Interpreter& in, const Value& self, const Arguments& arguments) {
  if (!bind(in, "do_reverse", arguments, {}, nullptr)) return Value::none();
  if (self.is_string()) return slice_of(in, self, {}, {}, Value(std::int64_t{-1}));
  if (!is_iterable(self)) return in.fail(ErrorClass::filter_argument, "argument must be iterable");
  std::vector<Value> all = elements_of(in, self);
  std::reverse(all.begin(), all.end());
  const Value reversed = in.list(all);
  if (in.failed() || !is_reversible(self) || self.is_undefined()) return reversed;
  const Value made = generate(in, next_of_list, reversed);
  made.state<Generator>().type = "list_reverseiterator";
  return made;
}

inline Value random(Interpreter& in, const Value& self, const Arguments& arguments) {
  if (!bind(in, "do_random", arguments, {}, nullptr)) return Value::none();
  const std::int64_t n = size_of(self);
  if (n < 0) return in.type_error(std::string("object of type '").append(type_name(self)).append("' has no len()"));
  if (n == 0) return no_element(in, "No random item, sequence was empty.");
  const std::uint64_t bits = random_bits({std::uint64_t(in.microsecond), std::uint32_t(n), 0});
  return get_item(in, self, Value(std::int64_t(bits % std::uint64_t(n))));
}

// Order.

/// What an element is compared by: its attributes, without case unless that matters.
inline Value sort_key(Interpreter& in, const Value& element, const Value& attribute, bool case_sensitive) {
  const Value v = get_path(in, element, attribute);
  return case_sensitive || in.failed() ? v : without_case(in, v);
}

struct Keyed {
  Value key, element;
};
inline void sort_by_key(Interpreter& in, std::vector<Keyed>& all, bool reversed) {
  std::stable_sort(all.begin(), all.end(), [&](const Keyed& a, const Keyed& b) {
    return in.tick() &&
           (reversed ? ordered(in, Operator::less, b.key, a.key) : ordered(in, Operator::less, a.key, b.key));
  });
}
inline Value elements_list(Interpreter& in, const std::vector<Keyed>& all) {
  std::vector<Value> elements;
  for (const Keyed& k : all) elements.push_back(k.element);
  return in.failed() ? Value::none() : in.list(elements);
}

inline Value sort(Interpreter& in, const Value& self, const Arguments& arguments) {
  Value given[3] = {Value(false), Value(false), Value::none()};
  if (!bind(in, "do_sort", arguments, {"reverse", "case_sensitive", "attribute"}, given)) return Value::none();
  std::vector<Value> paths;  // "a,b" are two
  if (given[2].is_string()) {
    std::string_view rest = given[2].text();
    for (std::size_t comma; (comma = rest.find(',')) != rest.npos; rest.remove_prefix(comma + 1))
      paths.push_back(Value(rest.substr(0, comma)));
    paths.push_back(Value(rest));
  } else {
    paths.push_back(given[2]);
  }
  std::vector<Keyed> all;
  for (const Value& element : elements_of(in, self)) {
    std::vector<Value> key;
    for (const Value& path : paths) key.push_back(sort_key(in, element, path, truth(given[1])));
    if (in.failed()) return Value::none();
    all.push_back({in.list(key), element});
  }
  sort_by_key(in, all, truth(given[0]));
  return elements_list(in, all);
}

inline Value dictsort(Interpreter& in, const Value& self, const Arguments& arguments) {
  Value given[3] = {Value(false), Value(std::string_view("key")), Value(false)};
  if (!bind(in, "do_dictsort", arguments, {"case_sensitive", "by", "reverse"}, given)) return Value::none();
  const bool by_key = equal(in, given[1], Value(std::string_view("key")));
  if (!by_key && !equal(in, given[1], Value(std::string_view("value")))) {
    return in.fail(ErrorClass::filter_argument, "You can only sort by either \"key\" or \"value\"");
  }
  if (self.is_undefined()) return fail_undefined(in, self);
  if (!self.is(Kind::dict)) {
    return in.fail(ErrorClass::attribute,
                   std::string("'").append(type_name(self)).append("' object has no attribute 'items'"));
  }
  std::vector<Keyed> all;
  for (const Dict::Entry& e : self.dict().entries) {
    const Value& key = by_key ? e.key : e.value;
    all.push_back({truth(given[0]) ? key : without_case(in, key), in.tuple({e.key, e.value})});
  }
  sort_by_key(in, all, truth(given[2]));
  return elements_list(in, all);
}

inline Value extreme(Interpreter& in, const Value& self, const Arguments& arguments, Operator better) {
  Value given[2] = {Value(false), Value::none()};
  if (!bind(in, "do_min_or_max", arguments, {"case_sensitive", "attribute"}, given)) return Value::none();
  Value best, best_key;
  for (const Value& element : elements_of(in, self)) {
    const Value key = sort_key(in, element, given[1], truth(given[0]));
    if (in.failed()) return Value::none();
    if (best.is_missing() || ordered(in, better, key, best_key)) best = element, best_key = key;
  }
  return best.is_missing() ? no_element(in, "No aggregated item, sequence was empty.") : best;
}
inline Value min(Interpreter& in, const Value& self, const Arguments& a) {
  return extreme(in, self, a, Operator::less);
}
inline Value max(Interpreter& in, const Value& self, const Arguments& a) {
  return extreme(in, self, a, Operator::greater);
}

inline Value sum(Interpreter& in, const Value& self, const Arguments& arguments) {
  Value given[2] = {Value::none(), Value(std::int64_t{0})};
  if (!bind(in, "do_sum", arguments, {"attribute", "start"}, given)) return Value::none();
  if (given[1].is_string()) return in.type_error("sum() can't sum strings [use ''.join(seq) instead]");
  Value total = given[1];
  for (const Value& element : elements_of(in, self)) {
    const Value v = get_path(in, element, given[0]);
    if (in.failed()) return Value::none();
    total = binary(in, Operator::add, total, v);
  }
  return total;
}

inline Value groupby(Interpreter& in, const Value& self, const Arguments& arguments) {
  Value given[3] = {{}, Value::none(), Value(false)};
  if (!bind(in, "do_groupby", arguments, {"attribute", "default", "case_sensitive"}, given, 1)) return Value::none();
  std::vector<Keyed> all;
  for (const Value& element : elements_of(in, self)) {
    const Value v = get_path(in, element, given[0], given[1]);
    if (in.failed()) return Value::none();
    all.push_back({truth(given[2]) ? v : without_case(in, v), element});
  }
  sort_by_key(in, all, false);
  std::vector<Value> groups, members;
  for (std::size_t i = 0; i < all.size() && !in.failed(); ++i) {
    members.push_back(all[i].element);
    if (i + 1 < all.size() && equal(in, all[i].key, all[i + 1].key)) continue;
    const Value key = get_path(in, members[0], given[0], given[1]);
    const Value pair = in.tuple({key, in.list(members)});
    if (in.failed()) return Value::none();
    groups.push_back(Value::of(Kind::tuple, pair.elements().data(), 2, true));
    members.clear();
  }
  return in.failed() ? Value::none() : in.list(groups);
}

// Parts, one at a time.

inline bool next_batch(Interpreter& in, Generator& g, Value& element) {
  Value given[2] = {{}, Value::none()};
  if (!bind(in, "do_batch", g.arguments, {"linecount", "fill_with"}, given, 1)) return false;
  if (!g.started && !iterate(in, g.self, g.source)) return false;
  g.started = true;
  std::vector<Value> batch;
  if (!g.state.is_missing()) batch.push_back(std::exchange(g.state, {}));
  for (Value one; next(in, g.source, one);) {
    if (equal(in, Value::integer(batch.size()), given[0])) {
      g.state = one;
      element = in.list(batch);
      return true;
    }
    batch.push_back(one);
  }
  if (batch.empty() || in.failed()) return false;
  std::int64_t size = 0;
  if (!given[1].is_none()) {
    if (!index_of(in, given[0], size) || !in.room(std::size_t(std::max<std::int64_t>(size, 0)) * sizeof(Value)))
      return false;
    while (std::int64_t(batch.size()) < size && in.tick()) batch.push_back(given[1]);
  }
  element = in.list(batch);
  return true;
}
inline Value batch(Interpreter& in, const Value& self, const Arguments& arguments) {
  Value ignored[2];
  return bind(in, "do_batch", arguments, {"linecount", "fill_with"}, ignored, 1)
             ? generate(in, next_batch, self, arguments)
             : Value::none();
}

inline bool next_slice(Interpreter& in, Generator& g, Value& element) {
  Value given[2] = {{}, Value::none()};
  std::int64_t slices = 0;
  if (!bind(in, "do_slice", g.arguments, {"slices", "fill_with"}, given, 1)) return false;
  if (!g.started) g.self = in.list(elements_of(in, g.self));
  g.started = true;
  if (in.failed() || !index_of(in, given[0], slices)) return false;
  if (slices == 0) return in.fail(ErrorClass::zero_division, "integer division or modulo by zero").boolean();
  const auto number = std::int64_t(g.source.at++);
  if (number >= slices) return false;
  const auto n = std::int64_t(g.self.size());
  const std::int64_t each = n / slices, longer = n % slices;
  const std::int64_t start = number * each + std::min(number, longer), end = start + each + (number < longer);
  const auto part = g.self.elements().subspan(std::size_t(start), std::size_t(end - start));
  std::vector<Value> all(part.begin(), part.end());
  if (!given[1].is_none() && number >= longer) all.push_back(given[1]);
  element = in.list(all);
  return true;
}
inline Value slice_filter(Interpreter& in, const Value& self, const Arguments& arguments) {
  Value ignored[2];
  return bind(in, "do_slice", arguments, {"slices", "fill_with"}, ignored, 1)
             ? generate(in, next_slice, self, arguments)
             : Value::none();
}

inline bool next_item(Interpreter& in, Generator& g, Value& element) {
  if (!g.started) {
    g.started = true;
    if (!g.self.is_undefined() && !g.self.is(Kind::dict)) {
      return in.type_error("Can only get item pairs from a mapping.").boolean();
    }
    g.source = {g.self.is_undefined() ? Value::list({}) : Value::of(Kind::items, &g.self.dict()), 0};
  }
  return next(in, g.source, element);
}
inline Value items(Interpreter& in, const Value& self, const Arguments& arguments) {
  return bind(in, "do_items", arguments, {}, nullptr) ? generate(in, next_item, self) : Value::none();
}

}  // namespace filters
}  // namespace jinja
}  // namespace skald
