#include "audio/wav.hpp"

#include "audio/bad_media.hpp"
#include "audio/riff.hpp"
#include "audio/wav_reader.hpp"

#include <fmt/format.h>

#include <utility>

namespace callctl::audio {
namespace {

// Twilio rounds to whole seconds; a file that is shorter by more has lost its end.
constexpr std::chrono::seconds k_tolerance{2};

bool is_supported(const RiffHeader& header) {
    constexpr std::uint16_t k_pcm = 1;
    constexpr std::uint16_t k_a_law = 6;
    constexpr std::uint16_t k_mu_law = 7;
    return (header.encoding == k_pcm && header.bits == 16) ||
           ((header.encoding == k_a_law || header.encoding == k_mu_law) && header.bits == 8);
}

std::optional<std::string> problem_of(const RiffHeader& header) {
    if (!is_supported(header)) {
        return fmt::format(
            "WAV file of encoding {} with {} bits; PCM of 16, mu-law and A-law are read",
            header.encoding, header.bits);
    }
    if (header.channels != 1 && header.channels != 2) {
        return fmt::format("WAV file of {} channels", header.channels);
    }
    if (std::cmp_less(header.sample_rate, k_lowest_sample_rate) ||
        std::cmp_greater(header.sample_rate, k_highest_sample_rate)) {
        return fmt::format("WAV file of {} samples a second", header.sample_rate);
    }
    return std::nullopt;
}

} // namespace

call::Outcome<WavInfo> inspect_wav(const std::string& path,
                                   std::optional<std::chrono::seconds> expected_duration) {
    const auto header = read_riff(path);
    if (!header) {
        return base::fail(header.error());
    }
    if (auto problem = problem_of(*header)) {
        return bad_media(std::move(*problem));
    }
    const auto reader = WavReader::open(path);
    if (!reader) {
        return base::fail(reader.error());
    }
    const WavInfo& info = reader->info();
    if (info.frames <= 0) {
        return bad_media("WAV file without audio");
    }
    const auto whole_seconds = std::chrono::floor<std::chrono::seconds>(info.duration);
    if (expected_duration && whole_seconds + k_tolerance < *expected_duration) {
        return bad_media(fmt::format("WAV file cut off: {} ms of audio, the recording has {} s",
                                     info.duration.count(), expected_duration->count()));
    }
    return info;
}

} // namespace callctl::audio
