// The form of what Twilio's REST API says, right or wrong.
#pragma once

#include "sim/message.hpp"

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace callctl::sim {

using Json = nlohmann::ordered_json;

/// A path without `.json` is answered in XML (https://www.twilio.com/docs/usage/twilios-response).
enum class Format { json, xml };

struct ApiError {
    int status{0};
    int code{0};
    std::string message{};
    std::optional<std::string> detail{};
};

[[nodiscard]] Answer error_answer(const ApiError& error, Format format);
/// 20404, with the path in its message.
[[nodiscard]] ApiError not_found(const std::string& path);
/// `name` is the XML element of the resource: `Recording`.
[[nodiscard]] Answer resource_answer(int status, const Json& resource, std::string_view name,
                                     Format format);
/// What every answer of api.twilio.com carries.
void add_twilio_headers(port::WebResponse& response, const std::string& request_id);

} // namespace callctl::sim
