// Recognition: marks say where a cut comes from, and its samples are compared with those that were
// made there. Only what is the same all along is heard.
#include "sim/library.hpp"
#include "sim/mark.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace callctl::sim {
namespace {

constexpr std::int64_t k_compared = 4096;

/// A stretch of the posted samples that equals a stretch of a track.
struct Piece {
    const Performance* performance{nullptr};
    Mark mark{};
    std::int64_t posted{0};
    std::int64_t position{0};
    std::int64_t length{0};

    [[nodiscard]] Track track() const { return static_cast<Track>(mark.place & 3U); }
    [[nodiscard]] Samples made(std::int64_t from, std::int64_t count) const {
        return performance->render(track(), from, count, mark.call_ordinal);
    }
};

bool belongs(const Spoken& spoken, Track track) {
    return track == Track::mix || (track == Track::caller) == (spoken.line->voice == Voice::caller);
}

std::string words_heard(const Spoken& spoken, const Piece& piece) {
    std::string heard;
    for (const Word& word : spoken.words) {
        if (word.middle >= piece.position && word.middle < piece.position + piece.length) {
            heard += (heard.empty() ? "" : " ") + word.text;
        }
    }
    return heard;
}

void add_utterances(const Piece& piece, std::vector<Utterance>& utterances) {
    const std::int64_t shift = piece.posted - piece.position;
    const std::int64_t end = piece.position + piece.length;
    for (const Spoken& spoken : piece.performance->spoken()) {
        if (spoken.from >= end) {
            break;
        }
        if (spoken.until <= piece.position || !belongs(spoken, piece.track())) {
            continue;
        }
        std::string text = words_heard(spoken, piece);
        if (!text.empty()) {
            const auto from = std::max(spoken.from, piece.position) + shift;
            const auto until = std::min(spoken.until, end) + shift;
            utterances.push_back({from / k_samples_per_ms, until / k_samples_per_ms,
                                  std::move(text), spoken.line->language});
        }
    }
}

} // namespace

class Recogniser {
  public:
    Recogniser(const Library& library, const Channel& sound, int sample_rate)
        : m_library{&library}, m_sound{sound}, m_sample_rate{sample_rate} {}

    Recognised run() {
        std::int64_t at = 0;
        while (const auto found = find_mark(m_sound, at, m_sound.size())) {
            at = found->at + 1;
            if (const auto piece = piece_around(*found)) {
                take(*piece);
                at = m_heard_until;
            }
        }
        pass_over(m_sound.size());
        return std::move(m_result);
    }

  private:
    [[nodiscard]] std::optional<Piece> piece_around(const FoundMark& found) const {
        const std::uint32_t track = found.mark.place & 3U;
        const Performance* const performance = m_library->on_stage(found.mark.place >> 2U);
        if (performance == nullptr || track > static_cast<std::uint32_t>(Track::mix)) {
            return std::nullopt;
        }
        Piece piece{performance, found.mark, found.at, found.mark.frame * k_mark_samples, 0};
        widen_right(piece);
        if (piece.length < k_mark_samples) {
            return std::nullopt;
        }
        widen_left(piece);
        return piece;
    }

    void widen_right(Piece& piece) const {
        while (piece.posted + piece.length < m_sound.size()) {
            const std::int64_t count =
                std::min(k_compared, m_sound.size() - piece.posted - piece.length);
            const Samples made = piece.made(piece.position + piece.length, count);
            for (const std::int16_t sample : made) {
                if (m_sound[piece.posted + piece.length] != sample) {
                    return;
                }
                ++piece.length;
            }
        }
    }

    void widen_left(Piece& piece) const {
        const std::int64_t room =
            std::min({piece.posted - m_heard_until, piece.position, 2 * k_mark_samples});
        const Samples made = piece.made(piece.position - room, room);
        for (auto sample = made.rbegin(); sample != made.rend(); ++sample) {
            if (m_sound[piece.posted - 1] != *sample) {
                return;
            }
            --piece.posted;
            --piece.position;
            ++piece.length;
        }
    }

    void take(const Piece& piece) {
        pass_over(piece.posted);
        m_heard_until = piece.posted + piece.length;
        if (m_result.track.empty()) {
            m_result.track =
                fmt::format("{}/{}", piece.performance->dialogue().id, to_string(piece.track()));
            m_result.call_ordinal = piece.mark.call_ordinal;
        }
        add_utterances(piece, m_result.utterances);
    }

    // What lies between two pieces is of no dialogue.
    void pass_over(std::int64_t until) {
        const Channel between = m_sound.part(m_heard_until, until - m_heard_until);
        m_result.strange = m_result.strange || loudest_rms(between, m_sample_rate) >= k_silence_rms;
    }

    const Library* m_library;
    Channel m_sound;
    int m_sample_rate;
    std::int64_t m_heard_until{0};
    Recognised m_result{};
};

Recognised Library::recognise(const Channel& sound, int sample_rate) const {
    Recognised result = Recogniser{*this, sound, sample_rate}.run();
    result.silent = loudest_rms(sound, sample_rate) < k_silence_rms;
    std::ranges::stable_sort(result.utterances, {}, &Utterance::from_ms);
    return result;
}

} // namespace callctl::sim
