// The heart: what to do next, from the call as it is and the time.
#pragma once

#include "base/time.hpp"
#include "call/call.hpp"
#include "pipeline/policy.hpp"
#include "pipeline/step.hpp"

namespace callctl::pipeline {

/// The next step, from the level of things (never from the event that led here), so that it does
/// not matter what was lost on the way. `due_at` empty means that the call rests.
[[nodiscard]] Step next_step(const call::Call& call, base::Time now, const Policy& policy);

} // namespace callctl::pipeline
