#include "app/breaker.hpp"

#include "pipeline/backoff.hpp"

#include <algorithm>
#include <exception>
#include <vector>

namespace callctl::app {
namespace {

using port::ProviderState;

// While another worker tries a provider: it is mostly quick to find out.
constexpr std::chrono::seconds k_while_probed{5};

ProviderState state_in(const std::vector<ProviderState>& all, call::Provider provider) {
    const auto found = std::ranges::find(all, provider, &ProviderState::provider);
    return found == all.end() ? ProviderState{.provider = provider} : *found;
}

// A request that was on its way when the provider closed, or opened again, fails of what has been
// counted: only a time that the provider names says more. Eight that fail at once are one hiccup.
// A time that is a minute ahead is of before the server's clock was set back.
bool is_known(const ProviderState& state, base::Time asked, base::Time now) {
    const bool counts_only = state.failures > 0 && !state.closed_until && !state.half_open;
    return asked < state.changed_at && state.changed_at <= now + std::chrono::minutes{1} &&
           !counts_only;
}

// It is about us, and leaves open how the provider is.
bool is_ours(const call::Failure& failure) {
    return failure.reason == call::Reason::interrupted ||
           failure.reason == call::Reason::local_fault;
}

// What it refuses, and what it has just found no words in, is the call's matter.
bool is_answer(const call::Failure& failure) {
    return failure.http_status != 0 || failure.reason == call::Reason::empty_transcript;
}

/// Of the first of them that is closed.
std::optional<base::Time> end_of_pause(const std::vector<ProviderState>& all,
                                       std::span<const call::Provider> providers, base::Time now) {
    for (const call::Provider provider : providers) {
        const auto until = state_in(all, provider).closed_until;
        if (until && *until > now) {
            return until;
        }
    }
    return std::nullopt;
}

} // namespace

Breaker::~Breaker() {
    try {
        note_nothing();
    } catch (const std::exception& /*it ends by itself*/) {
    }
}

std::optional<base::Time> Breaker::closed_until(std::span<const call::Provider> providers,
                                                base::Time now) {
    const auto all = m_store.providers();
    if (const auto until = end_of_pause(all, providers, now)) {
        return until;
    }
    for (const call::Provider provider : providers) {
        if (!state_in(all, provider).half_open) {
            continue;
        }
        const auto until = m_store.take_probe(provider, m_policy.probe_pause);
        if (!until) {
            note_nothing();
            return now + k_while_probed;
        }
        m_probes.push_back({provider, *until});
    }
    return std::nullopt;
}

std::optional<base::Time> Breaker::seen_closed_until(std::span<const call::Provider> providers,
                                                     base::Time now) {
    return end_of_pause(m_store.providers(), providers, now);
}

std::vector<call::Provider> Breaker::troubled() {
    std::vector<call::Provider> troubled;
    for (const ProviderState& state : m_store.providers()) {
        if (state.closed_until || state.half_open) {
            troubled.push_back(state.provider);
        }
    }
    return troubled;
}

void Breaker::note_nothing(std::span<const call::Provider> providers) {
    const auto is_meant = [&](const Probe& probe) {
        return std::ranges::find(providers, probe.provider) != providers.end();
    };
    for (const Probe& probe : m_probes) {
        if (is_meant(probe)) {
            m_store.end_probe(probe.provider, probe.until, std::chrono::milliseconds{0});
        }
    }
    std::erase_if(m_probes, is_meant);
}

void Breaker::note_success(std::span<const call::Provider> providers, base::Time asked) {
    const auto all = m_store.providers();
    for (const call::Provider provider : providers) {
        if (state_in(all, provider).failures > 0) {
            m_store.open_provider(provider, asked);
        }
    }
}

// Until when it would have lasted, if it is ours.
std::optional<base::Time> Breaker::probe_ended(call::Provider provider) {
    const auto found = std::ranges::find(m_probes, provider, &Probe::provider);
    if (found == m_probes.end()) {
        return std::nullopt;
    }
    const base::Time until = found->until;
    m_probes.erase(found);
    return until;
}

int Breaker::note_failure(call::Provider provider, const call::Failure& failure, base::Time asked) {
    const auto probe = is_ours(failure) ? std::nullopt : probe_ended(provider);
    note_nothing();
    const ProviderState state = state_in(m_store.providers(), provider);
    auto pause = pipeline::provider_pause(failure, state.failures + 1, m_policy);
    if (pause && is_known(state, asked, m_store.now())) {
        pause = failure.retry_after;
    }
    if (pause == std::chrono::milliseconds{0}) {
        const int most = m_policy.failures_to_close;
        return m_store.count_failure(
            provider, failure.reason, failure.detail,
            {most, pipeline::provider_pause(failure, most, m_policy).value_or(*pause)}, asked);
    }
    if (pause) {
        if (probe) { // or the provider would be closed for as long as it could have been tried
            m_store.end_probe(provider, *probe, *pause);
        }
        m_store.close_provider(provider, failure.reason, failure.detail, *pause, asked);
    } else if (state.failures > 0 && is_answer(failure)) {
        m_store.open_provider(provider, asked);
    }
    return state.failures;
}

} // namespace callctl::app
