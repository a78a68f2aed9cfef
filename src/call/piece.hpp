// What was paid for before its stage was done: one chunk of audio, one part of a long transcript.
#pragma once

#include "call/stage.hpp"

#include <cstdint>
#include <string>

namespace callctl::call {

/// The answer to one request that costs money, kept under what was asked, so that the same is never
/// asked twice for one call.
struct Piece {
    Stage stage{Stage::transcript}; ///< transcript or summary
    std::string key{};              ///< SHA-256 in hex of what was sent and of how it was asked
    std::string document{};         ///< JSON: the answer as read; valid UTF-8 without NUL
    std::string request_id{};       ///< the provider's
    std::int64_t audio_ms{0};       ///< sent for it
    std::int64_t cost_micros{0};    ///< millionths of the price's unit
};

} // namespace callctl::call
