// Requests for a completion, in OpenAI's form and in Anthropic's, and a plausible summary of the
// transcript that they hold.
#pragma once

#include "sim/ai_error.hpp"
#include "sim/ai_models.hpp"
#include "sim/dialogue.hpp"
#include "sim/world.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace callctl::sim {

/// A request that the server would carry out.
struct ChatRequest {
    std::string model{};
    std::string text{};   ///< all messages, one after another
    std::string format{}; ///< `text`, `json_object`, `json_schema`
    std::string schema{}; ///< as JSON
    int max_tokens{0};    ///< 0: no limit
};

[[nodiscard]] std::variant<ChatRequest, AiError>
read_chat(const Request& request, const AiRoute& route, const Settings& settings);

/// What the model says, before a server gives it its form.
struct Completion {
    std::string text{};
    bool refused{false};
    bool filtered{false};
    bool cut_off{false}; ///< by its budget
    std::int64_t input_tokens{0};
    std::int64_t output_tokens{0};
};

/// `fault`: one of those under 200.
[[nodiscard]] Completion completed(const ChatRequest& request, const Fault* fault);

[[nodiscard]] Answer chat_answer(const ChatRequest& request, const Completion& completion,
                                 const std::string& id);

/// Four bytes a token is what English takes, and Hebrew, whose letters are of two bytes, two
/// letters.
[[nodiscard]] std::int64_t tokens_of(std::string_view text);

/// What of a text too long for it is refused, or silently lost; settings may make it smaller.
[[nodiscard]] std::optional<AiError> fit_into_context(ChatRequest& chat, AiServer server,
                                                      const Settings& settings);

/// The dialogue that a text is about: that of which it has the most words; null when of none
/// enough.
[[nodiscard]] const Dialogue* dialogue_in(std::string_view text);

} // namespace callctl::sim
