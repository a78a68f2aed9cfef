// One chat-completions request with a strict JSON schema, and its reply
// (OpenAI OpenAPI document, CreateChatCompletionRequest).
#pragma once

#include "base/http.hpp"
#include "base/secret.hpp"
#include "call/failure.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace callctl::summary {

struct Server {
    std::string base_url{}; ///< up to and with `/v1`
    std::string path{"/chat/completions"};
    base::Secret api_key{};
    std::string model{};
    std::string max_tokens_field{"max_completion_tokens"};
    int max_tokens{2000};
    std::chrono::milliseconds timeout{120'000};
};

/// What the model is told beside the transcript.
struct Context {
    std::string business_name{};
    std::string business_type{};
    std::string direction{}; ///< `inbound`, `outbound`
};

/// The structured summary; empty text where the call says nothing of it. Texts are single lines
/// (base::one_line) of bounded length.
struct Summary {
    std::string topic{}; ///< never empty
    std::string outcome{};
    std::vector<std::string> agreed{};
    std::vector<std::string> follow_ups{};
    std::string sentiment{}; ///< positive, neutral, negative, mixed, unknown
    std::string customer_name{};
    std::string language{}; ///< ISO 639-1, of the call; empty when it is none we know
    std::string document{}; ///< the JSON as checked, for the artefact
    std::string request_id{};
};

/// The transcript goes as JSON data in the user's message, the instructions apart from it.
[[nodiscard]] base::HttpRequest summary_request(const Server& server, const Context& context,
                                                const std::string& transcript);

/// Checks the reply against our own schema whatever the server promised. Failures: those of
/// call::ai_failure; refused for a refusal or a content filter; bad_reply for an answer that is
/// empty, cut off at max tokens, no JSON, or not of the schema. No detail quotes the answer.
[[nodiscard]] call::Outcome<Summary> read_summary(const base::HttpResponse& response);

/// A few lines of text for the host's `summary` column, one a field, those without content left
/// out. Labels are Hebrew for a call in Hebrew, else English. Every line begins with its label,
/// which gives it the right reading order without direction marks.
[[nodiscard]] std::string render(const Summary& summary);

} // namespace callctl::summary
