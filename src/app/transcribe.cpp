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

TranscribeJob::TranscribeJob(port::HttpClient& http, TwilioApi& twilio,
                             const ProviderSettings& settings,
                             ServerInUse<transcript::Server>& server, PaidOnce& paid,
                             spdlog::logger& logger)
    : m_http{http}, m_twilio{twilio},
      m_settings{settings}, m_server{server}, m_paid{paid}, m_logger{logger} {}

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

// Once more and plainer, where the server does not do what it was asked.
Outcome<Heard> TranscribeJob::listen(const std::string& path, const audio::WavInfo& info) {
    const transcript::Server server = m_server.get();
    const pipeline::Price price = price_of(m_settings, server.model);
    auto heard = Listener{m_http, server, price, m_paid}.listen(path, info);
    if (heard || heard.error().remedy != call::Remedy::degrade) {
        return heard;
    }
    const auto plainer = transcript::degraded(server, heard.error());
    if (!plainer) {
        return heard;
    }
    m_logger.warn("degraded server={} response_format={} detail=\"{}\"",
                  base::host_of(server.base_url), plainer->response_format, heard.error().detail);
    m_server.set(*plainer);
    return Listener{m_http, *plainer, price, m_paid}.listen(path, info);
}

Outcome<call::Artefact> TranscribeJob::written(const call::Call& call, const Heard& heard) const {
    const transcript::Server& server = m_settings.transcription;
    const auto sifted = transcript::sifted(heard.utterances, server.prompt);
    const auto turns = transcript::merge_turns(sifted.kept,
                                               {.channels = heard.channels,
                                                .direction = call.facts.direction,
                                                .source = call.facts.recording.source},
                                               m_settings.speakers);
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
