// The error in a reply's body, whatever its shape. Used by ai_failure alone.
#pragma once

#include "base/http.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace callctl::call {

struct AiError {
    std::string message{};
    std::string code{};
    std::string type{};
    std::string param{};
    std::string request_id{}; ///< Anthropic and Deepgram name it in the body
    int number{0};            ///< an HTTP status in the body (OpenRouter, LocalAI); 0 without one
    bool flagged{false};      ///< OpenRouter: moderation, not a missing right
    bool anthropic{false};    ///< the envelope `{"type":"error","error":{...}}`
};

struct AiBody {
    std::optional<AiError> error{};
    bool is_object{false}; ///< it parses, as a JSON object
};

/// Shapes of errors: `error` as object or string; `choices[0].error`; and, unless the status is
/// 2xx, `detail` as string or list (FastAPI), `message`/`code`/`type` at the top (older vLLM),
/// `err_msg`/`err_code` and `message`/`category` (Deepgram), and plain text. Never throws.
[[nodiscard]] AiBody read_ai_body(const base::HttpResponse& response);

/// The answer of some proxy or portal, never of a model.
[[nodiscard]] bool is_html_page(const base::HttpResponse& response);

/// What kind of thing a body is, without a word of what it says.
[[nodiscard]] std::string kind_of_body(const base::HttpResponse& response);

/// A server's message made fit for a log line: one line, ASCII, at most 200 bytes, no key, and cut
/// before JSON, by which some servers quote the request (llama.cpp quotes whole messages).
[[nodiscard]] std::string quotable(std::string_view message);

} // namespace callctl::call
