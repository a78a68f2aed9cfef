// The summary stage: one request, one checked reply.
#pragma once

#include "app/provider_steps.hpp"
#include "call/change.hpp"
#include "call/failure.hpp"

namespace callctl::app {

/// Summarises the call's transcript (the host's realtime one where there is no other). What the
/// call's own row says of the business wins over the settings.
[[nodiscard]] call::Outcome<call::Artefact>
summarise(port::HttpClient& http, const ProviderSettings& settings, const call::Call& call);

} // namespace callctl::app
