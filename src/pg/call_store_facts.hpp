// CallFacts as JSON, for callctl.inbox: a delivery that could not be applied keeps what it said.
#pragma once

#include "call/facts.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace callctl::pg {

/// Only what is known; valid UTF-8 without NUL, so that jsonb takes it.
[[nodiscard]] std::string facts_to_json(const call::CallFacts& facts);
/// Nothing when `text` is no JSON object of facts. Members that are unknown to this version are
/// passed over, since a newer callctl may have written them.
[[nodiscard]] std::optional<call::CallFacts> facts_from_json(std::string_view text);

} // namespace callctl::pg
