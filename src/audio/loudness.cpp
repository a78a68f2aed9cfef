#include "audio/loudness.hpp"

#include <algorithm>
#include <cmath>

namespace callctl::audio {

void Loudness::add(std::span<const std::int16_t> samples) {
    for (const std::int16_t sample : samples) {
        m_energy += std::int64_t{sample} * sample;
        if (++m_count == m_frame) {
            m_loudest = std::max(m_loudest, m_energy);
            m_energy = 0;
            m_count = 0;
        }
    }
}

double Loudness::loudest() const {
    const auto energy = static_cast<double>(std::max(m_loudest, m_energy));
    return std::sqrt(energy / static_cast<double>(m_frame)) / 32'768.0;
}

} // namespace callctl::audio
