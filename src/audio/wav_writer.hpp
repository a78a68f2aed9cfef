// A WAV file in memory (libsndfile).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace callctl::audio {

/// Mono, 16-bit PCM.
class WavWriter {
  public:
    /// `frames` is how many are expected, to take the memory once. \pre sample_rate > 0
    explicit WavWriter(int sample_rate, std::int64_t frames);
    WavWriter(const WavWriter&) = delete;
    WavWriter& operator=(const WavWriter&) = delete;
    ~WavWriter();

    void write(std::span<const std::int16_t> samples);
    /// Ends the file and hands it over. \pre called once, and last
    [[nodiscard]] std::string finish();

  private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace callctl::audio
