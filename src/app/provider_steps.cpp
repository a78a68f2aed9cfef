#include "app/provider_steps.hpp"

#include "app/summarise.hpp"
#include "app/transcribe.hpp"
#include "app/twilio_api.hpp"
#include "base/exception.hpp"

#include <exception>
#include <utility>

namespace callctl::app {
namespace {

using call::CallFacts;
using call::Outcome;
using pipeline::Learnt;

// Counts what a step sends, and remembers the last request id for the attempts history.
class CountingClient : public port::HttpClient {
  public:
    explicit CountingClient(port::HttpClient& inner) : m_inner{inner} {}

    [[nodiscard]] base::Result<base::HttpResponse> send(const base::HttpRequest& request) override {
        ++m_usage.requests;
        auto response = m_inner.send(request);
        if (response) {
            remember(*response);
        }
        return response;
    }

    [[nodiscard]] pipeline::Usage& usage() { return m_usage; }

  private:
    void remember(const base::HttpResponse& response) {
        for (const char* name : {"Twilio-Request-Id", "x-request-id", "request-id"}) {
            const auto value = base::find_header(response.headers, name);
            if (!value.empty()) {
                m_usage.request_id = value;
            }
        }
    }

    port::HttpClient& m_inner;
    pipeline::Usage m_usage{};
};

Outcome<Learnt> learnt(Outcome<CallFacts> facts) {
    if (!facts) {
        return base::fail(facts.error());
    }
    return Learnt{.facts = std::move(*facts)};
}

Outcome<Learnt> learnt(Outcome<call::Artefact> artefact) {
    if (!artefact) {
        return base::fail(artefact.error());
    }
    return Learnt{.artefacts = {std::move(*artefact)}};
}

} // namespace

pipeline::Price price_of(const ProviderSettings& settings, const std::string& model) {
    const auto found = settings.prices.find(model);
    return found == settings.prices.end() ? pipeline::Price{} : found->second;
}

ProviderSteps::ProviderSteps(port::HttpClient& http, ProviderSettings settings,
                             std::shared_ptr<spdlog::logger> logger)
    : m_http{http}, m_settings{std::move(settings)}, m_transcription{m_settings.transcription},
      m_summary{m_settings.summary, logger}, m_logger{std::move(logger)} {}

StepResult ProviderSteps::run(const pipeline::Step& step, const call::Call& call, base::Time now,
                              port::PieceShelf& shelf) {
    CountingClient http{m_http};
    TwilioApi twilio{http, m_settings.twilio, m_settings.recording_callback};
    const auto finish = [&http](Outcome<Learnt> outcome) {
        return StepResult{std::move(outcome), http.usage()};
    };
    if (std::holds_alternative<pipeline::Observe>(step)) {
        return finish(learnt(twilio.observe(call.sid, call.facts, now)));
    }
    if (std::holds_alternative<pipeline::StartRecording>(step)) {
        return finish(learnt(twilio.ensure_recording(call.sid, call.facts, now)));
    }
    if (const auto* const transcribe = std::get_if<pipeline::Transcribe>(&step)) {
        PaidOnce paid{shelf, call::Stage::transcript};
        TranscribeJob job{http, twilio, m_settings, m_transcription, paid, *m_logger};
        auto artefact = job.run(call, transcribe->recording);
        http.usage().audio_ms = paid.audio_ms();
        http.usage().cost_micros = paid.cost_micros();
        return finish(learnt(std::move(artefact)));
    }
    if (std::holds_alternative<pipeline::Summarise>(step)) {
        SummariseJob job{http, m_summary, shelf, m_settings.business,
                         price_of(m_settings, m_settings.summary.model)};
        auto artefact = job.run(call);
        http.usage().cost_micros = job.cost_micros();
        return finish(learnt(std::move(artefact)));
    }
    throw base::BugError{"a step that asks nobody was handed to the providers"};
}

} // namespace callctl::app
