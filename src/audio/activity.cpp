#include "audio/activity.hpp"

#include <algorithm>
#include <numeric>

namespace callctl::audio {
namespace {

constexpr std::size_t k_floor_every = 10; // frames: the noise does not change faster
constexpr std::size_t k_loudest = 10;     // frames over which a region's level is taken
constexpr float k_quietest_slack_db = 4.0F;
constexpr std::size_t k_least_even_blocks = 6;
constexpr float k_even_db = 1.1F; // standard deviation

// The loudest mean over k_loudest frames in a row, or over all where there are fewer.
float loudest(std::span<const float> levels) {
    const std::size_t window = std::min(k_loudest, levels.size());
    float sum = 0.0F;
    float best = Frame::k_lowest_db * static_cast<float>(window);
    for (std::size_t i = 0; i < levels.size(); ++i) {
        sum += levels[i] - (i >= window ? levels[i - window] : 0.0F);
        best = i + 1 >= window ? std::max(best, sum) : best;
    }
    return best / static_cast<float>(window);
}

// A hum, a hiss or a rumble: as loud at its end as at its beginning. Speech rises and falls with
// its syllables by 5 dB and more. Its ends do not count, nor do sounds of less than six tenths of a
// second.
bool is_even(std::span<const float> levels) {
    const std::size_t blocks = levels.size() / k_loudest;
    if (blocks < k_least_even_blocks) {
        return false;
    }
    float sum = 0.0F;
    float squares = 0.0F;
    for (std::size_t block = 1; block + 1 < blocks; ++block) {
        const auto frames = levels.subspan(block * k_loudest, k_loudest);
        const float mean =
            std::accumulate(frames.begin(), frames.end(), 0.0F) / static_cast<float>(k_loudest);
        sum += mean;
        squares += mean * mean;
    }
    const auto count = static_cast<float>(blocks - 2);
    const float mean = sum / count;
    return squares / count - mean * mean < k_even_db * k_even_db;
}

} // namespace

VoiceActivity::VoiceActivity(int sample_rate, ActivityRules rules)
    : m_rules{rules}, m_samples_per_frame{Framer{sample_rate}.samples_per_frame()},
      m_sample_rate{sample_rate}, m_framer{sample_rate},
      m_floor{2 * static_cast<std::size_t>(rules.surroundings.count() / k_frame_ms)} {}

std::size_t VoiceActivity::frames_of(std::chrono::milliseconds time) const {
    return static_cast<std::size_t>(time.count()) * static_cast<std::size_t>(m_sample_rate) / 1000 /
           m_samples_per_frame;
}

void VoiceActivity::add(std::span<const std::int16_t> samples) {
    m_fresh.clear();
    m_framer.add(samples, m_fresh);
    for (const Frame& frame : m_fresh) {
        take(frame);
    }
}

void VoiceActivity::take(const Frame& frame) {
    m_ahead.push_back(frame);
    m_floor.add(frame.level_db);
    if (m_ahead.size() > frames_of(m_rules.surroundings)) {
        decide_oldest();
    }
}

void VoiceActivity::decide_oldest() {
    if (m_now % k_floor_every == 0) {
        m_floor_now = m_floor.level_db();
    }
    const Frame frame = m_ahead.front();
    m_ahead.pop_front();
    open_or_extend(frame);
    m_steady.add(frame, m_open.has_value());
    ++m_now;
    if (m_now % k_floor_every == 0) {
        settle(/*at_end=*/false);
    }
}

void VoiceActivity::open_or_extend(const Frame& frame) {
    const float onset = std::max(m_floor_now + m_rules.onset_db, m_rules.quietest_db);
    const float release =
        std::max(m_floor_now + m_rules.release_db, m_rules.quietest_db - k_quietest_slack_db);
    if (!m_open) {
        if (frame.level_db <= onset) {
            return;
        }
        m_open = Candidate{.start = m_now, .floor_db = m_floor_now};
        m_open_levels.clear();
        m_last_loud = m_now;
    }
    m_open_levels.push_back(frame.level_db);
    if (frame.level_db > release) {
        m_last_loud = m_now;
    } else if (m_now - m_last_loud > frames_of(m_rules.pause)) {
        close(m_last_loud + 1);
        return;
    }
    if (m_open_levels.size() >= frames_of(m_rules.longest)) {
        cut_at_quietest();
    }
}

void VoiceActivity::close(std::size_t end) {
    m_open->end = end;
    const auto levels = std::span{m_open_levels}.first(end - m_open->start);
    if (levels.size() >= frames_of(m_rules.shortest) && !is_even(levels)) {
        m_open->level_db = loudest(levels);
        m_waiting.push_back(*m_open);
    }
    m_open.reset();
}

// The second part begins where the first ends, so that no sound falls between them; it begins with
// sound, since a pause that goes on is no speech.
void VoiceActivity::cut_at_quietest() {
    const auto third = static_cast<std::ptrdiff_t>(m_open_levels.size() / 3);
    const auto last_loud =
        m_open_levels.begin() + static_cast<std::ptrdiff_t>(m_last_loud - m_open->start);
    const auto quietest = std::min_element(m_open_levels.end() - third, last_loud + 1);
    const auto cut = static_cast<std::size_t>(quietest - m_open_levels.begin());
    Candidate rest{.start = m_open->start + cut, .floor_db = m_open->floor_db};
    const std::vector<float> levels{quietest, m_open_levels.end()};
    close(m_open->start + cut);
    m_open = rest;
    m_open_levels = levels;
}

void VoiceActivity::settle(bool at_end) {
    const std::size_t around = frames_of(m_rules.surroundings);
    while (!m_waiting.empty() && (at_end || m_waiting.front().end + around <= m_now)) {
        const Candidate candidate = m_waiting.front();
        m_waiting.pop_front();
        if (m_steady.is_music(candidate.start, candidate.end, around)) {
            continue;
        }
        const auto time = [&](std::size_t frame) {
            const auto samples = static_cast<std::int64_t>(frame * m_samples_per_frame);
            return std::chrono::milliseconds{samples * 1000 / m_sample_rate};
        };
        m_regions.push_back({.start = time(candidate.start),
                             .end = time(candidate.end),
                             .level_db = candidate.level_db,
                             .floor_db = candidate.floor_db});
    }
    const std::size_t needed = !m_waiting.empty() ? m_waiting.front().start
                               : m_open           ? m_open->start
                                                  : m_now;
    m_steady.forget_before(needed - std::min(needed, around));
}

std::vector<Region> VoiceActivity::finish() {
    while (!m_ahead.empty()) {
        decide_oldest();
    }
    if (m_open) {
        close(m_last_loud + 1);
    }
    settle(/*at_end=*/true);
    return std::move(m_regions);
}

} // namespace callctl::audio
