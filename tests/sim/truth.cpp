#include "sim/truth.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace callctl::sim {
namespace {

/// A part of the dialogue, in samples.
struct Stretch {
    std::int64_t from;
    std::int64_t until;

    [[nodiscard]] std::int64_t ms(std::int64_t position) const {
        return (std::clamp(position, from, until) - from) / k_samples_per_ms;
    }
    [[nodiscard]] bool holds(std::int64_t position) const {
        return position >= from && position < until;
    }
};

int channel_of(const Line& line) {
    return line.voice == Voice::caller ? 0 : 1;
}

Json turn_json(const Spoken& spoken, const Stretch& stretch) {
    std::string text;
    for (const Word& word : spoken.words) {
        if (stretch.holds(word.middle)) {
            text += (text.empty() ? "" : " ") + word.text;
        }
    }
    return {{"channel", channel_of(*spoken.line)},
            {"start_ms", stretch.ms(spoken.from)},
            {"end_ms", stretch.ms(spoken.until)},
            {"language", spoken.line->language},
            {"text", text}};
}

Json sound_json(const Disturbance& disturbance, const Stretch& stretch) {
    return {{"kind", disturbance.line->sound == Sound::music ? "music" : "noise"},
            {"channel", channel_of(*disturbance.line)},
            {"start_ms", stretch.ms(disturbance.from)},
            {"end_ms", stretch.ms(disturbance.until)}};
}

} // namespace

Json truth_of(const Performance& performance, std::chrono::milliseconds from,
              std::chrono::milliseconds until) {
    const Stretch stretch{from.count() * k_samples_per_ms, until.count() * k_samples_per_ms};
    Json turns = Json::array();
    for (const Spoken& spoken : performance.spoken()) {
        Json turn = turn_json(spoken, stretch);
        if (!turn["text"].get_ref<const std::string&>().empty()) {
            turns.push_back(std::move(turn));
        }
    }
    Json sounds = Json::array();
    for (const Disturbance& disturbance : performance.disturbances()) {
        if (disturbance.from < stretch.until && disturbance.until > stretch.from) {
            sounds.push_back(sound_json(disturbance, stretch));
        }
    }
    return {{"duration_ms", (until - from).count()},
            {"turns", std::move(turns)},
            {"sounds", std::move(sounds)}};
}

} // namespace callctl::sim
