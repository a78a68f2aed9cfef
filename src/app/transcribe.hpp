// The transcript stage: download, find the speech, have it written down, put it in order.
#pragma once

#include "app/listen.hpp"
#include "app/provider_steps.hpp"
#include "app/server_in_use.hpp"
#include "app/twilio_api.hpp"
#include "call/change.hpp"
#include "call/failure.hpp"

#include <memory>
#include <string>

namespace spdlog {
class logger;
}

namespace callctl::app {

class TranscribeJob {
  public:
    /// All must outlive this.
    TranscribeJob(port::HttpClient& http, TwilioApi& twilio, const ProviderSettings& settings,
                  ServerInUse<transcript::Server>& server, PaidOnce& paid, spdlog::logger& logger);

    /// One transcript of the whole recording; `done`, which may be empty, is told of Twilio once
    /// the recording is here. Failures: those of the download, bad_media, those of the server,
    /// no_speech (nobody speaks, or all that was asked before found no words), empty_transcript (a
    /// voice, but no words that can be trusted).
    [[nodiscard]] call::Outcome<call::Artefact>
    run(const call::Call& call, const base::RecordingSid& recording, const PartDone& done);

  private:
    [[nodiscard]] call::Outcome<Heard> listen(const std::string& path, const audio::WavInfo& info);
    [[nodiscard]] call::Outcome<call::Artefact> written(const call::Call& call,
                                                        const Heard& heard) const;

    port::HttpClient& m_http;
    TwilioApi& m_twilio;
    const ProviderSettings& m_settings;
    ServerInUse<transcript::Server>& m_server;
    PaidOnce& m_paid;
    spdlog::logger& m_logger;
};

} // namespace callctl::app
