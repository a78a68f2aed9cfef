#include "call/ai_reason.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace callctl::call {
namespace {

struct Sign {
    std::string_view text;
    Reason reason;
};

// `error.code` or `error.type`, as it is.
constexpr std::array k_codes{
    Sign{"insufficient_quota", Reason::quota},
    Sign{"credit_balance_exhausted", Reason::quota},
    Sign{"organization_spend_limit_exceeded", Reason::quota},
    Sign{"project_spend_limit_exceeded", Reason::quota},
    Sign{"organization_usage_limit_exceeded", Reason::quota},
    Sign{"enforced_spend_limit_reached", Reason::quota},
    Sign{"billing_error", Reason::quota},
    Sign{"ASR_PAYMENT_REQUIRED", Reason::quota},
    Sign{"invalid_api_key", Reason::auth},
    Sign{"authentication_error", Reason::auth},
    Sign{"permission_error", Reason::auth},
    Sign{"model_not_found", Reason::provider_config},
    Sign{"model_decommissioned", Reason::provider_config},
    Sign{"unsupported_parameter", Reason::provider_config},
    Sign{"audio_too_short", Reason::no_speech},
    Sign{"context_length_exceeded", Reason::too_large},
    Sign{"exceed_context_size_error", Reason::too_large},
    Sign{"input_too_large", Reason::too_large},
    Sign{"request_too_large", Reason::too_large},
    Sign{"string_above_max_length", Reason::too_large},
    Sign{"content_filter", Reason::refused},
    Sign{"content_policy_violation", Reason::refused},
};

// Words of the message, for servers that give no code of their own. Lower case.
constexpr std::array k_phrases{
    Sign{"language code", Reason::provider_config}, // OpenAI, of gpt-transcribe
    Sign{"language '", Reason::provider_config},    // OpenAI, of whisper-1
    Sign{"maximum allowed number of output tokens", Reason::provider_config}, // Anthropic
    Sign{"exceeded your current quota", Reason::quota},
    Sign{"specified api usage limits", Reason::quota},   // Anthropic's spend limit, 400
    Sign{"credit balance is too low", Reason::quota},    // Anthropic, 400
    Sign{"account balance is negative", Reason::quota},  // AssemblyAI, 400
    Sign{"enforced_spend_limit_reached", Reason::quota}, // Anthropic's tier cap, 429
    Sign{"audio file is too short", Reason::no_speech},
    Sign{"which is the maximum for this model", Reason::too_large}, // 4o: seconds of audio
    Sign{"is too large for this model", Reason::too_large},
    Sign{"maximum context length", Reason::too_large},             // vLLM: code is the integer 400
    Sign{"exceeds the available context size", Reason::too_large}, // llama.cpp
    Sign{"prompt is too long", Reason::too_large},                 // Anthropic
    Sign{"maximum file size exceeded", Reason::too_large},         // vLLM
    Sign{"request too large", Reason::too_large},                  // OpenAI: alone above the rate
};

// Parameters that come from the configuration: refusing one refuses every call alike.
constexpr std::array<std::string_view, 11> k_configured{
    "model",      "response_format",         "temperature",
    "max_tokens", "max_completion_tokens",   "language",
    "languages",  "timestamp_granularities", "keywords",
    "prompt",     "reasoning_effort"};

std::optional<Reason> reason_by_code(const AiError& error) {
    const auto* const found = std::ranges::find_if(k_codes, [&error](const Sign& sign) {
        return error.code == sign.text || error.type == sign.text;
    });
    return found == k_codes.end() ? std::nullopt : std::optional{found->reason};
}

std::optional<Reason> reason_by_phrase(const AiError& error) {
    const std::string message = base::lower_case(error.message);
    const auto* const found = std::ranges::find_if(k_phrases, [&message](const Sign& sign) {
        return message.find(sign.text) != std::string::npos;
    });
    return found == k_phrases.end() ? std::nullopt : std::optional{found->reason};
}

std::optional<Reason> reason_by_sign(const AiError& error) {
    const auto reason = reason_by_code(error);
    return reason ? reason : reason_by_phrase(error);
}

Reason reason_of_bad_request(const AiError& error) {
    if (error.code == "ASR_UNPROCESSABLE_ENTITY") { // Deepgram: the upload was interrupted
        return Reason::provider_error;
    }
    if (const auto reason = reason_by_sign(error)) {
        return *reason;
    }
    const std::string_view name = std::string_view{error.param}.substr(0, error.param.find('['));
    const bool configured = std::ranges::find(k_configured, name) != k_configured.end();
    return configured ? Reason::provider_config : Reason::rejected;
}

// 429 is also how money and size are refused. Two signs are weak: Google says "exceeded your
// current quota" of a minute's quota too, and then names a time; Anthropic's tier cap is a
// rate_limit_error that names none.
Reason reason_of_too_many(const AiError& error, bool names_time) {
    const auto by_code = reason_by_code(error);
    if (by_code == Reason::quota || by_code == Reason::too_large) {
        return *by_code;
    }
    const auto by_phrase = reason_by_phrase(error);
    if (by_phrase == Reason::too_large || (by_phrase == Reason::quota && !names_time)) {
        return *by_phrase;
    }
    const bool capped = error.anthropic && error.type == "rate_limit_error" && !names_time;
    return capped ? Reason::quota : Reason::rate_limited;
}

Reason reason_of_server_error(int status, const AiError& error) {
    if (error.code == "slow_down") { // OpenAI, before it became a 429
        return Reason::rate_limited;
    }
    switch (status) {
    case 501:
    case 505:
        return Reason::rejected;
    case 504:
        return Reason::timeout;
    default:
        return Reason::provider_error;
    }
}

} // namespace

Reason ai_reason(int status, const AiError& error, bool names_time) {
    switch (status) {
    case 400:
    case 422:
        return reason_of_bad_request(error);
    case 401:
        return Reason::auth;
    case 402:
        return Reason::quota;
    case 403:
        return error.flagged ? Reason::refused : Reason::auth;
    case 404: // the model, or the path: nothing of this call
    case 405:
        return Reason::provider_config;
    case 408:
        return Reason::timeout;
    case 409:
    case 425:
    case 498: // Groq: no capacity
    case 499: // whisper.cpp, Groq: the connection went away
        return Reason::provider_error;
    case 413:
        return Reason::too_large;
    case 429:
        return reason_of_too_many(error, names_time);
    default:
        return status >= 500 ? reason_of_server_error(status, error) : Reason::rejected;
    }
}

Reason ai_reason(const AiError& error) {
    if (error.code == "rate_limit_exceeded" || error.type == "rate_limit_error") {
        return Reason::rate_limited;
    }
    if (const auto reason = reason_by_sign(error)) {
        return *reason;
    }
    return error.type == "invalid_request_error" ? Reason::rejected : Reason::provider_error;
}

} // namespace callctl::call
