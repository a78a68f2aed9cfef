// The sound of every dialogue, and the way back from sound to words.
#pragma once

#include "sim/dialogue.hpp"
#include "sim/speech.hpp"
#include "sim/wav.hpp"

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace callctl::sim {

/// `mix` is both channels in one, as in a mono recording.
enum class Track { caller, agent, mix };

/// One line where it stands in its dialogue, in samples.
struct Spoken {
    const Line* line{nullptr};
    std::int64_t from{0};
    std::int64_t until{0};
};

struct Performance {
    const Dialogue* dialogue{nullptr};
    std::vector<Spoken> spoken{};
    Samples caller{};
    Samples agent{};
    Samples mix{};

    /// Beyond its end a line still hums, so that a call may be longer than its dialogue.
    [[nodiscard]] std::int16_t sample(Track track, std::int64_t at) const;
    [[nodiscard]] std::int64_t length() const { return static_cast<std::int64_t>(caller.size()); }
};

/// A sentence, or what is left of it, in time of the audio that was sent.
struct Utterance {
    std::int64_t from_ms{0};
    std::int64_t until_ms{0};
    std::string text{};
    std::string language{};
};

struct Recognised {
    std::uint32_t call_ordinal{0}; ///< by the watermark; 0 unknown
    bool silent{false};
    bool strange{false}; ///< sound that is of no dialogue
    std::string track{}; ///< `he-appointment/caller`, of the first piece
    std::vector<Utterance> utterances{};
};

/// Callable from any thread. Each dialogue is performed when it is first asked for.
class Library {
  public:
    /// `speech` must outlive it.
    explicit Library(Speech& speech);

    /// \pre the dialogue exists
    [[nodiscard]] const Performance& performance(std::string_view dialogue) const;
    [[nodiscard]] Recognised recognise(const Wav& wav) const;
    /// Performs them all now: what speech throws, it throws here.
    void prepare() const;

  private:
    struct Stage {
        const Dialogue* dialogue{nullptr};
        std::once_flag performed{};
        Performance performance{};
    };
    [[nodiscard]] const Performance& performed(Stage& stage) const;

    Speech* m_speech;
    std::vector<std::unique_ptr<Stage>> m_stages;
};

/// Writes the call's number into the lowest bit of each sample: inaudible, and the only trace that
/// is left of a call once a channel of it is on its way to be transcribed.
void watermark(Samples& mono, std::uint32_t call_ordinal);
[[nodiscard]] std::optional<std::uint32_t> read_watermark(const Samples& mono);

} // namespace callctl::sim
