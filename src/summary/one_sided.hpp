// Calls that need no model: only the business's side was heard.
#pragma once

#include "summary/summary.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace callctl::summary {

/// The summary of a transcript in which nobody but the agent speaks, as when a call reaches a
/// voicemail: it says that, in Hebrew where `language` (of the texts; empty: that of the call) is,
/// else in English. Nothing for any other transcript. A caller who speaks alone is summarised: a
/// message is worth it.
[[nodiscard]] std::optional<Summary> one_sided_summary(std::span<const std::string> lines,
                                                       std::string_view language);

} // namespace callctl::summary
