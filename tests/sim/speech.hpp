// Spoken lines: espeak-ng's, kept in a folder between runs, or tones that stand for them.
#pragma once

#include "sim/dialogue.hpp"
#include "sim/wav.hpp"

#include <string>

namespace callctl::sim {

class Speech {
  public:
    Speech() = default;
    Speech(const Speech&) = delete;
    Speech& operator=(const Speech&) = delete;
    virtual ~Speech() = default;
    /// 8 kHz, peak at a third of full scale. The same line sounds the same every time.
    [[nodiscard]] virtual Samples say(const Line& line) = 0;
};

/// espeak-ng (Debian package espeak-ng), its output resampled and kept under `folder`, which is
/// created. Throws base::ConfigError when espeak-ng cannot be run or the folder not be written.
class EspeakSpeech : public Speech {
  public:
    explicit EspeakSpeech(std::string folder);
    [[nodiscard]] static bool installed();
    [[nodiscard]] Samples say(const Line& line) override;

  private:
    std::string m_folder;
};

/// Swept tones as long as the line would take: no two lines alike, and no words.
class ToneSpeech : public Speech {
  public:
    [[nodiscard]] Samples say(const Line& line) override;
};

} // namespace callctl::sim
