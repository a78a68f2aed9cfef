// What may be tried at once after a refusal. Used by ai_failure alone.
#pragma once

#include "call/ai_error.hpp"
#include "call/failure.hpp"

#include <string>

namespace callctl::call {

/// Too much text: in parts; too much of anything else: smaller; a parameter that servers are known
/// to lack: without it.
[[nodiscard]] Remedy ai_remedy(Reason reason, const AiError& error);

/// The parameter that is refused and that can be done without, as it is called in requests; empty
/// when it is none of those.
[[nodiscard]] std::string ai_refused_parameter(const AiError& error);

} // namespace callctl::call
