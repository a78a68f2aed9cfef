#include "app/provider_steps.hpp"

#include "app/quick_retries.hpp"
#include "app/step_client.hpp"
#include "app/summarise.hpp"
#include "app/transcribe.hpp"
#include "app/twilio_api.hpp"
#include "base/exception.hpp"

#include <exception>
#include <initializer_list>
#include <utility>

namespace callctl::app {
namespace {

using call::CallFacts;
using call::Outcome;
using pipeline::Learnt;

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

ProviderSteps::ProviderSteps(port::HttpClient& http, RequestPacer& pacer, port::Clock& clock,
                             Dice dice, ProviderSettings settings,
                             std::shared_ptr<spdlog::logger> logger)
    : m_http{http}, m_pacer{pacer}, m_clock{clock}, m_dice{std::move(dice)},
      m_settings{std::move(settings)}, m_account{m_settings.twilio},
      m_transcription{m_settings.transcription}, m_summary{m_settings.summary, logger},
      m_logger{std::move(logger)} {}

StepResult ProviderSteps::run(const pipeline::Step& step, const call::Call& call, base::Time now,
                              port::PieceShelf& shelf, const PartDone& done) {
    pipeline::Usage usage;
    const auto client = [&](call::Provider provider) {
        return StepClient{m_http, m_pacer, provider, now, usage};
    };
    auto twilio_client = client(call::Provider::twilio);
    TwilioApi twilio{twilio_client, *m_account.get(), m_settings.recording_callback};
    const auto finish = [&](Outcome<Learnt> outcome,
                            std::initializer_list<const StepClient*> clients) {
        StepResult result{std::move(outcome), usage};
        for (const StepClient* const asked : clients) {
            if (!asked->has_asked()) {
                result.unasked.push_back(asked->provider());
            }
        }
        return result;
    };
    if (std::holds_alternative<pipeline::Observe>(step)) {
        return finish(learnt(twilio.observe(call.sid, call.facts, now)), {&twilio_client});
    }
    if (std::holds_alternative<pipeline::StartRecording>(step)) {
        return finish(learnt(twilio.ensure_recording(call.sid, call.facts, now)), {&twilio_client});
    }
    if (const auto* const transcribe = std::get_if<pipeline::Transcribe>(&step)) {
        PaidOnce paid{shelf, call::Stage::transcript};
        auto once = client(call::Provider::transcription);
        QuickRetries http{once, m_clock, m_dice};
        TranscribeJob job{http, twilio, m_settings, m_transcription, paid, *m_logger};
        auto artefact = job.run(call, transcribe->recording, done);
        usage.audio_ms = paid.audio_ms();
        usage.cost_micros = paid.cost_micros();
        return finish(learnt(std::move(artefact)), {&twilio_client, &once});
    }
    if (std::holds_alternative<pipeline::Summarise>(step)) {
        auto once = client(call::Provider::summary);
        QuickRetries http{once, m_clock, m_dice};
        SummariseJob job{http, m_summary, shelf, m_settings.business,
                         price_of(m_settings, m_settings.summary.model)};
        auto artefact = job.run(call);
        usage.cost_micros = job.cost_micros();
        return finish(learnt(std::move(artefact)), {&once});
    }
    throw base::BugError{"a step that asks nobody was handed to the providers"};
}

void ProviderSteps::renew(ProviderSecrets secrets) {
    m_account.set(std::move(secrets.twilio));
    m_transcription.renew_key(secrets.transcription_key);
    m_summary.renew_key(std::move(secrets.summary_key));
}

} // namespace callctl::app
