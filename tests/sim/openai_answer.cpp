#include "sim/openai_answer.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace callctl::sim {
namespace {

constexpr std::array<Model, 10> k_models{{
    {"whisper-1", true, "2027-02-26", true},
    {"gpt-transcribe", true, "", true},
    {"gpt-4o-transcribe", true, "2027-02-26", true},
    {"gpt-4o-mini-transcribe", true, "2027-02-26", true},
    {"gpt-4o-mini-transcribe-2025-12-15", true, "2027-02-26", true},
    {"gpt-4o-transcribe-diarize", true, "2027-02-26", true},
    {"gpt-6-luna", false, "", false},
    {"gpt-5.6-luna", false, "", false},
    {"gpt-4.1-mini", false, "2027-01-14", true},
    {"gpt-4o-mini", false, "2027-01-14", true},
}};

struct KnownError {
    std::string_view code;
    int status;
    std::string_view type;
    std::string_view message;
};

constexpr std::string_view k_spent =
    "You exceeded your current quota, please check your plan and billing details. For more "
    "information on this error, read the docs: "
    "https://platform.openai.com/docs/guides/error-codes/api-errors.";
constexpr std::string_view k_overloaded =
    "Our servers are currently overloaded. Please try again later.";

constexpr std::array<KnownError, 13> k_errors{{
    {"rate_limit_exceeded", 429, "requests",
     "Rate limit reached for gpt-transcribe in project proj_sim organization org-sim on requests "
     "per "
     "min (RPM): Limit 500, Used 500, Requested 1. Please try again in 1.146s. Visit "
     "https://platform.openai.com/account/rate-limits to learn more."},
    {"slow_down", 429, "rate_limit_error", "Please slow down your requests."},
    {"insufficient_quota", 429, "insufficient_quota", k_spent},
    {"credit_balance_exhausted", 429, "insufficient_quota", k_spent},
    {"organization_spend_limit_exceeded", 429, "insufficient_quota", k_spent},
    {"project_spend_limit_exceeded", 429, "insufficient_quota", k_spent},
    {"organization_usage_limit_exceeded", 429, "insufficient_quota", k_spent},
    {"server_is_overloaded", 503, "service_unavailable_error", k_overloaded},
    {"invalid_api_key", 401, "invalid_request_error",
     "Incorrect API key provided: sk-sim****0000. You can find your API key at "
     "https://platform.openai.com/account/api-keys."},
    {"model_not_found", 404, "invalid_request_error",
     "The model `x` does not exist or you do not have access to it."},
    {"context_length_exceeded", 400, "invalid_request_error",
     "This model's maximum context length is 8192 tokens. However, your messages resulted in 9412 "
     "tokens. Please reduce the length of the messages."},
    {"invalid_value", 400, "invalid_request_error", "Audio file might be corrupted or unsupported"},
    {"input_too_large", 400, "invalid_request_error",
     "Total number of tokens in instructions + audio is too large for this model"},
}};

Json text_or_null(const std::string& text) {
    return text.empty() ? Json(nullptr) : Json(text);
}

Json model_entry(const Model& model) {
    return {
        {"id", model.id},
        {"object", "model"},
        {"created", 1'700'000'000},
        {"owned_by", "openai"},
        {"shutdown_date", model.shutdown_date.empty() ? Json(nullptr) : Json(model.shutdown_date)}};
}

std::string masked(std::string_view key) {
    if (key.size() < 12) {
        return "****";
    }
    return fmt::format("{}****{}", key.substr(0, 7), key.substr(key.size() - 4));
}

} // namespace

Answer json_answer(const Json& body) {
    return {.response = {.status = 200, .content_type = "application/json", .body = body.dump()}};
}

Answer error_answer(const OpenAiError& error) {
    Json body{{"error",
               {{"message", error.message},
                {"type", error.type},
                {"param", text_or_null(error.param)},
                {"code", text_or_null(error.code)}}}};
    if (error.billed) {
        body["usage"] = {{"type", "duration"}, {"seconds", 0}};
    }
    Answer answer = json_answer(body);
    answer.response.status = error.status;
    if (error.status == 401) {
        // Recorded so: JSON under the wrong content type, with a status of its own.
        body["status"] = 401;
        answer.response.body = body.dump();
        answer.response.content_type = "text/plain";
    }
    return answer;
}

void add_openai_headers(port::WebResponse& response, const std::string& request_id) {
    const std::vector<base::HttpHeader> headers{
        {"x-request-id", request_id},           {"openai-organization", "org-sim"},
        {"openai-processing-ms", "412"},        {"openai-version", "2020-10-01"},
        {"x-ratelimit-limit-requests", "500"},  {"x-ratelimit-remaining-requests", "499"},
        {"x-ratelimit-reset-requests", "120ms"}};
    response.headers.insert(response.headers.end(), headers.begin(), headers.end());
}

std::optional<OpenAiError> bad_key(const Request& request, std::string_view key) {
    const std::string_view header = base::find_header(request.headers, "Authorization");
    if (!lower_case(header).starts_with("bearer ")) {
        return OpenAiError{.status = 401,
                           .message = "You didn't provide an API key. You need to provide your API "
                                      "key in an Authorization header using Bearer auth."};
    }
    if (header.substr(7) == key) {
        return std::nullopt;
    }
    return OpenAiError{.status = 401,
                       .message =
                           fmt::format("Incorrect API key provided: {}. You can find your API "
                                       "key at https://platform.openai.com/account/api-keys.",
                                       masked(header.substr(7))),
                       .code = "invalid_api_key"};
}

const Model* find_model(std::string_view id) {
    const auto* const found = std::ranges::find(k_models, id, &Model::id);
    return found == k_models.end() ? nullptr : found;
}

OpenAiError no_such_model(std::string_view id) {
    return {.status = 404,
            .message =
                fmt::format("The model `{}` does not exist or you do not have access to it.", id),
            .code = "model_not_found"};
}

Answer models_answer(const Request& request) {
    constexpr std::string_view all = "/v1/models";
    if (request.path == all) {
        Json list = Json::array();
        for (const Model& model : k_models) {
            list.push_back(model_entry(model));
        }
        return json_answer({{"object", "list"}, {"data", std::move(list)}});
    }
    const std::string id = request.path.substr(all.size() + 1);
    const Model* const model = find_model(id);
    return model == nullptr ? error_answer(no_such_model(id)) : json_answer(model_entry(*model));
}

OpenAiError error_of(const Fault& fault) {
    OpenAiError error{.status = fault.status == 0 ? 500 : fault.status,
                      .message =
                          "The server had an error while processing your request. Sorry about "
                          "that!",
                      .type = "server_error"};
    for (const KnownError& known : k_errors) {
        const bool by_status = fault.code.empty() && known.status == fault.status;
        if (known.code == fault.code || by_status) {
            error = {.status = fault.status == 0 ? known.status : fault.status,
                     .message = std::string{known.message},
                     .type = std::string{known.type},
                     .code = std::string{known.code}};
            break;
        }
    }
    error.code = fault.code.empty() ? error.code : fault.code;
    error.message = fault.message.empty() ? error.message : fault.message;
    error.type = fault.type.empty() ? error.type : fault.type;
    return error;
}

} // namespace callctl::sim
