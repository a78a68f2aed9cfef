#include "app/request_pacer.hpp"

#include "pipeline/pace.hpp"

#include <algorithm>

namespace callctl::app {
namespace {

using std::chrono::milliseconds;

// A turn that a stop or a crash leaves unused is lost to all hosts; those who have none ask again.
constexpr milliseconds k_ahead{std::chrono::minutes{1}};
constexpr milliseconds k_shortest_nap{250};
// Of each of the requests of a step. Well below the deadline of a stage, which would take the call
// for one whose worker hangs.
constexpr milliseconds k_longest_wait{std::chrono::minutes{3}};

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

} // namespace callctl::app
