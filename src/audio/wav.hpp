// A call's WAV file: is it whole, what is in it, and one channel of it as a file of its own.
#pragma once

#include "call/failure.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace callctl::audio {

struct WavInfo {
    int channels{0};
    int sample_rate{0};
    std::int64_t frames{0};
    std::chrono::milliseconds duration{0};
};

/// Checks the RIFF header and its sizes against the file (by libsndfile and by the header itself,
/// which libsndfile does not hold a truncated file to), and the length against what Twilio said.
/// Failures: bad_media, with what is wrong.
[[nodiscard]] call::Outcome<WavInfo>
inspect_wav(const std::string& path, std::optional<std::chrono::seconds> expected_duration);

struct ChannelAudio {
    std::string wav{};       ///< a mono 16-bit PCM WAV file at the file's own rate
    double loudest_rms{0.0}; ///< of any 20 ms, full scale is 1
    std::chrono::milliseconds duration{0};
};

/// One channel, counted from 0. Read in blocks; what is kept in memory is the channel's own 16-bit
/// samples. Failures: bad_media.
[[nodiscard]] call::Outcome<ChannelAudio> read_channel(const std::string& path, int channel);

/// Below this nobody speaks on a telephone line; line noise lies under it.
inline constexpr double k_silence_rms = 0.0025;

} // namespace callctl::audio
