// Sounds that are heard in calls and are no speech.
#pragma once

#include "sim/dialogue.hpp"
#include "sim/wav.hpp"

namespace callctl::sim {

/// Music on hold: chords that change; noise: that of a street. Both softer than speech.
/// \pre the line is one of them
[[nodiscard]] Samples sound_of(const Line& line);

} // namespace callctl::sim
