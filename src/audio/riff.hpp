// The header of a WAV file against the file itself. libsndfile opens a file that ends in the middle
// without a word (libsndfile 1.2.0, measured), so this looks at the sizes first.
#pragma once

#include "call/failure.hpp"

#include <cstdint>
#include <string>

namespace callctl::audio {

/// What the `fmt ` and `data` chunks say (RIFF WAVE, Microsoft/IBM 1991; WAVE_FORMAT_EXTENSIBLE).
struct RiffHeader {
    std::uint16_t encoding{0}; ///< WAVE_FORMAT_*: 1 PCM, 6 A-law, 7 mu-law
    std::uint16_t channels{0};
    std::uint32_t sample_rate{0};
    std::uint16_t bits{0};
    std::uint64_t data_bytes{0};
};

/// Failures, all bad_media and each with what was found: no such file, an empty file, something
/// else (an HTML page, XML, JSON, MP3, ...), no `fmt ` or `data` chunk, and sizes that promise more
/// than the file holds.
[[nodiscard]] call::Outcome<RiffHeader> read_riff(const std::string& path);

} // namespace callctl::audio
