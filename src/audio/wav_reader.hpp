// Samples of a WAV file, block by block (libsndfile).
#pragma once

#include "audio/wav.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace callctl::audio {

class WavReader {
  public:
    /// Takes what inspect_wav takes. Failures: bad_media, in libsndfile's words.
    [[nodiscard]] static call::Outcome<WavReader> open(const std::string& path);

    [[nodiscard]] const WavInfo& info() const { return m_info; }
    /// Fills `samples`, channels interleaved, with whole frames from where the last call ended; the
    /// number of frames, 0 at the end. \pre samples.size() is a multiple of info().channels
    [[nodiscard]] std::size_t read(std::span<std::int16_t> samples);
    /// The next read begins at this frame. False: the file has no such frame.
    [[nodiscard]] bool seek(std::int64_t frame);

  private:
    using Handle =
        std::unique_ptr<void, void (*)(void*)>; // a SNDFILE, whose type stays in the .cpp

    WavReader(Handle file, const WavInfo& info) : m_file{std::move(file)}, m_info{info} {}

    Handle m_file;
    WavInfo m_info{};
};

} // namespace callctl::audio
