// JSON schemas of structured outputs: judged by the strict rules, and filled in.
#pragma once

#include "sim/dialogue.hpp"

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>

namespace callctl::sim {

using Json = nlohmann::ordered_json;

/// Why OpenAI would refuse the schema under `strict`; the part of the message after the colon.
[[nodiscard]] std::optional<std::string> strict_violation(const Json& schema);

/// A value in the schema's shape that says what the gist says, as far as the names of properties
/// let one guess where.
[[nodiscard]] Json filled(const Json& schema, const Gist& gist, const std::string& language);

} // namespace callctl::sim
