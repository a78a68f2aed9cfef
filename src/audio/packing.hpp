// From stretches of speech to what is sent in one request, and back from times in what was sent to
// times in the call.
#pragma once

#include "audio/activity.hpp"
#include "audio/excerpt.hpp"

#include <chrono>
#include <span>
#include <vector>

namespace callctl::audio {

/// What one request carries: speech of one channel without the silence between.
struct Package {
    int channel{0};
    std::vector<Region> regions{}; ///< never empty
    std::vector<Span> spans{};     ///< what is cut out: the regions with a little air around them

    [[nodiscard]] std::chrono::milliseconds duration() const; ///< of what is sent
};

enum class Packing : std::uint8_t {
    by_turns,   ///< one turn of one speaker each: for servers that give no times
    until_full, ///< as much as one request may carry: for servers that give times
};

struct PackingRules {
    Packing packing{Packing::by_turns};
    /// Of what one request carries. \pre longer than the longest region with its air
    std::chrono::milliseconds longest{std::chrono::minutes{20}};
    /// Speech models want some air before the first and after the last sound; never more than half
    /// of the pause to the next region of the channel, so that no sound is sent twice.
    std::chrono::milliseconds air{250};
    /// A turn ends where the other one answers, or where its speaker is silent for so long,
    std::chrono::milliseconds turn_gap{1'000};
    /// or so long while the request is still short: models make words up for clips of a second or
    /// two (at least 15 s are advised), and where nobody answers the order of what is said holds.
    std::chrono::milliseconds short_turn{5'000};
    std::chrono::milliseconds short_turn_gap{3'000};
    /// It does not end where the other one only says "yes" in between.
    std::chrono::milliseconds interjection{500};
    /// A turn by_turns is not longer, if its speaker ever pauses.
    std::chrono::milliseconds longest_turn{30'000};
    /// A channel with less speech in all is not sent.
    std::chrono::milliseconds least_speech{300};
};

/// The packages in order of their start; every region of a channel that is sent is in one, and cuts
/// lie in silence.
[[nodiscard]] std::vector<Package> packed(const std::vector<std::vector<Region>>& channels,
                                          const PackingRules& rules);

/// The package as two of about half the speech each, cut in a pause; itself alone when its speaker
/// does not pause.
[[nodiscard]] std::vector<Package> halved(const Package& package);

/// Where a stretch of a package lies in the call: in several places where it runs across a pause
/// that was left out and is as long as `turn_gap`. Each is drawn in to the speech in it, since
/// models give the air to the first word. `from` and `until` count from the start of what was sent.
[[nodiscard]] std::vector<Span> in_the_call(const Package& package, std::chrono::milliseconds from,
                                            std::chrono::milliseconds until,
                                            std::chrono::milliseconds turn_gap);

/// What is heard in a stretch of the call.
struct Sound {
    std::chrono::milliseconds speech{0};
    float level_db{Frame::k_lowest_db};
    float floor_db{Frame::k_lowest_db};
};
[[nodiscard]] Sound sound_of(std::span<const Region> regions, const Span& in_call);

} // namespace callctl::audio
