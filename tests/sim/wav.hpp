// 16-bit PCM WAV files, written and read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace callctl::sim {

using Samples = std::vector<std::int16_t>;

inline constexpr int k_telephone_rate = 8000;
inline constexpr std::int64_t k_samples_per_ms = k_telephone_rate / 1000;

struct Wav {
    int channels{0};
    int sample_rate{0};
    Samples samples{}; ///< interleaved

    [[nodiscard]] double seconds() const;
};

/// A whole file with its 44-byte header.
[[nodiscard]] std::string write_wav(const Wav& wav);
/// Nothing when it is not a 16-bit PCM file. A data chunk that is shorter than its header says is
/// read as far as it goes, as decoders do.
[[nodiscard]] std::optional<Wav> read_wav(std::string_view bytes);

/// The loudest 20 ms as root mean square, full scale is 1.
/// loudest_rms() of a side of a call where nobody speaks stays under it.
inline constexpr double k_silence_rms = 0.0025;
[[nodiscard]] double loudest_rms(const Samples& mono, int sample_rate);

/// Telephone band for telephone rate: windowed sinc, any whole rates.
[[nodiscard]] Samples resampled(const Samples& mono, int from_rate, int to_rate);

} // namespace callctl::sim
