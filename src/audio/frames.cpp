#include "audio/frames.hpp"

#include <algorithm>
#include <cmath>

namespace callctl::audio {
namespace {

// Two plain loops over contiguous samples, which the compiler turns into vector instructions.
Frame measured(std::span<const std::int16_t> samples, std::int16_t before) {
    constexpr double k_full_scale = 32'768.0 * 32'768.0;
    const std::size_t count = samples.size();
    std::int64_t energy = 0;
    for (const std::int16_t sample : samples) {
        energy += static_cast<std::int64_t>(std::int32_t{sample} * std::int32_t{sample});
    }
    std::int32_t crossings = (samples[0] < 0) != (before < 0) ? 1 : 0;
    for (std::size_t i = 1; i < count; ++i) {
        crossings += (samples[i] < 0) != (samples[i - 1] < 0) ? 1 : 0;
    }
    const double power = static_cast<double>(energy) / (static_cast<double>(count) * k_full_scale);
    const double level = power > 1e-10 ? 10.0 * std::log10(power) : Frame::k_lowest_db;
    return {.level_db = static_cast<float>(level),
            .crossings = static_cast<float>(crossings) / static_cast<float>(count)};
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
        out.push_back(measured(m_rest, m_last));
        m_last = m_rest.back();
        m_rest.clear();
    }
    while (samples.size() >= m_size) {
        const auto frame = samples.first(m_size);
        out.push_back(measured(frame, m_last));
        m_last = frame.back();
        samples = samples.subspan(m_size);
    }
    m_rest.assign(samples.begin(), samples.end());
}

} // namespace callctl::audio
