// JSON that a schema accepts.
#pragma once
#include <string_view>
#include <utility>

#include "skald/grammar/schema_containers.hpp"

namespace skald::inline SKALD_ABI {

struct JsonSchemaOptions {
  int whitespace = 20;  ///< between parts: nothing, a space, or a new line and so many characters; 0: nothing anywhere
  GrammarLimits limits{};
};

/// JSON texts that are valid under a schema (draft 2020-12, and 7 where they differ little); properties in the
/// schema's order. Texts that are written are valid; not every valid text can be written. See
/// docs/structured_output.md.
/// Errors: malformed, with line and column for what is not JSON, with the place in the schema ("#/properties/a") for
/// what is not a schema; unsupported, a keyword that changes what is valid and is not done here; not_found, a
/// reference; invalid_argument, a schema that nothing meets.
inline Result<Grammar> try_grammar_from_json_schema(Json schema, const JsonSchemaOptions& options = {}) {
  detail::Expressions out(options.limits);
  detail::SchemaCompiler compiler(schema, out, options.whitespace);
  Result<void> done = compiler.run();
  if (!done) return std::move(done).error();
  return detail::make_grammar(out, "schema");
}
inline Result<Grammar> try_grammar_from_json_schema(std::string_view schema, const JsonSchemaOptions& options = {}) {
  const JsonLimits limits{.bytes = options.limits.text, .depth = options.limits.nesting};
  const auto document = JsonDocument::parse(schema, "schema", limits);
  if (!document) return document.error();
  return try_grammar_from_json_schema(document->root(), options);
}
template <class Options = JsonSchemaOptions>
Grammar grammar_from_json_schema(std::string_view schema, const Options& options = {}) {
  return unwrap(try_grammar_from_json_schema(schema, options));
}

}  // namespace skald
