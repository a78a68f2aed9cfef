// The key of an AI server: where it stands, and what is said when it is missing or wrong.
#pragma once

#include "sim/ai_error.hpp"
#include "sim/ai_route.hpp"

#include <optional>
#include <string_view>

namespace callctl::sim {

/// `key` is the right one for all; whisper.cpp and Ollama want none.
[[nodiscard]] std::optional<AiError> bad_key(const Request& request, AiServer server,
                                             std::string_view key);

} // namespace callctl::sim
