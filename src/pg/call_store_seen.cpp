#include "pg/call_store_seen.hpp"

#include <utility>

namespace callctl::pg {

void SeenCalls::put(Calls calls, std::uint64_t losses) {
    const std::scoped_lock lock{m_mutex};
    if (losses < m_losses) {
        return;
    }
    heed(losses);
    if (m_calls.size() + calls.size() > k_most) {
        m_calls.clear();
    }
    while (!calls.empty()) {
        auto call = calls.extract(calls.begin());
        m_calls.erase(call.key());
        m_calls.insert(std::move(call));
    }
}

SeenCalls::Calls SeenCalls::take(std::span<const port::Lease> leases, std::uint64_t losses) {
    const std::scoped_lock lock{m_mutex};
    heed(losses);
    return extract(leases);
}

void SeenCalls::forget(std::span<const port::Lease> leases) {
    const std::scoped_lock lock{m_mutex};
    extract(leases);
}

// Under the lock.
void SeenCalls::heed(std::uint64_t losses) {
    if (losses > m_losses) {
        m_losses = losses;
        m_calls.clear();
    }
}

SeenCalls::Calls SeenCalls::extract(std::span<const port::Lease> leases) {
    Calls taken;
    for (const port::Lease& lease : leases) {
        const auto found = m_calls.find(lease.call);
        if (found != m_calls.end() && found->second.lease_token == lease.token) {
            taken.insert(m_calls.extract(found));
        }
    }
    return taken;
}

} // namespace callctl::pg
