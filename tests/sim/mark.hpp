// A mark in the lowest bits of every sample, inaudible: which call is heard, where in it, and which
// of its sides. It outlives every cut, and every lossless encoding.
#pragma once

#include "sim/wav.hpp"

#include <cstdint>
#include <optional>

namespace callctl::sim {

/// A frame of marks is read wherever it stands whole: in any cut of twice that many samples.
inline constexpr std::int64_t k_mark_samples = 160;

struct Mark {
    std::uint32_t call_ordinal{0}; ///< 0: of no call
    std::uint32_t place{0};        ///< stage and track, as the library numbers them
    std::uint32_t frame{0};        ///< position of its first sample, in frames

    friend bool operator==(const Mark&, const Mark&) = default;
};

/// Marks samples that stand at `position`; Mark::frame follows from it. \pre position is not
/// negative
void write_mark(Samples& samples, std::int64_t position, const Mark& mark);

/// The first whole frame in [from, until), and the sample where it begins.
struct FoundMark {
    Mark mark{};
    std::int64_t at{0};
};
[[nodiscard]] std::optional<FoundMark> find_mark(const Channel& sound, std::int64_t from,
                                                 std::int64_t until);

} // namespace callctl::sim
