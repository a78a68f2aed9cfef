// Statuses, codes and words of AI servers to reasons. Used by ai_failure alone.
#pragma once

#include "call/ai_error.hpp"
#include "call/reason.hpp"

namespace callctl::call {

/// Of a status from 400 to 599. `names_time`: the reply says when to come back.
[[nodiscard]] Reason ai_reason(int status, const AiError& error, bool names_time);

/// Of an error under 200 that names no status.
[[nodiscard]] Reason ai_reason(const AiError& error);

} // namespace callctl::call
