// All filters by name.
#pragma once
#include <string_view>

#include "skald/text/jinja/html_filters.hpp"
#include "skald/text/jinja/json_text.hpp"
#include "skald/text/jinja/number_filters.hpp"
#include "skald/text/jinja/pretty_print.hpp"
#include "skald/text/jinja/select_filters.hpp"
#include "skald/text/jinja/text_filters.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {
namespace filters {

inline Value default_filter(Interpreter& in, const Value& self, const Arguments& arguments) {
  Value given[2] = {Value(std::string_view()), Value(false)};
  if (!bind(in, "do_default", arguments, {"default_value", "boolean"}, given)) return Value::none();
  return self.is_undefined() || (truth(given[1]) && !truth(self)) ? given[0] : self;
}

inline Value attr(Interpreter& in, const Value& self, const Arguments& arguments) {
  Value name;
  if (!bind(in, "do_attr", arguments, {"name"}, &name, 1)) return Value::none();
  if (!name.is_string())
    return in.type_error(std::string("attribute name must be string, not '").append(type_name(name)).append("'"));
  const Value found = detail::attribute(in, self, name.text());
  return found.is_missing() ? detail::no_member(in, self, name) : found;
}

inline constexpr Function table[] = {
    {"trim", trim}, {"tojson", tojson}, {"length", length_filter}, {"count", length_filter}, {"join", join},
    {"default", default_filter}, {"d", default_filter}, {"list", list}, {"string", string}, {"first", first},
    {"last", last}, {"upper", of_text<string_methods::changed<string_methods::upper>>},
    {"lower", of_text<string_methods::changed<string_methods::lower>>},
    {"capitalize", of_text<string_methods::changed<capitalized>>}, {"title", title}, {"replace", replace},
    {"map", map}, {"select", select}, {"reject", reject}, {"selectattr", selectattr}, {"rejectattr", rejectattr},
    {"items", items}, {"dictsort", dictsort}, {"sort", sort}, {"unique", unique}, {"int", int_filter},
    {"float", float_filter}, {"round", round}, {"abs", abs}, {"sum", sum}, {"min", min}, {"max", max},
    {"reverse", reverse}, {"indent", indent}, {"safe", safe}, {"e", escape_filter}, {"escape", escape_filter},
    {"forceescape", forceescape}, {"format", format}, {"batch", batch}, {"slice", slice_filter}, {"groupby", groupby},
    {"attr", attr}, {"center", center}, {"truncate", truncate}, {"wordwrap", wordwrap}, {"wordcount", wordcount},
    {"striptags", striptags}, {"urlencode", urlencode}, {"urlize", urlize}, {"xmlattr", xmlattr},
    {"filesizeformat", filesizeformat}, {"random", random}, {"pprint", pprint},
};

}  // namespace filters

inline const Function* Interpreter::find_filter(std::string_view name) { return find_function(filters::table, name); }

}  // namespace jinja
}  // namespace skald
