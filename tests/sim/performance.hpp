// A dialogue as it sounds: what is said where, and every sample of it, made when it is asked for.
#pragma once

#include "sim/dialogue.hpp"
#include "sim/mark.hpp"
#include "sim/speech.hpp"
#include "sim/wav.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace callctl::sim {

/// `mix` is both channels in one, as in a mono recording.
enum class Track : std::uint32_t { caller, agent, mix };

/// `caller`, `agent`, `mix`.
[[nodiscard]] std::string_view to_string(Track track);

struct Word {
    std::string text{};
    std::int64_t middle{0}; ///< of its sound, in samples of the dialogue
};

/// One line where it stands in its dialogue, in samples.
struct Spoken {
    const Line* line{nullptr};
    std::int64_t from{0}; ///< of the first sound
    std::int64_t until{0};
    std::vector<Word> words{};
};

/// What can be heard and is no speech, in samples of the dialogue.
struct Disturbance {
    const Line* line{nullptr};
    std::int64_t from{0};
    std::int64_t until{0};
};

/// A sound that is made once, and which 10 ms of it can be heard.
struct Clip {
    Samples samples{};
    std::vector<bool> heard{};
};

class Performance {
  public:
    /// `stage` is the number that its marks carry. `dialogue` must outlive it. Throws what `speech`
    /// throws.
    Performance(const Dialogue& dialogue, std::uint32_t stage, Speech& speech);

    [[nodiscard]] const Dialogue& dialogue() const { return *m_dialogue; }
    /// In the order in which they begin.
    [[nodiscard]] const std::vector<Spoken>& spoken() const { return m_spoken; }
    [[nodiscard]] const std::vector<Disturbance>& disturbances() const { return m_disturbances; }
    [[nodiscard]] std::int64_t length() const { return m_length; }

    /// As recorded in a call. Beyond its end a line still hums, so that a call may be longer than
    /// its dialogue.
    [[nodiscard]] Samples render(Track track, std::int64_t from, std::int64_t count,
                                 std::uint32_t call_ordinal = 0) const;

  private:
    struct Placed {
        std::int64_t from{0};
        std::shared_ptr<const Clip> clip{};
    };
    class Staging;

    [[nodiscard]] std::vector<int> sounds(Track track, std::int64_t from, std::int64_t count) const;

    const Dialogue* m_dialogue;
    std::uint32_t m_stage;
    std::vector<Spoken> m_spoken{};
    std::vector<Disturbance> m_disturbances{};
    std::array<std::vector<Placed>, 2> m_placed{}; ///< of caller and agent
    std::int64_t m_longest_clip{0};
    std::int64_t m_length{0};
};

/// What Mark::place says of a stage and a track.
[[nodiscard]] constexpr std::uint32_t place_of(std::uint32_t stage, Track track) {
    return stage << 2U | static_cast<std::uint32_t>(track);
}

} // namespace callctl::sim
