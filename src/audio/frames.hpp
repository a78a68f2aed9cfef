// A channel in frames of 10 ms: how loud each is, and how often it crosses zero. A constant offset,
// as bad converters add it, counts for neither.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace callctl::audio {

struct Frame {
    float level_db{k_lowest_db}; ///< RMS, full scale is 0
    float crossings{0.0F};       ///< zero crossings a sample, 0 to 1
    static constexpr float k_lowest_db = -100.0F;
};

/// Frames of this many milliseconds; of a rate that 100 does not divide they are a little shorter.
inline constexpr int k_frame_ms = 10;

/// What the energy of samples around any offset is computed from.
struct SampleSums {
    std::int64_t count{0};
    std::int64_t sum{0};
    std::int64_t squares{0};
};

/// Cuts samples that come in blocks of any size into frames.
class Framer {
  public:
    /// \pre sample_rate >= 1000
    explicit Framer(int sample_rate);

    /// Appends the frames that these samples complete to `out`; the rest waits for more.
    void add(std::span<const std::int16_t> samples, std::vector<Frame>& out);

    [[nodiscard]] std::size_t samples_per_frame() const { return m_size; }

  private:
    static constexpr double k_nothing_yet = std::numeric_limits<double>::infinity();
    /// 100 ms: five periods of the hum of mains of 50 Hz, six of 60 Hz.
    static constexpr std::int64_t k_block_frames = 10;

    void measure(std::span<const std::int16_t> frame, std::vector<Frame>& out);
    void follow_offset();

    std::size_t m_size;
    std::vector<std::int16_t> m_rest{}; ///< of a frame that is not full yet
    std::int16_t m_last{0};             ///< the sample before the frame
    std::int16_t m_offset{0};           ///< where zero is
    SampleSums m_block{};
    double m_quietest{k_nothing_yet}; ///< power of the block that told the offset, growing
};

} // namespace callctl::audio
