// A server of language models: what makes its requests differ from those of others.
#pragma once

#include "base/http.hpp"
#include "base/secret.hpp"
#include "call/failure.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace callctl::summary {

enum class ServerKind : std::uint8_t {
    chat,      ///< OpenAI's chat completions, or its like
    anthropic, ///< Anthropic's Messages
};

/// What the server is asked to hold the answer to, from the strictest to nothing.
enum class AnswerForm : std::uint8_t { json_schema, json_object, none };

[[nodiscard]] std::string_view to_string(AnswerForm form);

struct Server {
    ServerKind kind{ServerKind::chat};
    std::string base_url{};                   ///< mostly up to and with `/v1`
    std::string path{"/chat/completions"};    ///< `{model}` in it stands for the model
    std::string query{};                      ///< without the `?`: `api-version=2024-10-21`
    std::string auth_header{"Authorization"}; ///< empty: the key is not sent
    std::string auth_prefix{"Bearer "};
    base::Secret api_key{};                  ///< empty: no such header
    std::vector<base::HttpHeader> headers{}; ///< beside those of every request
    std::string model{};
    std::string max_tokens_field{"max_completion_tokens"}; ///< empty: no limit is sent
    bool limit_renamed{false}; ///< the other name of the limit was refused
    int max_tokens{2000};      ///< of an answer, reasoning included
    AnswerForm answer_form{AnswerForm::json_schema};
    std::optional<double> temperature{};                        ///< nothing: the model's own
    std::string reasoning_effort{};                             ///< empty: the model's own
    int context_tokens{200'000};                                ///< question and answer together
    std::chrono::milliseconds timeout{std::chrono::minutes{2}}; ///< for one request
};

/// The next simpler form that the server can be asked for; nothing below `none`.
[[nodiscard]] std::optional<AnswerForm> simpler(const Server& server);

/// The server as it is to be asked after a failure whose remedy is to degrade, one step down: in
/// the next simpler form, with the other name of the limit, or without what was refused. Nothing
/// when there is no such step. Every step leaves fewer behind, so that they end.
[[nodiscard]] std::optional<Server> degraded(const Server& server, const call::Failure& failure);

/// `known` without what `taught`, a degraded form of the same server, has lost.
[[nodiscard]] Server without_refused(Server known, const Server& taught);

/// One text for everything but the question that can change the answer. Holds no key.
[[nodiscard]] std::string fingerprint(const Server& server);

/// The URL that is asked, path and query included.
[[nodiscard]] std::string request_url(const Server& server);

/// The key as the server wants it.
[[nodiscard]] base::HttpAuth auth_of(const Server& server);

} // namespace callctl::summary
