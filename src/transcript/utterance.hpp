// Words at their place in the call, with the sound behind them.
#pragma once

#include "transcript/exchange.hpp"

#include <chrono>

namespace callctl::transcript {

/// The sound behind a text. Levels in decibels, full scale is 0.
struct Heard {
    std::chrono::milliseconds speech{0};
    float level_db{0.0F};
    float floor_db{-100.0F};
};

/// A segment at its place in the call.
struct Utterance {
    int channel{0};
    Segment segment{};
    Heard heard{};
};

} // namespace callctl::transcript
