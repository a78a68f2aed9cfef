#include "audio/frames.hpp"

#include <algorithm>
#include <cmath>

namespace callctl::audio {
namespace {

// Plain loops over contiguous samples, which the compiler turns into vector instructions.
SampleSums sums_of(std::span<const std::int16_t> samples) {
    std::int32_t sum = 0;
    std::int64_t squares = 0;
    for (const std::int16_t sample : samples) {
        sum += sample;
        squares += static_cast<std::int64_t>(std::int32_t{sample} * std::int32_t{sample});
    }
    return {.count = static_cast<std::int64_t>(samples.size()), .sum = sum, .squares = squares};
}

// The sum of (s - o)^2 is that of s^2, less 2o times that of s, plus n times o^2.
double energy(const SampleSums& sums, double offset) {
    return static_cast<double>(sums.squares) - 2.0 * offset * static_cast<double>(sums.sum) +
           static_cast<double>(sums.count) * offset * offset;
}

Frame measured(std::span<const std::int16_t> samples, const SampleSums& sums, std::int16_t before,
               std::int16_t offset) {
    constexpr double k_full_scale = 32'768.0 * 32'768.0;
    const auto count = static_cast<double>(samples.size());
    std::int32_t crossings = (samples[0] < offset) != (before < offset) ? 1 : 0;
    for (std::size_t i = 1; i < samples.size(); ++i) {
        crossings += (samples[i] < offset) != (samples[i - 1] < offset) ? 1 : 0;
    }
    const double power = energy(sums, offset) / (count * k_full_scale);
    const double level = power > 1e-10 ? 10.0 * std::log10(power) : Frame::k_lowest_db;
    return {.level_db = static_cast<float>(level),
            .crossings = static_cast<float>(static_cast<double>(crossings) / count)};
}

} // namespace

Framer::Framer(int sample_rate)
    : m_size{static_cast<std::size_t>(sample_rate * k_frame_ms / 1000)} {
    m_rest.reserve(m_size);
}

void Framer::add(std::span<const std::int16_t> samples, std::vector<Frame>& out) {
    if (!m_rest.empty()) {
        const std::size_t taken = std::min(m_size - m_rest.size(), samples.size());
        m_rest.insert(m_rest.end(), samples.begin(),
                      samples.begin() + static_cast<std::ptrdiff_t>(taken));
        samples = samples.subspan(taken);
        if (m_rest.size() < m_size) {
            return;
        }
        measure(m_rest, out);
        m_rest.clear();
    }
    while (samples.size() >= m_size) {
        measure(samples.first(m_size), out);
        samples = samples.subspan(m_size);
    }
    m_rest.assign(samples.begin(), samples.end());
}

void Framer::measure(std::span<const std::int16_t> frame, std::vector<Frame>& out) {
    const SampleSums sums = sums_of(frame);
    if (m_quietest == k_nothing_yet && m_block.count == 0) {
        m_offset = static_cast<std::int16_t>(sums.sum / sums.count);
    }
    out.push_back(measured(frame, sums, m_last, m_offset));
    m_last = frame.back();
    m_block.count += sums.count;
    m_block.sum += sums.sum;
    m_block.squares += sums.squares;
    if (m_block.count == k_block_frames * sums.count) {
        follow_offset();
        m_block = {};
    }
}

// Sound has a mean of its own over so short a time, quiet has next to none: the quietest block of
// late tells where zero is. "Of late" is 7 s for a block ten times as loud as the quietest.
void Framer::follow_offset() {
    constexpr double k_growth = 1.034;
    const double mean = static_cast<double>(m_block.sum) / static_cast<double>(m_block.count);
    const double power = std::max(energy(m_block, mean) / static_cast<double>(m_block.count), 1.0);
    if (power <= m_quietest * k_growth) {
        m_quietest = power;
        m_offset = static_cast<std::int16_t>(std::lround(mean));
    } else {
        m_quietest *= k_growth;
    }
}

} // namespace callctl::audio
