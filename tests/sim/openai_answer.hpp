// The form of what OpenAI's API says, right or wrong (facts recorded from live replies).
#pragma once

#include "sim/faults.hpp"
#include "sim/message.hpp"

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace callctl::sim {

using Json = nlohmann::ordered_json;

struct OpenAiError {
    int status{400};
    std::string message{};
    std::string type{"invalid_request_error"};
    std::string param{}; ///< empty: null
    std::string code{};  ///< empty: null
    bool billed{false};  ///< with a top-level `usage` of 0 seconds
};

[[nodiscard]] Answer error_answer(const OpenAiError& error);
[[nodiscard]] Answer json_answer(const Json& body);
/// x-request-id, versions and rate limits.
void add_openai_headers(port::WebResponse& response, const std::string& request_id);

/// 401 where the key is missing or wrong; the key is shown masked.
[[nodiscard]] std::optional<OpenAiError> bad_key(const Request& request, std::string_view key);

struct Model {
    std::string_view id;
    bool transcribes;
    std::string_view shutdown_date; ///< empty: null
    bool old_parameters;            ///< takes max_tokens and any temperature
};
[[nodiscard]] const Model* find_model(std::string_view id);
[[nodiscard]] OpenAiError no_such_model(std::string_view id);
/// `GET /v1/models` and `GET /v1/models/{id}`.
[[nodiscard]] Answer models_answer(const Request& request);

/// A `status` fault in OpenAI's words: by code where it is a known one, else by status.
[[nodiscard]] OpenAiError error_of(const Fault& fault);

} // namespace callctl::sim
