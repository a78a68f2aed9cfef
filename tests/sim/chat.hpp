// `POST /v1/chat/completions`: OpenAI's rules, and a plausible summary of the transcript it is
// sent.
#pragma once

#include "sim/dialogue.hpp"
#include "sim/openai_answer.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace callctl::sim {

/// A chat request that OpenAI would carry out.
struct ChatRequest {
    std::string model{};
    std::string text{};   ///< all messages, one after another
    std::string format{}; ///< `text`, `json_object`, `json_schema`
    std::string schema{}; ///< as JSON
    int max_tokens{0};    ///< 0: no limit
};

[[nodiscard]] std::variant<ChatRequest, OpenAiError> read_chat(const Request& request);

struct Completion {
    Answer answer{};
    std::int64_t input_tokens{0};
    std::int64_t output_tokens{0};
};

/// `fault`: one of those under 200.
[[nodiscard]] Completion chat_answer(const ChatRequest& request, const std::string& id,
                                     const Fault* fault);

/// The dialogue that a text is about: that of which it has the most words; null when of none
/// enough.
[[nodiscard]] const Dialogue* dialogue_in(std::string_view text);

} // namespace callctl::sim
