// The transcript stage: download, split by channel, transcribe, merge.
#pragma once

#include "app/provider_steps.hpp"
#include "app/twilio_api.hpp"
#include "call/change.hpp"
#include "call/failure.hpp"
#include "transcript/turns.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace callctl::app {

class TranscribeJob {
  public:
    /// All three must outlive this.
    TranscribeJob(port::HttpClient& http, TwilioApi& twilio, const ProviderSettings& settings);

    /// One transcript of the whole recording. Failures: those of the download, bad_media, those of
    /// the server, no_speech (no channel carries a voice), empty_transcript (a voice, but no
    /// words).
    [[nodiscard]] call::Outcome<call::Artefact> run(const call::Call& call,
                                                    const base::RecordingSid& recording);

    /// Audio that has been sent to the server, whatever came back.
    [[nodiscard]] std::chrono::milliseconds audio_sent() const { return m_audio_sent; }

  private:
    [[nodiscard]] call::Outcome<std::vector<transcript::ChannelText>>
    transcribe_channels(const std::string& path, int channels);
    [[nodiscard]] call::Outcome<transcript::Transcription> transcribe_one(std::string wav,
                                                                          int channel);

    port::HttpClient& m_http;
    TwilioApi& m_twilio;
    const ProviderSettings& m_settings;
    std::chrono::milliseconds m_audio_sent{0};
};

} // namespace callctl::app
