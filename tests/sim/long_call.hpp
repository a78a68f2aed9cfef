// Calls of hours: dialogues that are made by rule instead of by hand, every turn of its own.
#pragma once

#include "sim/dialogue.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace callctl::sim {

/// Named `en-long-90` or, with a seed, `he-long-240-7`; `en-clear-90` has neither music nor noise.
struct LongCall {
    std::string language{"en"}; ///< or `he`
    int minutes{1};             ///< up to 480
    int seed{0};                ///< up to 1023
    bool clear{false};          ///< without music and noise

    friend bool operator==(const LongCall&, const LongCall&) = default;
};

[[nodiscard]] std::optional<LongCall> parse_long_call(std::string_view id);
[[nodiscard]] std::string id_of(const LongCall& call);

/// One number for each, above those of the dialogues that are written by hand.
[[nodiscard]] std::uint32_t number_of(const LongCall& call);
[[nodiscard]] std::optional<LongCall> long_call_of(std::uint32_t number);

/// Questions and answers of both sides, some into one another, with pauses, silence, music on hold
/// and noise between. No two turns say the same; after some seven hours nothing is left to be said.
[[nodiscard]] Dialogue long_dialogue(const LongCall& call);

/// All that may be said in one, to be recognised by.
[[nodiscard]] const Dialogue& long_call_phrases(std::string_view language);

} // namespace callctl::sim
