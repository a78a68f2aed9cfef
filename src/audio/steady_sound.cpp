#include "audio/steady_sound.hpp"

#include <algorithm>
#include <cmath>

namespace callctl::audio {
namespace {

constexpr double k_quiet_weight = 7.4;
constexpr double k_noisy_weight = 12.5;
constexpr double k_spread_weight = 38.6;
/// Below it a sound is music. Of the voices measured 99.9 % of the time lie above it, of the music
/// 89 % below.
constexpr double k_least_of_speech = 8.2;
/// Of a short sound only what is as steady as a tone is left out, and the more is heard, the more
/// is known: speech that is lost is worse than music that is kept.
constexpr double k_least_of_short_speech = 4.0;
// Of a second each, half overlapping: two and five seconds of sound.
constexpr std::size_t k_least_blocks = 3;
constexpr std::size_t k_enough_blocks = 9;
constexpr std::size_t k_least_in_block = 60;

struct Shares {
    double quiet{0.0};
    double noisy{0.0};
};

Shares shares_of(const std::vector<Frame>& block) {
    const auto count = static_cast<double>(block.size());
    double power = 0.0;
    double crossings = 0.0;
    for (const Frame& frame : block) {
        power += std::pow(10.0, static_cast<double>(frame.level_db) / 10.0);
        crossings += static_cast<double>(frame.crossings);
    }
    const double half_mean_db = 10.0 * std::log10(power / count / 2.0);
    const double busy = 1.5 * crossings / count;
    const auto quiet = std::ranges::count_if(block, [&](const Frame& frame) {
        return static_cast<double>(frame.level_db) < half_mean_db;
    });
    const auto noisy = std::ranges::count_if(
        block, [&](const Frame& frame) { return static_cast<double>(frame.crossings) > busy; });
    return {static_cast<double>(quiet) / count, static_cast<double>(noisy) / count};
}

} // namespace

void SteadySound::add(const Frame& frame, bool in_sound) {
    m_block.push_back(frame);
    if (in_sound) {
        const auto crossings = static_cast<double>(frame.crossings);
        ++m_open.in_sound;
        m_open.crossings += crossings;
        m_open.crossings_squared += crossings * crossings;
    }
    if (m_block.size() % k_cell == 0) {
        close_cell();
    }
}

void SteadySound::close_cell() {
    const std::size_t before = m_cells.empty() ? 0 : m_cells.back().in_sound;
    if (m_block.size() == 2 * k_cell) {
        if (before + m_open.in_sound >= k_least_in_block) {
            const Shares shares = shares_of(m_block);
            m_open.has_block = true;
            m_open.quiet_share = shares.quiet;
            m_open.noisy_share = shares.noisy;
        }
        m_block.erase(m_block.begin(), m_block.begin() + k_cell);
    }
    m_cells.push_back(m_open);
    m_open = {};
}

void SteadySound::forget_before(std::size_t frame) {
    for (; !m_cells.empty() && (m_first + 1) * k_cell <= frame; ++m_first) {
        m_cells.pop_front();
    }
}

SteadySound::Measured SteadySound::measured(std::size_t from, std::size_t until) const {
    std::size_t blocks = 0;
    Shares sum;
    double frames = 0.0;
    double crossings = 0.0;
    double squared = 0.0;
    const std::size_t first = std::max(from / k_cell, m_first) - m_first;
    const std::size_t last = std::min((until + k_cell - 1) / k_cell - m_first, m_cells.size());
    for (std::size_t i = first; i < last; ++i) {
        const Cell& cell = m_cells[i];
        frames += static_cast<double>(cell.in_sound);
        crossings += cell.crossings;
        squared += cell.crossings_squared;
        if (cell.has_block) {
            ++blocks;
            sum.quiet += cell.quiet_share;
            sum.noisy += cell.noisy_share;
        }
    }
    if (blocks < k_least_blocks) {
        return {.blocks = blocks};
    }
    const double mean = crossings / frames;
    const double spread = std::sqrt(std::max(squared / frames - mean * mean, 0.0));
    const auto count = static_cast<double>(blocks);
    return {.blocks = blocks,
            .liveliness = k_quiet_weight * sum.quiet / count + k_noisy_weight * sum.noisy / count +
                          k_spread_weight * spread};
}

bool SteadySound::is_music(std::size_t from, std::size_t until, std::size_t around) const {
    const Measured with_surroundings = measured(from - std::min(from, around), until + around);
    if (with_surroundings.blocks < k_least_blocks) {
        return false;
    }
    const double known = static_cast<double>(with_surroundings.blocks - k_least_blocks) /
                         static_cast<double>(k_enough_blocks - k_least_blocks);
    const double limit =
        std::lerp(k_least_of_short_speech, k_least_of_speech, std::min(known, 1.0));
    const Measured alone = measured(from, until);
    return with_surroundings.liveliness < limit &&
           (alone.blocks < k_least_blocks || alone.liveliness < k_least_of_speech);
}

} // namespace callctl::audio
