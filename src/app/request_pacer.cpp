#include "app/request_pacer.hpp"

#include "pipeline/pace.hpp"

namespace callctl::app {

RequestPacer::RequestPacer(port::CallStore& store, port::Clock& clock,
                           const pipeline::Policy& policy)
    : m_store{store}, m_clock{clock}, m_policy{policy} {}

bool RequestPacer::wait_for_turn(call::Provider provider) {
    const int per_minute = m_policy.limits_of(provider).requests_per_minute;
    if (per_minute == 0) {
        return true;
    }
    const auto wait = m_store.reserve_request(provider, pipeline::pace_of(per_minute));
    return wait == std::chrono::milliseconds{0} || m_clock.wait(wait);
}

} // namespace callctl::app
