// Anthropic's `POST /v1/messages`.
#pragma once

#include "sim/chat.hpp"

#include <string>
#include <variant>

namespace callctl::sim {

[[nodiscard]] std::variant<ChatRequest, AiError> read_messages(const Request& request,
                                                               const Settings& settings);
[[nodiscard]] Answer messages_answer(const ChatRequest& request, const Completion& completion,
                                     const std::string& id);

} // namespace callctl::sim
