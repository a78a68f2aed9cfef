#include "sim/library.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace callctl::sim {
namespace {

constexpr std::size_t k_mark_bits = 96;
constexpr std::uint32_t k_sync = 0xC3A5'96F1U;

std::uint32_t check_word(std::uint32_t ordinal) {
    return ordinal * 0x9E37'79B1U ^ 0x5A5A'A5A5U;
}

bool bit_of(std::uint32_t ordinal, std::size_t index) {
    const std::array words{k_sync, ordinal, check_word(ordinal)};
    return ((words.at(index / 32) >> (index % 32)) & 1U) != 0;
}

std::uint32_t word_at(const Samples& mono, std::size_t at) {
    std::uint32_t word = 0;
    for (std::size_t i = 0; i < 32; ++i) {
        word |= (static_cast<std::uint32_t>(mono[at + i]) & 1U) << i;
    }
    return word;
}

std::int16_t without_mark(int sample) {
    return static_cast<std::int16_t>(sample & ~1);
}

// Line noise far below the threshold of silence: real lines are never digitally silent.
int hum(std::int64_t at) {
    const auto mixed = static_cast<std::uint64_t>(at) * 0x9E37'79B9'7F4A'7C15ULL;
    return static_cast<int>((mixed >> 40U) % 13U) - 6;
}

Performance performance_of(const Dialogue& dialogue, Speech& speech) {
    Performance made{.dialogue = &dialogue};
    std::int64_t end = 0;
    const auto place = [&](Samples& track, const Samples& samples, std::int64_t at) {
        track.resize(std::max(track.size(), static_cast<std::size_t>(at) + samples.size()));
        std::ranges::copy(samples, track.begin() + at);
    };
    for (const Line& line : dialogue.lines) {
        const Samples samples = speech.say(line);
        const std::int64_t from =
            std::max<std::int64_t>(0, end + line.gap.count() * k_samples_per_ms);
        place(line.voice == Voice::caller ? made.caller : made.agent, samples, from);
        end = from + static_cast<std::int64_t>(samples.size());
        made.spoken.push_back({&line, from, end});
    }
    const std::size_t length = std::max(made.caller.size(), made.agent.size());
    made.caller.resize(length);
    made.agent.resize(length);
    for (std::size_t i = 0; i < length; ++i) {
        const int noise = hum(static_cast<std::int64_t>(i));
        made.caller[i] = without_mark(made.caller[i] + noise);
        made.agent[i] = without_mark(made.agent[i] + noise);
        made.mix.push_back(without_mark((made.caller[i] + made.agent[i]) / 2));
    }
    return made;
}

} // namespace

std::int16_t Performance::sample(Track track, std::int64_t at) const {
    if (at < 0 || at >= length()) {
        return without_mark(hum(at));
    }
    const Samples& samples = track == Track::caller ? caller : track == Track::agent ? agent : mix;
    return samples[static_cast<std::size_t>(at)];
}

Library::Library(Speech& speech) : m_speech{&speech} {
    for (const Dialogue& dialogue : all_dialogues()) {
        m_stages.push_back(std::make_unique<Stage>());
        m_stages.back()->dialogue = &dialogue;
    }
}

const Performance& Library::performed(Stage& stage) const {
    std::call_once(stage.performed,
                   [&] { stage.performance = performance_of(*stage.dialogue, *m_speech); });
    return stage.performance;
}

const Performance& Library::performance(std::string_view dialogue) const {
    const auto found = std::ranges::find_if(
        m_stages, [&](const auto& stage) { return stage->dialogue->id == dialogue; });
    if (found == m_stages.end()) {
        throw std::out_of_range{"no such dialogue"};
    }
    return performed(**found);
}

void Library::prepare() const {
    for (const auto& stage : m_stages) {
        (void)performed(*stage);
    }
}

void watermark(Samples& mono, std::uint32_t call_ordinal) {
    for (std::size_t i = 0; i < mono.size(); ++i) {
        const int mark = bit_of(call_ordinal, i % k_mark_bits) ? 1 : 0;
        mono[i] = static_cast<std::int16_t>((mono[i] & ~1) | mark);
    }
}

std::optional<std::uint32_t> read_watermark(const Samples& mono) {
    for (std::size_t at = 0; at + k_mark_bits <= mono.size() && at < 16 * k_mark_bits; ++at) {
        if (word_at(mono, at) != k_sync) {
            continue;
        }
        const std::uint32_t ordinal = word_at(mono, at + 32);
        if (word_at(mono, at + 64) == check_word(ordinal)) {
            return ordinal;
        }
    }
    return std::nullopt;
}

} // namespace callctl::sim
