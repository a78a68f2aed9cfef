#include "audio/wav.hpp"

#include "audio/bad_media.hpp"
#include "audio/loudness.hpp"
#include "audio/riff.hpp"
#include "audio/wav_reader.hpp"
#include "audio/wav_writer.hpp"

#include <fmt/format.h>

#include <vector>

namespace callctl::audio {
namespace {

// Twilio rounds to whole seconds; a file that is shorter by more has lost its end.
constexpr std::chrono::seconds k_tolerance{2};
constexpr std::uint32_t k_lowest_rate = 4'000;
constexpr std::uint32_t k_highest_rate = 192'000;
constexpr std::size_t k_block_frames = 4'096;

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
    if (header.sample_rate < k_lowest_rate || header.sample_rate > k_highest_rate) {
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

call::Outcome<ChannelAudio> read_channel(const std::string& path, int channel) {
    auto reader = WavReader::open(path);
    if (!reader) {
        return base::fail(reader.error());
    }
    const WavInfo& info = reader->info();
    if (channel < 0 || channel >= info.channels) {
        return bad_media(fmt::format("WAV file without a channel {}", channel));
    }
    const auto step = static_cast<std::size_t>(info.channels);
    std::vector<std::int16_t> block(k_block_frames * step);
    std::vector<std::int16_t> mono(k_block_frames);
    WavWriter writer{info.sample_rate, info.frames};
    Loudness loudness{info.sample_rate};
    std::int64_t total = 0;
    for (std::size_t frames = reader->read(block); frames > 0; frames = reader->read(block)) {
        for (std::size_t i = 0; i < frames; ++i) {
            mono[i] = block[i * step + static_cast<std::size_t>(channel)];
        }
        const std::span<const std::int16_t> samples{mono.data(), frames};
        writer.write(samples);
        loudness.add(samples);
        total += static_cast<std::int64_t>(frames);
    }
    if (total != info.frames) {
        return bad_media(
            fmt::format("WAV file cut off: {} of {} frames can be read", total, info.frames));
    }
    return ChannelAudio{
        .wav = writer.finish(), .loudest_rms = loudness.loudest(), .duration = info.duration};
}

} // namespace callctl::audio
