// A recording's file, made block by block: hours of it need no memory.
#pragma once

#include "sim/message.hpp"
#include "sim/performance.hpp"

#include <cstdint>
#include <vector>

namespace callctl::sim {

/// What of a performance is recorded, in samples, and in which call.
struct Excerpt {
    std::int64_t from{0};
    std::int64_t until{0};
    std::uint32_t call_ordinal{0};
};

/// A WAV file with a channel for each track. The performance must outlive it.
[[nodiscard]] LongBody wav_of(const Performance& performance, std::vector<Track> tracks,
                              const Excerpt& excerpt);

} // namespace callctl::sim
