// What the AI servers say when a fault makes them fail.
#include "sim/ai_error.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace callctl::sim {
namespace {

struct KnownError {
    std::string_view name; ///< `code` of a fault that means it
    int status;
    std::string_view type;
    std::string_view code;
    std::string_view message;
};

constexpr std::string_view k_spent =
    "You exceeded your current quota, please check your plan and billing details. For more "
    "information on this error, read the docs: "
    "https://platform.openai.com/docs/guides/error-codes/api-errors.";
constexpr std::string_view k_overloaded =
    "Our servers are currently overloaded. Please try again later.";

constexpr std::array<KnownError, 15> k_openai{{
    {"rate_limit_exceeded", 429, "requests", "rate_limit_exceeded",
     "Rate limit reached for gpt-transcribe in project proj_sim organization org-sim on requests "
     "per min (RPM): Limit 500, Used 500, Requested 1. Please try again in 1.146s. Visit "
     "https://platform.openai.com/account/rate-limits to learn more."},
    {"request_too_large", 429, "tokens", "rate_limit_exceeded",
     "Request too large for gpt-6-luna in organization org-sim on tokens per min (TPM): Limit "
     "30000, Requested 34307. The input or output tokens must be reduced in order to run "
     "successfully. Visit https://platform.openai.com/account/rate-limits to learn more."},
    {"slow_down", 429, "rate_limit_error", "slow_down", "Please slow down your requests."},
    {"insufficient_quota", 429, "insufficient_quota", "insufficient_quota", k_spent},
    {"credit_balance_exhausted", 429, "insufficient_quota", "credit_balance_exhausted", k_spent},
    {"organization_spend_limit_exceeded", 429, "insufficient_quota",
     "organization_spend_limit_exceeded", k_spent},
    {"project_spend_limit_exceeded", 429, "insufficient_quota", "project_spend_limit_exceeded",
     k_spent},
    {"organization_usage_limit_exceeded", 429, "insufficient_quota",
     "organization_usage_limit_exceeded", k_spent},
    {"server_is_overloaded", 503, "service_unavailable_error", "server_is_overloaded",
     k_overloaded},
    {"invalid_api_key", 401, "invalid_request_error", "invalid_api_key",
     "Incorrect API key provided: sk-sim****0000. You can find your API key at "
     "https://platform.openai.com/account/api-keys."},
    {"model_not_found", 404, "invalid_request_error", "model_not_found",
     "The model `x` does not exist or you do not have access to it."},
    {"context_length_exceeded", 400, "invalid_request_error", "context_length_exceeded",
     "This model's maximum context length is 8192 tokens. However, your messages resulted in 9412 "
     "tokens. Please reduce the length of the messages."},
    {"invalid_value", 400, "invalid_request_error", "invalid_value",
     "Audio file might be corrupted or unsupported"},
    {"input_too_large", 400, "invalid_request_error", "input_too_large",
     "Total number of tokens in instructions + audio is too large for this model"},
    {"content_filter", 400, "invalid_request_error", "content_filter",
     "The response was filtered due to the prompt triggering content management policy."},
}};

constexpr std::array<KnownError, 11> k_anthropic{{
    {"overloaded_error", 529, "overloaded_error", "", "Overloaded"},
    {"rate_limit_error", 429, "rate_limit_error", "",
     "This request would exceed your organization's rate limit of 50 requests per minute."},
    {"authentication_error", 401, "authentication_error", "", "invalid x-api-key"},
    {"billing_error", 402, "billing_error", "",
     "Your credit balance is too low to access the Anthropic API."},
    {"permission_error", 403, "permission_error", "",
     "Your API key does not have permission to use the specified resource."},
    {"not_found_error", 404, "not_found_error", "", "model: x"},
    {"request_too_large", 413, "request_too_large", "",
     "Request exceeds the maximum size of 32 MB"},
    {"api_error", 500, "api_error", "", "Internal server error"},
    {"timeout_error", 504, "timeout_error", "", "Request timed out"},
    {"usage_limits", 400, "invalid_request_error", "",
     "You have reached your specified API usage limits. You will regain access on 2027-01-01 at "
     "00:00 UTC."},
    {"conflict_error", 409, "conflict_error", "", "Conflict"},
}};

constexpr std::array<KnownError, 8> k_deepgram{{
    {"INVALID_AUTH", 401, "", "INVALID_AUTH", "Invalid credentials."},
    {"ASR_PAYMENT_REQUIRED", 402, "", "ASR_PAYMENT_REQUIRED",
     "Project does not have enough credits for an ASR request and does not have an overage "
     "agreement."},
    {"INSUFFICIENT_PERMISSIONS", 403, "", "INSUFFICIENT_PERMISSIONS",
     "Project does not have access to the requested model."},
    {"ASR_UNPROCESSABLE_ENTITY", 422, "", "ASR_UNPROCESSABLE_ENTITY",
     "The request was interrupted while its body was being uploaded."},
    {"TOO_MANY_REQUESTS", 429, "", "TOO_MANY_REQUESTS",
     "Too many requests. Please try again later"},
    {"corrupt", 400, "", "Bad Request",
     "Bad Request: failed to process audio: corrupt or unsupported data"},
    {"INTERNAL_SERVER_ERROR", 500, "", "INTERNAL_SERVER_ERROR", "Internal server error."},
    {"GATEWAY_TIMEOUT", 504, "", "GATEWAY_TIMEOUT", "Your request timed out while processing."},
}};

template <class Table>
const KnownError* find_error(const Table& table, const Fault& fault) {
    const auto found = std::ranges::find_if(table, [&](const KnownError& known) {
        return fault.code.empty() ? known.status == fault.status : known.name == fault.code;
    });
    return found == table.end() ? nullptr : &*found;
}

const KnownError* known_error(const Fault& fault, AiServer server) {
    if (server == AiServer::anthropic) {
        return find_error(k_anthropic, fault);
    }
    return server == AiServer::deepgram ? find_error(k_deepgram, fault)
                                        : find_error(k_openai, fault);
}

} // namespace

AiError error_of(const Fault& fault, AiServer server) {
    AiError error{.status = fault.status == 0 ? 500 : fault.status,
                  .message =
                      "The server had an error while processing your request. Sorry about that!",
                  .type = server == AiServer::anthropic ? "api_error" : "server_error",
                  .code = fault.code};
    if (const KnownError* const known = known_error(fault, server)) {
        error = {.status = fault.status == 0 ? known->status : fault.status,
                 .message = std::string{known->message},
                 .type = std::string{known->type},
                 .code = std::string{known->code}};
    }
    error.message = fault.message.empty() ? error.message : fault.message;
    error.type = fault.type.empty() ? error.type : fault.type;
    return error;
}

} // namespace callctl::sim
