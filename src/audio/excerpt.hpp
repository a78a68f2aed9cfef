// Parts of one channel of a recording, one after the other, as a file to be sent.
#pragma once

#include "audio/encoder.hpp"
#include "audio/wav_reader.hpp"
#include "call/failure.hpp"

#include <chrono>
#include <span>
#include <string>

namespace callctl::audio {

struct Span {
    std::chrono::milliseconds start{0};
    std::chrono::milliseconds end{0};

    friend bool operator==(const Span&, const Span&) = default;
};

/// At the recording's own rate; what lies beyond its end is left out. Memory is that of the result.
/// \pre channel is one of the recording's. Failures: bad_media, when the file cannot be read there.
[[nodiscard]] call::Outcome<std::string> excerpt(WavReader& recording, int channel,
                                                 std::span<const Span> spans, Encoding encoding);

} // namespace callctl::audio
