#include "audio/noise_floor.hpp"

#include "audio/frames.hpp"

#include <algorithm>

namespace callctl::audio {

void NoiseFloor::add(float level_db) {
    const float above = std::clamp(level_db - Frame::k_lowest_db, 0.0F, float{k_bins - 1});
    const auto bin = static_cast<std::uint8_t>(above);
    if (m_count == m_window.size()) {
        --m_histogram[m_window[m_next]];
    } else {
        ++m_count;
    }
    m_window[m_next] = bin;
    ++m_histogram[bin];
    m_next = m_next + 1 == m_window.size() ? 0 : m_next + 1;
}

float NoiseFloor::level_db() const {
    const std::size_t wanted = m_count / 10;
    std::size_t seen = 0;
    for (std::size_t bin = 0; bin < k_bins; ++bin) {
        seen += m_histogram[bin];
        if (seen > wanted) {
            return Frame::k_lowest_db + static_cast<float>(bin);
        }
    }
    return Frame::k_lowest_db;
}

} // namespace callctl::audio
