#include "sim/mark.hpp"

#include <array>

namespace callctl::sim {
namespace {

constexpr std::uint32_t k_sync = 0xC3A5'96F1U;
constexpr std::int64_t k_word_bits = 32;

using Frame = std::array<std::uint32_t, k_mark_samples / k_word_bits>;

std::uint32_t check_word(const Mark& mark) {
    std::uint32_t word = 0x5A5A'A5A5U;
    for (const std::uint32_t part : {mark.call_ordinal, mark.place, mark.frame}) {
        word = (word ^ part) * 0x9E37'79B1U;
        word ^= word >> 15U;
    }
    return word;
}

Frame frame_of(const Mark& mark) {
    return {k_sync, mark.call_ordinal, mark.place, mark.frame, check_word(mark)};
}

std::uint32_t word_at(const Channel& sound, std::int64_t at) {
    std::uint32_t word = 0;
    for (std::int64_t i = 0; i < k_word_bits; ++i) {
        word |= (static_cast<std::uint32_t>(sound[at + i]) & 1U) << static_cast<unsigned>(i);
    }
    return word;
}

std::optional<Mark> mark_at(const Channel& sound, std::int64_t at) {
    const Mark mark{word_at(sound, at + k_word_bits), word_at(sound, at + 2 * k_word_bits),
                    word_at(sound, at + 3 * k_word_bits)};
    return word_at(sound, at + 4 * k_word_bits) == check_word(mark) ? std::optional{mark}
                                                                    : std::nullopt;
}

} // namespace

void write_mark(Samples& samples, std::int64_t position, const Mark& mark) {
    Mark here = mark;
    Frame frame{};
    std::int64_t written = -1;
    for (std::int16_t& sample : samples) {
        const std::int64_t number = position / k_mark_samples;
        if (number != written) {
            here.frame = static_cast<std::uint32_t>(number);
            frame = frame_of(here);
            written = number;
        }
        const auto bit = static_cast<std::size_t>(position++ % k_mark_samples);
        const std::uint32_t word = frame[bit / k_word_bits] >> (bit % k_word_bits);
        sample = static_cast<std::int16_t>((sample & ~1) | static_cast<int>(word & 1U));
    }
}

std::optional<FoundMark> find_mark(const Channel& sound, std::int64_t from, std::int64_t until) {
    std::uint32_t latest = 0;
    for (std::int64_t at = from; at < until; ++at) {
        const std::uint32_t bit = static_cast<std::uint32_t>(sound[at]) & 1U;
        latest = latest >> 1U | bit << 31U;
        const std::int64_t begin = at + 1 - k_word_bits;
        if (latest != k_sync || begin < from || begin + k_mark_samples > until) {
            continue;
        }
        if (const auto mark = mark_at(sound, begin)) {
            return FoundMark{*mark, begin};
        }
    }
    return std::nullopt;
}

} // namespace callctl::sim
