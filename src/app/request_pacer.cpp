#include "app/request_pacer.hpp"

#include "pipeline/pace.hpp"

#include <algorithm>
#include <exception>

namespace callctl::app {
namespace {

using std::chrono::milliseconds;

// A turn that a stop or a crash leaves unused is lost to all hosts; those who have none ask again.
constexpr milliseconds k_ahead{std::chrono::minutes{1}};
constexpr milliseconds k_shortest_nap{250};
// Of each of the requests of a step. Well below the deadline of a stage, which would take the call
// for one whose worker hangs.
constexpr milliseconds k_longest_wait{std::chrono::minutes{3}};
// What a step was decided on may be as old as CallStore::providers() says.
constexpr milliseconds k_known_for{200};

} // namespace

RequestPacer::RequestPacer(port::CallStore& store, port::Clock& clock,
                           const pipeline::Policy& policy)
    : m_store{store}, m_clock{clock}, m_policy{policy} {}

bool RequestPacer::wait_for_turn(call::Provider provider) {
    const int per_minute = m_policy.limits_of(provider).requests_per_minute;
    if (per_minute == 0) {
        return true;
    }
    call::Pace pace = pipeline::pace_of(per_minute);
    pace.ahead = k_ahead;
    for (milliseconds waited{0}; waited < k_longest_wait;) {
        const milliseconds wait = m_store.reserve_request(provider, pace);
        if (wait <= pace.ahead) {
            return wait == milliseconds{0} || m_clock.wait(wait);
        }
        const milliseconds nap = std::max(wait - pace.ahead, k_shortest_nap);
        waited += nap;
        if (!m_clock.wait(nap)) {
            return false;
        }
    }
    return false;
}

std::optional<milliseconds> RequestPacer::closed_since(call::Provider provider, base::Time since) {
    try {
        const auto all = m_store.providers();
        const auto state = std::ranges::find(all, provider, &port::ProviderState::provider);
        if (state == all.end() || !state->closed_until || state->changed_at < since - k_known_for) {
            return std::nullopt;
        }
        const auto left = std::chrono::ceil<milliseconds>(*state->closed_until - m_store.now());
        return left > milliseconds{0} ? std::optional{left} : std::nullopt;
    } catch (const std::exception& /*what was paid for so far is not to be lost by this*/) {
        return std::nullopt;
    }
}

} // namespace callctl::app
