// How loud a channel is when nobody speaks.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace callctl::audio {

/// The level below which a tenth of the frames in a sliding window lie (a percentile instead of a
/// minimum, so that a drop-out of the line is no floor).
class NoiseFloor {
  public:
    /// \pre window_frames > 0
    explicit NoiseFloor(std::size_t window_frames) : m_window(window_frames) {}

    /// The oldest frame leaves once the window is full.
    void add(float level_db);
    /// Of the frames in the window, to one decibel; the lowest level there is without any.
    [[nodiscard]] float level_db() const;

  private:
    static constexpr std::size_t k_bins = 101; ///< one for each decibel from -100 to 0

    std::vector<std::uint8_t> m_window; ///< a ring of bins
    std::size_t m_next{0};
    std::size_t m_count{0};
    std::array<std::uint32_t, k_bins> m_histogram{};
};

} // namespace callctl::audio
