// JSON of servers that may be anything: reading that never throws.
#pragma once

#include "base/http.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace callctl::summary {

/// The member of that name, null where `object` is null, is no object or has none.
[[nodiscard]] const nlohmann::ordered_json* member(const nlohmann::ordered_json* object,
                                                   const char* key);
/// Storable: an escape can write what the body itself must not hold. Empty for what is no string.
[[nodiscard]] std::string text_of(const nlohmann::ordered_json* value);
/// 0 for what is no number of things.
[[nodiscard]] std::int64_t count_of(const nlohmann::ordered_json* value);
/// A body made storable and parsed; discarded where it is no JSON.
[[nodiscard]] nlohmann::ordered_json parsed(std::string_view text);
/// On one line; bytes that are no UTF-8 become U+FFFD.
[[nodiscard]] std::string dumped(const nlohmann::ordered_json& json);

} // namespace callctl::summary
