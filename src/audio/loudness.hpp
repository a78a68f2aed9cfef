// How loud a stretch of samples is.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace callctl::audio {

/// The loudest RMS of any whole 20 ms, fed block by block. Full scale is 1.
class Loudness {
  public:
    explicit Loudness(int sample_rate)
        : m_frame{static_cast<std::size_t>(std::max(sample_rate / 50, 1))} {}

    void add(std::span<const std::int16_t> samples);
    /// With what is left of a last frame, as if silence followed it.
    [[nodiscard]] double loudest() const;

  private:
    std::size_t m_frame;
    std::size_t m_count{0};
    std::int64_t m_energy{0};  ///< sum of squares of the frame that is being filled
    std::int64_t m_loudest{0}; ///< of a whole frame
};

} // namespace callctl::audio
