#include "sim/performance.hpp"

#include "sim/disturbance.hpp"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <iterator>
#include <map>
#include <tuple>

namespace callctl::sim {
namespace {

constexpr int k_heard_peak = 800;
constexpr std::int64_t k_heard_frame = 10 * k_samples_per_ms;
constexpr std::int64_t k_breath = 120 * k_samples_per_ms; // between two phrases

// Line noise far below the threshold of silence: real lines are never digitally silent.
int hum(std::int64_t at) {
    const auto mixed = static_cast<std::uint64_t>(at) * 0x9E37'79B9'7F4A'7C15ULL;
    return static_cast<int>((mixed >> 40U) % 13U) - 6;
}

std::int64_t size_of(const Samples& samples) {
    return static_cast<std::int64_t>(samples.size());
}

std::shared_ptr<const Clip> clip_of(Samples samples) {
    auto clip = std::make_shared<Clip>();
    for (std::int64_t at = 0; at < size_of(samples); at += k_heard_frame) {
        const auto begin = samples.begin() + at;
        const auto end = samples.begin() + std::min(at + k_heard_frame, size_of(samples));
        clip->heard.push_back(std::any_of(
            begin, end, [](std::int16_t sample) { return std::abs(sample) >= k_heard_peak; }));
    }
    clip->samples = std::move(samples);
    return clip;
}

// Where words are in the sound of a line: each takes its share of letters of what can be heard, so
// that none of them lies in a pause.
std::vector<Word> words_of(const std::string& text, const std::vector<std::int64_t>& heard) {
    std::vector<Word> words;
    std::size_t at = 0;
    while (at < text.size() && !heard.empty()) {
        const std::size_t end = std::min(text.find(' ', at), text.size());
        if (end > at) {
            const std::size_t frame = heard.size() * (at + end) / 2 / text.size();
            words.push_back({text.substr(at, end - at), heard[frame] + k_heard_frame / 2});
        }
        at = end + 1;
    }
    return words;
}

} // namespace

std::string_view to_string(Track track) {
    return track == Track::caller ? "caller" : track == Track::agent ? "agent" : "mix";
}

/// Puts line after line on the stage.
class Performance::Staging {
  public:
    Staging(Performance& performance, Speech& speech)
        : m_performance{&performance}, m_speech{&speech},
          m_limit{performance.m_dialogue->length.count() * k_samples_per_ms} {}

    /// False: there is no time for it any more.
    [[nodiscard]] bool add(const Line& line) {
        const std::int64_t from =
            std::max<std::int64_t>(0, m_end + line.gap.count() * k_samples_per_ms);
        const auto parts = parts_of(line, from);
        const std::int64_t end = parts.back().from + size_of(parts.back().clip->samples);
        if (m_limit > 0 && end > m_limit) {
            return false;
        }
        for (const Part& part : parts) {
            place_clip(line.voice, part.from, part.clip);
        }
        if (line.sound == Sound::speech) {
            note_speech(line, parts);
        } else {
            m_performance->m_disturbances.push_back({&line, from, end});
        }
        m_end = std::max(m_end, end);
        return true;
    }

  private:
    /// What of a line is said in one breath.
    struct Part {
        std::string text;
        std::int64_t from;
        std::shared_ptr<const Clip> clip;
    };

    std::vector<Part> parts_of(const Line& line, std::int64_t from) {
        if (line.sound != Sound::speech) {
            return {{"", from, kept(line, [&] { return sound_of(line); })}};
        }
        std::vector<Part> parts;
        Line breath = line;
        for (const std::string& text :
             line.phrases.empty() ? std::vector{line.text} : line.phrases) {
            breath.text = text;
            parts.push_back({text, from, kept(breath, [&] { return m_speech->say(breath); })});
            from += size_of(parts.back().clip->samples) + k_breath;
        }
        return parts;
    }

    std::shared_ptr<const Clip> kept(const Line& line, const std::function<Samples()>& make) {
        auto& clip =
            m_clips[{line.voice, line.sound, line.length.count(), line.language, line.text}];
        if (!clip) {
            clip = clip_of(make());
        }
        return clip;
    }

    void note_speech(const Line& line, const std::vector<Part>& parts) {
        Spoken spoken{.line = &line};
        for (const Part& part : parts) {
            const auto heard = heard_at(part.from, *part.clip);
            if (!heard.empty()) {
                spoken.from = spoken.words.empty() ? heard.front() : spoken.from;
                spoken.until = heard.back() + k_heard_frame;
                std::ranges::move(words_of(part.text, heard), std::back_inserter(spoken.words));
            }
        }
        if (!spoken.words.empty()) {
            m_performance->m_spoken.push_back(std::move(spoken));
        }
    }

    void place_clip(Voice voice, std::int64_t from, const std::shared_ptr<const Clip>& clip) {
        auto& placed = m_performance->m_placed.at(voice == Voice::caller ? 0 : 1);
        const auto after = std::ranges::upper_bound(placed, from, {}, &Placed::from);
        placed.insert(after, {from, clip});
        const std::int64_t size = size_of(clip->samples);
        m_performance->m_longest_clip = std::max(m_performance->m_longest_clip, size);
        m_performance->m_length = std::max(m_performance->m_length, from + size);
    }

    static std::vector<std::int64_t> heard_at(std::int64_t from, const Clip& clip) {
        std::vector<std::int64_t> heard;
        for (std::size_t frame = 0; frame < clip.heard.size(); ++frame) {
            if (clip.heard[frame]) {
                heard.push_back(from + static_cast<std::int64_t>(frame) * k_heard_frame);
            }
        }
        return heard;
    }

    Performance* m_performance;
    Speech* m_speech;
    std::int64_t m_limit;
    std::int64_t m_end{0};
    std::map<std::tuple<Voice, Sound, std::int64_t, std::string, std::string>,
             std::shared_ptr<const Clip>>
        m_clips{};
};

Performance::Performance(const Dialogue& dialogue, std::uint32_t stage, Speech& speech)
    : m_dialogue{&dialogue}, m_stage{stage} {
    Staging staging{*this, speech};
    for (const Line& line : dialogue.lines) {
        if (!staging.add(line)) {
            break;
        }
    }
    m_length = std::max(m_length, dialogue.length.count() * k_samples_per_ms);
    std::ranges::stable_sort(m_spoken, {}, &Spoken::from);
}

std::vector<int> Performance::sounds(Track track, std::int64_t from, std::int64_t count) const {
    std::vector<int> sum(static_cast<std::size_t>(count));
    const auto& placed = m_placed.at(track == Track::caller ? 0 : 1);
    auto next = std::ranges::lower_bound(placed, from - m_longest_clip, {}, &Placed::from);
    for (; next != placed.end() && next->from < from + count; ++next) {
        const Samples& samples = next->clip->samples;
        const std::int64_t begin = std::max(from, next->from);
        const std::int64_t end = std::min(from + count, next->from + size_of(samples));
        for (std::int64_t at = begin; at < end; ++at) {
            sum[static_cast<std::size_t>(at - from)] +=
                samples[static_cast<std::size_t>(at - next->from)];
        }
    }
    for (std::int64_t i = 0; i < count; ++i) {
        sum[static_cast<std::size_t>(i)] += hum(from + i);
    }
    return sum;
}

Samples Performance::render(Track track, std::int64_t from, std::int64_t count,
                            std::uint32_t call_ordinal) const {
    std::vector<int> sum = sounds(track == Track::mix ? Track::caller : track, from, count);
    if (track == Track::mix) {
        const std::vector<int> other = sounds(Track::agent, from, count);
        std::ranges::transform(sum, other, sum.begin(),
                               [](int left, int right) { return (left + right) / 2; });
    }
    Samples samples;
    samples.reserve(sum.size());
    for (const int value : sum) {
        samples.push_back(static_cast<std::int16_t>(std::clamp(value, -32'768, 32'767)));
    }
    write_mark(samples, from, {.call_ordinal = call_ordinal, .place = place_of(m_stage, track)});
    return samples;
}

} // namespace callctl::sim
