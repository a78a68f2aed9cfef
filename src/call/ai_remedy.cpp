#include "call/ai_remedy.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace callctl::call {
namespace {

// Codes and words of a text that is too long, as against a file or its seconds. Lower case.
constexpr std::array<std::string_view, 7> k_text_too_long{
    "context_length_exceeded",
    "exceed_context_size_error",
    "string_above_max_length",
    "maximum context length",             // vLLM
    "exceeds the available context size", // llama.cpp
    "prompt is too long",                 // Anthropic
    "request too large",                  // OpenAI and Groq: alone above the rate of tokens
};

// Longer names before those that they hold.
constexpr std::array<std::string_view, 8> k_dispensable{
    "timestamp_granularities", "max_completion_tokens", "max_tokens",  "json_schema",
    "response_format",         "output_config",         "temperature", "reasoning_effort"};

bool is_text_too_long(const AiError& error) {
    const std::string message = base::lower_case(error.message);
    return std::ranges::any_of(k_text_too_long, [&](std::string_view sign) {
        return error.code == sign || error.type == sign || message.find(sign) != std::string::npos;
    });
}

} // namespace

std::string ai_refused_parameter(const AiError& error) {
    for (const std::string& text : {error.param, error.message}) {
        const auto* const found = std::ranges::find_if(k_dispensable, [&](std::string_view name) {
            return text.find(name) != std::string::npos;
        });
        if (found != k_dispensable.end()) {
            return std::string{*found};
        }
    }
    return {};
}

Remedy ai_remedy(Reason reason, const AiError& error) {
    if (reason == Reason::too_large) {
        return is_text_too_long(error) ? Remedy::summarise_in_parts : Remedy::split_smaller;
    }
    const bool refused = reason == Reason::rejected || reason == Reason::provider_config;
    return refused && !ai_refused_parameter(error).empty() ? Remedy::degrade : Remedy::none;
}

} // namespace callctl::call
