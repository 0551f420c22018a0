// Structured output: text that matches a regular expression, a JSON schema, a grammar, or is one of several choices.
// Not part of skald/skald.hpp. Target skald::text. See docs/structured_output.md
#pragma once
#include "skald/grammar/choices.hpp"
#include "skald/grammar/constrained_decoding.hpp"
#include "skald/grammar/ebnf.hpp"
#include "skald/grammar/json_schema.hpp"
#include "skald/grammar/regex.hpp"
