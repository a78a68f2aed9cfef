#include "app/transcribe.hpp"

#include "app/transport.hpp"
#include "audio/wav.hpp"
#include "base/http.hpp"

#include <filesystem>
#include <random>
#include <utility>

namespace callctl::app {
namespace {

using call::Failure;
using call::Outcome;
using call::Reason;

// The downloaded file is gone when the job is, however it ends. The name is random because a forced
// retry may work on the same recording at the same time.
class ScratchFile {
  public:
    ScratchFile(const std::string& folder, const base::RecordingSid& recording)
        : m_path{std::filesystem::path{folder} /
                 (recording.str() + "-" + std::to_string(std::random_device{}()) + ".wav")} {}
    ScratchFile(const ScratchFile&) = delete;
    ScratchFile& operator=(const ScratchFile&) = delete;
    ~ScratchFile() {
        std::error_code ignored;
        std::filesystem::remove(m_path, ignored);
    }

    [[nodiscard]] std::string path() const { return m_path.string(); }

  private:
    std::filesystem::path m_path;
};

std::string language_of(const std::vector<transcript::ChannelText>& texts) {
    for (const auto& text : texts) {
        if (!text.transcription.language.empty()) {
            return text.transcription.language;
        }
    }
    return {};
}

} // namespace

TranscribeJob::TranscribeJob(port::HttpClient& http, TwilioApi& twilio,
                             const ProviderSettings& settings)
    : m_http{http}, m_twilio{twilio}, m_settings{settings} {}

Outcome<transcript::Transcription> TranscribeJob::transcribe_one(std::string wav, int channel) {
    const auto request = transcript::transcription_request(
        m_settings.transcription, std::move(wav), "channel" + std::to_string(channel) + ".wav");
    const auto response = exchange(m_http, request, "transcribe");
    if (!response) {
        return base::fail(response.error());
    }
    return transcript::read_transcription(*response);
}

Outcome<std::vector<transcript::ChannelText>>
TranscribeJob::transcribe_channels(const std::string& path, int channels) {
    std::vector<transcript::ChannelText> texts;
    for (int channel = 0; channel < channels; ++channel) {
        auto audio = audio::read_channel(path, channel);
        if (!audio) {
            return base::fail(audio.error());
        }
        if (audio->loudest_rms < audio::k_silence_rms) {
            continue;
        }
        m_audio_sent += audio->duration;
        auto transcription = transcribe_one(std::move(audio->wav), channel);
        if (transcription) {
            texts.push_back({channel, std::move(*transcription)});
        } else if (call::class_of(transcription.error().reason) != call::ReasonClass::nothing) {
            return base::fail(transcription.error());
        }
    }
    return texts;
}

Outcome<call::Artefact> TranscribeJob::run(const call::Call& call,
                                           const base::RecordingSid& recording) {
    const ScratchFile file{m_settings.scratch_dir, recording};
    if (const auto fetched = m_twilio.download(recording, file.path()); !fetched) {
        Failure failure = fetched.error();
        failure.provider = call::Provider::twilio;
        return base::fail(std::move(failure));
    }
    const auto info = audio::inspect_wav(file.path(), call.facts.recording.duration);
    if (!info) {
        return base::fail(info.error());
    }
    const auto texts = transcribe_channels(file.path(), info->channels);
    if (!texts) {
        return base::fail(texts.error());
    }
    if (texts->empty()) {
        return base::fail(Failure{.reason = Reason::no_speech,
                                  .detail = "no channel of the recording carries a voice"});
    }
    const auto turns = transcript::merge_turns(*texts, info->channels, call.facts.direction,
                                               call.facts.recording.source);
    if (turns.empty()) {
        return base::fail(Failure{.reason = Reason::empty_transcript,
                                  .detail = "the transcription server returned no words"});
    }
    return call::Artefact{.stage = call::Stage::transcript,
                          .text = transcript::render(turns),
                          .document = transcript::document(turns),
                          .provider_host = base::host_of(m_settings.transcription.base_url),
                          .model = m_settings.transcription.model,
                          .language = language_of(*texts),
                          .channels = info->channels,
                          .recording = recording};
}

} // namespace callctl::app
