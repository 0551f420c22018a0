// The members of Metaspace, which is a pre-tokenizer and a decoder.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "skald/text/json_fields.hpp"
#include "skald/text/utf8.hpp"

namespace skald::inline SKALD_ABI {

/// Where a replacement character is put in front: everywhere, where the text begins, nowhere.
enum class PrependScheme : std::uint8_t { always, first, never };

struct MetaspaceOptions {
  std::string replacement = "\u2581";  ///< one character
  PrependScheme prepend_scheme = PrependScheme::always;
  bool split = true;

  void read(JsonFields& fields) {
    replacement = fields.string("replacement");
    if (replacement.empty() || std::size_t(detail::decode_utf8(replacement.data()).size) != replacement.size()) {
      fields.fail(fields.place("replacement"), "one character", fields.find("replacement"));
    }
    split = fields.boolean("split", true);
    const std::string scheme = fields.string("prepend_scheme", "always");
    if (scheme == "first") prepend_scheme = PrependScheme::first;
    else if (scheme == "never") prepend_scheme = PrependScheme::never;
    else if (scheme != "always") {
      fields.fail(fields.place("prepend_scheme"), "\"always\", \"first\" or \"never\"", fields.find("prepend_scheme"));
    }
    // Older files have this instead; the original refuses those that mean "never" by it alone.
    if (!fields.boolean("add_prefix_space", true) && prepend_scheme != PrependScheme::never) {
      fields.fail(fields.place("add_prefix_space"), "true, or \"never\" as prepend_scheme",
                  fields.find("add_prefix_space"));
    }
  }
};

}  // namespace skald
