// What was really said in a call, for tests that compare.
#pragma once

#include "sim/ai_error.hpp"
#include "sim/performance.hpp"

#include <chrono>

namespace callctl::sim {

/// Turns and other sounds between two moments of the dialogue; times count from the first of them.
/// Channels are those of a dual recording: 0 the caller, 1 the agent.
[[nodiscard]] Json truth_of(const Performance& performance, std::chrono::milliseconds from,
                            std::chrono::milliseconds until);

} // namespace callctl::sim
