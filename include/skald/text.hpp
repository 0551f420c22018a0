// Tokenizers. Target skald::text.
#pragma once
#include "skald/text/tokenizer.hpp"
