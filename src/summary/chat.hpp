// Chat completions with a strict JSON schema (OpenAI OpenAPI document,
// CreateChatCompletionRequest).
#pragma once

#include "summary/exchange.hpp"

#include <string>

namespace callctl::summary {

/// \pre server.kind == ServerKind::chat
[[nodiscard]] std::string chat_body(const Server& server, const Question& question);

/// See read_answer(). \pre !call::ai_failure(response)
[[nodiscard]] call::Outcome<Answer> read_chat(const base::HttpResponse& response);

} // namespace callctl::summary
