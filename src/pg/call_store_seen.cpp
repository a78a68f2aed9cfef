#include "pg/call_store_seen.hpp"

#include <utility>

namespace callctl::pg {

void SeenCalls::put(Calls calls) {
    const std::scoped_lock lock{m_mutex};
    if (m_calls.size() + calls.size() > k_most) {
        m_calls.clear();
    }
    for (auto& [id, stored] : calls) {
        m_calls.insert_or_assign(id, std::move(stored));
    }
}

SeenCalls::Calls SeenCalls::take(std::span<const port::Lease> leases) {
    Calls taken;
    const std::scoped_lock lock{m_mutex};
    for (const port::Lease& lease : leases) {
        const auto found = m_calls.find(lease.call);
        if (found != m_calls.end() && found->second.lease_token == lease.token) {
            taken.insert(m_calls.extract(found));
        }
    }
    return taken;
}

} // namespace callctl::pg
