// 16-bit PCM WAV files, written and read.
#pragma once

#include <cstdint>
#include <cstring>
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

/// One channel of samples that lie somewhere, which must outlive it.
class Channel {
  public:
    Channel() = default;
    /// `first` points to its first sample; the next one lies `stride` samples on.
    Channel(const char* first, std::int64_t stride, std::int64_t size)
        : m_first{first}, m_stride{stride}, m_size{size} {}
    explicit Channel(const Samples& mono)
        : Channel{reinterpret_cast<const char*>(mono.data()), 1,
                  static_cast<std::int64_t>(mono.size())} {}

    [[nodiscard]] std::int64_t size() const { return m_size; }
    [[nodiscard]] std::int16_t operator[](std::int64_t at) const {
        std::int16_t sample = 0;
        std::memcpy(&sample, m_first + at * m_stride * 2, sizeof sample);
        return sample;
    }
    [[nodiscard]] Channel part(std::int64_t from, std::int64_t count) const {
        return {m_first + from * m_stride * 2, m_stride, count};
    }

  private:
    const char* m_first{nullptr};
    std::int64_t m_stride{1};
    std::int64_t m_size{0};
};

/// 16-bit samples where they lie, interleaved.
struct Pcm {
    int channels{0};
    int sample_rate{0};
    std::string_view bytes{};

    [[nodiscard]] std::int64_t frames() const;
    [[nodiscard]] double seconds() const;
    /// \pre 0 <= index < channels
    [[nodiscard]] Channel channel(int index) const;
};

/// The 44 bytes before that many bytes of samples; WAV files end at 4 GiB.
[[nodiscard]] std::string wav_header(int channels, int sample_rate, std::uint32_t data_size);
/// A whole file with its 44-byte header.
[[nodiscard]] std::string write_wav(const Wav& wav);
/// The samples within a file. Nothing when it is not a 16-bit PCM file. A data chunk that is
/// shorter than its header says is read as far as it goes, as decoders do.
[[nodiscard]] std::optional<Pcm> find_pcm(std::string_view wav_file);
/// The same as a copy.
[[nodiscard]] std::optional<Wav> read_wav(std::string_view bytes);

/// The loudest 20 ms as root mean square, full scale is 1.
/// loudest_rms() of a side of a call where nobody speaks stays under it.
inline constexpr double k_silence_rms = 0.0025;
[[nodiscard]] double loudest_rms(const Channel& mono, int sample_rate);
[[nodiscard]] double loudest_rms(const Samples& mono, int sample_rate);

/// Telephone band for telephone rate: windowed sinc, any whole rates.
[[nodiscard]] Samples resampled(const Samples& mono, int from_rate, int to_rate);

} // namespace callctl::sim
