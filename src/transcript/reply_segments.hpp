// Stretches of text with times, as replies list them. Used by the readers of this folder alone.
#pragma once

#include "transcript/exchange.hpp"

#include <nlohmann/json_fwd.hpp>

#include <vector>

namespace callctl::transcript {

/// The entries of `list` that have text under `text_key`; nothing when one of them cannot be
/// placed, or `list` is none.
[[nodiscard]] std::vector<Segment> read_segments(const nlohmann::json& list, const char* text_key);

/// Drops segments that hold clearly less than the text; makes the text of them where it is empty.
void settle_times(Transcription& transcription);

} // namespace callctl::transcript
