#include "sim/ai_key.hpp"

#include <fmt/format.h>

#include <string>

namespace callctl::sim {
namespace {

std::string masked(std::string_view key) {
    if (key.size() < 12) {
        return "****";
    }
    return fmt::format("{}****{}", key.substr(0, 7), key.substr(key.size() - 4));
}

// What follows `scheme ` in the header; nothing when it has another scheme or is not there.
std::optional<std::string_view> after_scheme(const Request& request, std::string_view scheme) {
    const std::string_view header = base::find_header(request.headers, "Authorization");
    const std::string wanted = lower_case(scheme) + " ";
    if (!lower_case(header).starts_with(wanted)) {
        return std::nullopt;
    }
    return header.substr(wanted.size());
}

AiError unauthorised(std::string message, std::string code = {}) {
    return {.status = 401, .message = std::move(message), .code = std::move(code)};
}

AiError openai_refusal(const Request& request) {
    const auto given = after_scheme(request, "Bearer");
    if (!given) {
        return unauthorised("You didn't provide an API key. You need to provide your API key in an "
                            "Authorization header using Bearer auth.");
    }
    return unauthorised(fmt::format("Incorrect API key provided: {}. You can find your API key at "
                                    "https://platform.openai.com/account/api-keys.",
                                    masked(*given)),
                        "invalid_api_key");
}

bool is_right(const Request& request, AiServer server, std::string_view key) {
    switch (server) {
    case AiServer::whispercpp:
    case AiServer::ollama:
        return true;
    case AiServer::anthropic:
        return base::find_header(request.headers, "x-api-key") == key;
    case AiServer::deepgram:
        return after_scheme(request, "Token") == key;
    case AiServer::azure:
        return base::find_header(request.headers, "api-key") == key ||
               after_scheme(request, "Bearer") == key;
    default:
        return after_scheme(request, "Bearer") == key;
    }
}

AiError anthropic_refusal(const Request& request) {
    const bool missing = base::find_header(request.headers, "x-api-key").empty();
    return {.status = 401,
            .message = missing ? "x-api-key header is required" : "invalid x-api-key",
            .type = "authentication_error"};
}

} // namespace

std::optional<AiError> bad_key(const Request& request, AiServer server, std::string_view key) {
    if (is_right(request, server, key)) {
        return std::nullopt;
    }
    switch (server) {
    case AiServer::azure:
        return unauthorised(
            "Access denied due to invalid subscription key or wrong API endpoint. Make sure to "
            "provide a valid key for an active subscription and use a correct regional API "
            "endpoint for your resource.");
    case AiServer::groq:
        return unauthorised("Invalid API Key", "invalid_api_key");
    case AiServer::speaches:
        return AiError{.status = 403,
                       .message = "Invalid API key. Please provide a valid API key in the "
                                  "Authorization header."};
    case AiServer::localai:
        return unauthorised("An authentication key is required");
    case AiServer::llamacpp:
        return AiError{.status = 401, .message = "Invalid API Key", .type = "authentication_error"};
    case AiServer::openrouter:
        return unauthorised("No auth credentials found");
    case AiServer::deepgram:
        return unauthorised("Invalid credentials.", "INVALID_AUTH");
    case AiServer::anthropic:
        return anthropic_refusal(request);
    default:
        return openai_refusal(request);
    }
}

} // namespace callctl::sim
