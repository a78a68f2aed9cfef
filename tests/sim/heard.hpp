// What a model hears in what was posted, before any server gives it its form.
#pragma once

#include "sim/audio_posted.hpp"
#include "sim/faults.hpp"
#include "sim/world.hpp"

#include <string>
#include <vector>

namespace callctl::sim {

/// A stretch of text, as sure as a model would be of it.
struct Segment {
    double start{0.0}; ///< in seconds
    double end{0.0};
    std::string text{};
    double avg_logprob{-0.21};
    double no_speech_prob{0.01};
    double compression_ratio{1.31};
};

/// `fault`: one of those that make a model say something else.
[[nodiscard]] std::vector<Segment> segments_of(const PostedAudio& posted, const Settings& settings,
                                               const Fault* fault);
[[nodiscard]] std::vector<Segment> segments_of(const Recognised& heard);
[[nodiscard]] std::string joined(const std::vector<Segment>& segments);
/// ISO 639-1, of what is said first; empty when nothing is.
[[nodiscard]] std::string language_of(const Recognised& heard);
/// `hebrew` or `english`.
[[nodiscard]] std::string language_name(const std::string& code);

} // namespace callctl::sim
