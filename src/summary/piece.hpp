// An answer as it is kept until its stage is done: a summary, or that of a part of a long
// transcript.
#pragma once

#include "summary/exchange.hpp"
#include "summary/summary.hpp"

#include <optional>
#include <string>

namespace callctl::summary {

/// The key under which the answer is kept: SHA-256 of the server as it is configured, not as it has
/// turned out to be, of the instructions and of the text. Not of max_tokens: an answer that is kept
/// was not cut off by it.
[[nodiscard]] std::string piece_key(const Server& configured, const Question& question);

/// The summary whose document was kept; nothing for what is none.
[[nodiscard]] std::optional<Summary> from_document(const std::string& document);

} // namespace callctl::summary
