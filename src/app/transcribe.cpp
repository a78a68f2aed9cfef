#include "app/transcribe.hpp"

#include "app/scratch_file.hpp"
#include "audio/wav.hpp"
#include "base/http.hpp"
#include "transcript/guard.hpp"
#include "transcript/turns.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <utility>

namespace callctl::app {

using call::Failure;
using call::Outcome;
using call::Reason;

namespace {

constexpr int k_most_steps_down = 3; // more than there are parameters to do without

} // namespace

TranscribeJob::TranscribeJob(port::HttpClient& http, TwilioApi& twilio,
                             const ProviderSettings& settings,
                             ServerInUse<transcript::Server>& server, PaidOnce& paid,
                             spdlog::logger& logger)
    : m_http{http}, m_twilio{twilio},
      m_settings{settings}, m_server{server}, m_paid{paid}, m_logger{logger} {}

Outcome<call::Artefact> TranscribeJob::run(const call::Call& call,
                                           const base::RecordingSid& recording,
                                           const PartDone& done) {
    const ScratchFile file{m_settings.scratch_dir, recording};
    if (const auto fetched = m_twilio.download(recording, file.path()); !fetched) {
        Failure failure = fetched.error();
        failure.provider = call::Provider::twilio;
        return base::fail(std::move(failure));
    }
    if (done) {
        done(call::Provider::twilio);
    }
    const auto info = audio::inspect_wav(file.path(), call.facts.recording.duration);
    if (!info) {
        return base::fail(info.error());
    }
    const auto heard = listen(file.path(), *info);
    if (!heard) {
        return base::fail(heard.error());
    }
    auto artefact = written(call, *heard);
    if (artefact) {
        artefact->recording = recording;
    }
    return artefact;
}

// Plainer each time, where the server does not do what it was asked. What it has refused is
// remembered once the plainer request was taken; times that did not come are this recording's
// alone.
Outcome<Heard> TranscribeJob::listen(const std::string& path, const audio::WavInfo& info) {
    transcript::Server server = m_server.get();
    const pipeline::Price price = price_of(m_settings, server.model);
    bool refused = false;
    for (int step = 0;; ++step) {
        auto heard = Listener{m_http, server, price, m_paid}.listen(path, info);
        if (heard && refused) {
            m_server.set(server);
        }
        if (heard || heard.error().remedy != call::Remedy::degrade || step == k_most_steps_down) {
            return heard;
        }
        const auto plainer = transcript::degraded(server, heard.error());
        if (!plainer) {
            Failure failure = heard.error();
            failure.reason = Reason::provider_config; // of the setting, not of this recording
            return base::fail(std::move(failure));
        }
        m_logger.warn("degraded server={} response_format={} detail=\"{}\"",
                      base::host_of(server.base_url), plainer->response_format,
                      heard.error().detail);
        refused = refused || heard.error().reason != Reason::bad_reply;
        server = *plainer;
    }
}

Outcome<call::Artefact> TranscribeJob::written(const call::Call& call, const Heard& heard) const {
    const transcript::Server& server = m_settings.transcription;
    const auto sifted = transcript::sifted(heard.utterances, server.prompt);
    const auto turns = transcript::merge_turns(sifted.kept,
                                               {.channels = heard.channels,
                                                .direction = call.facts.direction,
                                                .source = call.facts.recording.source},
                                               m_settings.speakers);
    if (turns.empty() && m_paid.audio_ms() == 0) {
        return base::fail(Failure{.reason = Reason::no_speech,
                                  .detail = "the transcription server has heard no words"});
    }
    if (turns.empty()) {
        return base::fail(
            Failure{.reason = Reason::empty_transcript,
                    .detail = fmt::format("the transcription server returned no words{}",
                                          sifted.dropped.empty() ? "" : " but made-up ones")});
    }
    return call::Artefact{.stage = call::Stage::transcript,
                          .text = transcript::render(turns),
                          .document = transcript::document(turns, sifted.dropped),
                          .provider_host = base::host_of(server.base_url),
                          .model = server.model,
                          .language = heard.language,
                          .channels = heard.channels};
}

} // namespace callctl::app
