// What the model is told. Instructions stand in the system message alone, everything that people
// said or typed is JSON, which no text can break out of (OWASP LLM01, prompt injection).
#pragma once

#include "summary/exchange.hpp"

#include <string>
#include <string_view>

namespace callctl::summary {

[[nodiscard]] std::string instructions(const Context& context);

/// `{"transcript":["[00:00] caller: ...", ...]}`, one entry a line.
[[nodiscard]] std::string call_as_data(std::string_view transcript);

} // namespace callctl::summary
