#include "app/summarise.hpp"

#include "app/transport.hpp"

namespace callctl::app {
call::Outcome<call::Artefact> summarise(port::HttpClient& http, const ProviderSettings& settings,
                                        const call::Call& call) {
    const summary::Context context{.business_name = settings.business_name,
                                   .business_type = settings.business_type,
                                   .direction = std::string{call::to_string(call.facts.direction)}};
    const auto request =
        summary::summary_request(settings.summary, context,
                                 call.transcript.empty() ? call.live_transcript : call.transcript);
    const auto response = exchange(http, request, "summarise");
    if (!response) {
        return base::fail(response.error());
    }
    const auto summary = summary::read_summary(*response);
    if (!summary) {
        return base::fail(summary.error());
    }
    return call::Artefact{.stage = call::Stage::summary,
                          .text = summary::render(*summary),
                          .document = summary->document,
                          .provider_host = base::host_of(settings.summary.base_url),
                          .model = settings.summary.model,
                          .language = summary->language};
}

} // namespace callctl::app
