// Folders of recorded tokenizers and of recorded chat templates.
#pragma once
#include <filesystem>

#include "report.hpp"
#include "temporary_folder.hpp"

namespace golden {

/// Whether it holds texts.json (tokenizers) or conversations.json (chat templates).
bool is_text_folder(const std::filesystem::path& folder);

/// Chat templates are also run with the tokenizers of another folder.
void run_text_folder(const std::filesystem::path& folder, const std::filesystem::path& tokenizers, Report& report);

}  // namespace golden
