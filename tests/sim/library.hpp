// The sound of every dialogue, and the way back from sound to words.
#pragma once

#include "sim/dialogue.hpp"
#include "sim/performance.hpp"
#include "sim/speech.hpp"
#include "sim/wav.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace callctl::sim {

/// A sentence, or what is left of it, in time of the audio that was sent.
struct Utterance {
    std::int64_t from_ms{0};
    std::int64_t until_ms{0};
    std::string text{};
    std::string language{};
};

struct Recognised {
    std::uint32_t call_ordinal{0}; ///< by its marks; 0 unknown
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

    /// One that is written by hand, or a long call. \pre the dialogue exists
    [[nodiscard]] const Performance& performance(std::string_view dialogue) const;
    /// Of cuts from any of its performances, in any order, at their own rate: the words whose sound
    /// is in them.
    [[nodiscard]] Recognised recognise(const Channel& sound, int sample_rate) const;
    /// Performs all that are written by hand now: what speech throws, it throws here.
    void prepare() const;

  private:
    struct Stage {
        explicit Stage(Dialogue shown) : dialogue{std::move(shown)} {}

        Dialogue dialogue;
        std::once_flag performed{};
        std::unique_ptr<Performance> performance{};
    };
    friend class Recogniser;

    /// Null: no such stage.
    [[nodiscard]] const Performance* on_stage(std::uint32_t number) const;
    [[nodiscard]] Stage* stage(std::uint32_t number) const;

    Speech* m_speech;
    mutable std::mutex m_mutex; ///< of m_stages, not of what is on them
    mutable std::map<std::uint32_t, std::unique_ptr<Stage>> m_stages;
};

} // namespace callctl::sim
