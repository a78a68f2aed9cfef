// A call's WAV file: is it whole, and what is in it.
#pragma once

#include "call/failure.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace callctl::audio {

inline constexpr int k_lowest_sample_rate = 4'000;
inline constexpr int k_highest_sample_rate = 192'000;

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

} // namespace callctl::audio
