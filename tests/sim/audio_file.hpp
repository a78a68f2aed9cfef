// What was posted as audio, decoded.
#pragma once

#include "sim/wav.hpp"

#include <optional>
#include <string_view>

namespace callctl::sim {

class AudioFile {
  public:
    /// 16-bit PCM WAV is looked at where it lies, so `content` must outlive the result; whatever
    /// else libsndfile knows (FLAC, Ogg, MP3, mu-law) is decoded. Nothing when it cannot be read.
    [[nodiscard]] static std::optional<AudioFile> read(std::string_view content);

    [[nodiscard]] const Pcm& pcm() const { return m_pcm; }

  private:
    AudioFile(const Pcm& pcm, Samples decoded) : m_pcm{pcm}, m_decoded{std::move(decoded)} {}
    [[nodiscard]] static std::optional<AudioFile> decode(std::string_view content);

    Pcm m_pcm;
    Samples m_decoded; ///< where m_pcm points to, unless that is the file itself
};

} // namespace callctl::sim
