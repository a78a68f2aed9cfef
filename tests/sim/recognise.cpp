// Recognition by comparison: what is posted is cut out of a track that we made ourselves, so a few
// samples of it are found again in exactly one place.
#include "sim/library.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace callctl::sim {
namespace {

constexpr int k_speech_peak = 400;
constexpr std::int64_t k_anchor = 64;
constexpr std::int64_t k_skip_of_strange = 4000;

/// A stretch of the posted samples that equals a stretch of a track.
struct Piece {
    const Performance* performance{nullptr};
    Track track{};
    std::int64_t posted{0};
    std::int64_t position{0};
    std::int64_t length{0};
};

std::int64_t size_of(const Samples& samples) {
    return static_cast<std::int64_t>(samples.size());
}

const Samples& samples_of(const Performance& made, Track track) {
    return track == Track::caller ? made.caller : track == Track::agent ? made.agent : made.mix;
}

std::optional<std::int64_t> find_in(const Samples& track, const Samples& needle) {
    const auto* const begin = reinterpret_cast<const char*>(track.data());
    const std::size_t bytes = track.size() * sizeof(std::int16_t);
    const std::size_t wanted = needle.size() * sizeof(std::int16_t);
    std::size_t at = 0;
    while (at + wanted <= bytes) {
        const void* const hit = memmem(begin + at, bytes - at, needle.data(), wanted);
        if (hit == nullptr) {
            return std::nullopt;
        }
        const auto offset = static_cast<std::size_t>(static_cast<const char*>(hit) - begin);
        if (offset % sizeof(std::int16_t) == 0) {
            return static_cast<std::int64_t>(offset / sizeof(std::int16_t));
        }
        at = offset + 1;
    }
    return std::nullopt;
}

class Recogniser {
  public:
    Recogniser(const Library& library, Samples posted)
        : m_library{&library}, m_posted{std::move(posted)} {}

    void run() { look(0, size_of(m_posted)); }
    [[nodiscard]] bool strange() const { return m_strange; }
    [[nodiscard]] const std::vector<Piece>& pieces() const { return m_pieces; }

  private:
    // Finds where the loudest place of [from, until) comes from, then looks left and right of it.
    void look(std::int64_t from, std::int64_t until) {
        if (until - from < k_anchor) {
            return;
        }
        const auto begin = m_posted.begin();
        const auto loudest = std::max_element(
            begin + from, begin + until,
            [](std::int16_t left, std::int16_t right) { return std::abs(left) < std::abs(right); });
        if (std::abs(*loudest) < k_speech_peak) {
            return;
        }
        const std::int64_t anchor =
            std::clamp<std::int64_t>(loudest - begin - k_anchor / 2, from, until - k_anchor);
        const auto piece = located(anchor, from, until);
        if (!piece) {
            m_strange = true;
            look(from, std::max(from, anchor - k_skip_of_strange));
            look(std::min(until, anchor + k_skip_of_strange), until);
            return;
        }
        look(from, piece->posted);
        look(piece->posted + piece->length, until);
        m_pieces.push_back(*piece);
    }

    // The longest match of all: two dialogues may begin with the same word.
    [[nodiscard]] std::optional<Piece> located(std::int64_t anchor, std::int64_t from,
                                               std::int64_t until) const {
        const Samples needle(m_posted.begin() + anchor, m_posted.begin() + anchor + k_anchor);
        std::optional<Piece> best;
        for (const Dialogue& dialogue : all_dialogues()) {
            const Performance& made = m_library->performance(dialogue.id);
            for (const Track track : {Track::caller, Track::agent, Track::mix}) {
                const auto position = find_in(samples_of(made, track), needle);
                if (!position) {
                    continue;
                }
                Piece piece{&made, track, anchor, *position, k_anchor};
                widen(piece, from, until);
                if (!best || piece.length > best->length) {
                    best = piece;
                }
            }
        }
        return best;
    }

    void widen(Piece& piece, std::int64_t from, std::int64_t until) const {
        const Samples& track = samples_of(*piece.performance, piece.track);
        const auto same = [&](std::int64_t posted, std::int64_t position) {
            return m_posted[static_cast<std::size_t>(posted)] ==
                   track[static_cast<std::size_t>(position)];
        };
        while (piece.posted > from && piece.position > 0 &&
               same(piece.posted - 1, piece.position - 1)) {
            --piece.posted;
            --piece.position;
            ++piece.length;
        }
        while (piece.posted + piece.length < until &&
               piece.position + piece.length < size_of(track) &&
               same(piece.posted + piece.length, piece.position + piece.length)) {
            ++piece.length;
        }
    }

    const Library* m_library;
    Samples m_posted;
    std::vector<Piece> m_pieces;
    bool m_strange{false};
};

bool belongs(const Spoken& spoken, Track track) {
    return track == Track::mix || (track == Track::caller) == (spoken.line->voice == Voice::caller);
}

// The words of a line whose middle is heard: a recording that starts late loses the first ones.
std::string words_heard(const Spoken& spoken, const Piece& piece) {
    const std::string_view text = spoken.line->text;
    std::string heard;
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t end = std::min(text.find(' ', at), text.size());
        const auto middle = static_cast<std::int64_t>(at + end) / 2;
        const std::int64_t position = spoken.from + (spoken.until - spoken.from) * middle /
                                                        static_cast<std::int64_t>(text.size());
        if (position >= piece.position && position < piece.position + piece.length) {
            heard += heard.empty() ? "" : " ";
            heard += text.substr(at, end - at);
        }
        at = end + 1;
    }
    return heard;
}

void add_utterances(const Piece& piece, std::vector<Utterance>& utterances) {
    const std::int64_t shift = piece.posted - piece.position;
    for (const Spoken& spoken : piece.performance->spoken) {
        if (!belongs(spoken, piece.track)) {
            continue;
        }
        std::string text = words_heard(spoken, piece);
        if (!text.empty()) {
            const auto from = std::max(spoken.from, piece.position) + shift;
            const auto until = std::min(spoken.until, piece.position + piece.length) + shift;
            utterances.push_back({from / k_samples_per_ms, until / k_samples_per_ms,
                                  std::move(text), spoken.line->language});
        }
    }
}

Samples first_channel(const Wav& wav) {
    Samples mono;
    for (std::size_t i = 0; i < wav.samples.size(); i += static_cast<std::size_t>(wav.channels)) {
        mono.push_back(wav.samples[i]);
    }
    return mono;
}

std::string name_of(const Piece& piece) {
    const std::string_view track = piece.track == Track::caller  ? "caller"
                                   : piece.track == Track::agent ? "agent"
                                                                 : "mix";
    return piece.performance->dialogue->id + "/" + std::string{track};
}

} // namespace

Recognised Library::recognise(const Wav& wav) const {
    Samples mono = first_channel(wav);
    Recognised result{.call_ordinal = read_watermark(mono).value_or(0),
                      .silent = loudest_rms(mono, wav.sample_rate) < k_silence_rms};
    if (result.silent) {
        return result;
    }
    for (std::int16_t& sample : mono) {
        sample = static_cast<std::int16_t>(sample & ~1);
    }
    Recogniser recogniser{*this, std::move(mono)};
    recogniser.run();
    result.strange = recogniser.strange();
    for (const Piece& piece : recogniser.pieces()) {
        result.track = result.track.empty() ? name_of(piece) : result.track;
        add_utterances(piece, result.utterances);
    }
    std::ranges::sort(result.utterances, {}, &Utterance::from_ms);
    return result;
}

} // namespace callctl::sim
