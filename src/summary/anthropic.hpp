// Anthropic's Messages with structured outputs
// (https://platform.claude.com/docs/en/build-with-claude/structured-outputs).
#pragma once

#include "summary/exchange.hpp"

#include <string>

namespace callctl::summary {

/// \pre server.kind == ServerKind::anthropic
[[nodiscard]] std::string anthropic_body(const Server& server, const Question& question);

/// See read_answer(). \pre !call::ai_failure(response)
[[nodiscard]] call::Outcome<Answer> read_anthropic(const base::HttpResponse& response);

} // namespace callctl::summary
