// Recordings as host tables name them.
#pragma once

#include "base/ids.hpp"

#include <optional>
#include <string_view>

namespace callctl::call {

/// The first recording SID that stands in `text` as a word: Twilio's addresses, absolute or
/// relative, with or without extension, and names of downloaded files (`call_RE...wav`).
[[nodiscard]] std::optional<base::RecordingSid> recording_sid_in(std::string_view text);

} // namespace callctl::call
