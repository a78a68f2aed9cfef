// Where somebody speaks on a channel.
#pragma once

#include "audio/frames.hpp"
#include "audio/noise_floor.hpp"
#include "audio/steady_sound.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

namespace callctl::audio {

/// A stretch of speech between two pauses. Times count from the start of the recording.
struct Region {
    std::chrono::milliseconds start{0};
    std::chrono::milliseconds end{0};
    float level_db{0.0F}; ///< its loudest tenth of a second, full scale is 0
    float floor_db{0.0F}; ///< the channel's noise around it

    friend bool operator==(const Region&, const Region&) = default;
};

/// The numbers behind the detector, each chosen on recorded voices, music on hold and line noise.
struct ActivityRules {
    /// Speech begins this far above the noise, and ends when it is less than the second for
    /// `pause`.
    float onset_db{10.0F};
    float release_db{6.0F};
    /// Nothing below it is speech on a telephone line, however quiet the rest (an RMS of 0.0025).
    float quietest_db{-52.0F};
    std::chrono::milliseconds pause{300};
    /// Shorter sounds are clicks.
    std::chrono::milliseconds shortest{100};
    /// Who does not pause for so long is cut at the quietest moment of the last third.
    std::chrono::milliseconds longest{30'000};
    /// What is looked at on both sides of a moment, for the noise and for telling music.
    std::chrono::milliseconds surroundings{5'000};
};

/// An energy detector with an adaptive floor, hysteresis and hang-over, that also leaves out music.
/// Looks ahead: regions come out about ten seconds after their end. Memory does not grow with the
/// channel, but for the regions.
class VoiceActivity {
  public:
    explicit VoiceActivity(int sample_rate, ActivityRules rules = {});

    void add(std::span<const std::int16_t> samples);
    /// The regions, in order, none overlapping. \pre called once, and last
    [[nodiscard]] std::vector<Region> finish();

  private:
    struct Candidate {
        std::size_t start{0}; ///< frames
        std::size_t end{0};
        float level_db{Frame::k_lowest_db};
        float floor_db{Frame::k_lowest_db};
    };

    [[nodiscard]] std::size_t frames_of(std::chrono::milliseconds time) const;
    void take(const Frame& frame);
    void decide_oldest();
    void open_or_extend(const Frame& frame);
    void close(std::size_t end);
    void cut_at_quietest();
    void settle(bool at_end);

    ActivityRules m_rules;
    std::size_t m_samples_per_frame;
    int m_sample_rate;
    Framer m_framer;
    std::vector<Frame> m_fresh{};
    NoiseFloor m_floor;
    SteadySound m_steady{};
    std::deque<Frame> m_ahead{}; ///< heard and not decided
    std::size_t m_now{0};        ///< number of the frame that is decided next
    float m_floor_now{Frame::k_lowest_db};
    std::optional<Candidate> m_open{};
    std::size_t m_last_loud{0};
    std::vector<float> m_open_levels{}; ///< of the frames of m_open
    std::deque<Candidate> m_waiting{};  ///< until enough of what follows them is known
    std::vector<Region> m_regions{};
};

} // namespace callctl::audio
