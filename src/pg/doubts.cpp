#include "pg/doubts.hpp"

#include "pg/errors.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace callctl::pg {

Tries Doubts::of(std::span<const Transition> transitions) const {
    const std::scoped_lock lock{m_mutex};
    Tries tries;
    for (const Transition& transition : transitions) {
        const auto found = m_doubts.find({transition.lease.call, transition.lease.token});
        if (found == m_doubts.end()) {
            continue;
        }
        if (transitions.size() > 1) {
            throw BusyError{std::string{k_lock_not_available},
                            "a commit of one of these calls is in doubt"};
        }
        tries.running = tries.doubtful = found->second.transaction;
        if (found->second.begun) {
            tries.begun.insert(transition.lease.call);
        }
        if (found->second.given_back) {
            tries.given_back.insert(transition.lease.call);
        }
    }
    return tries;
}

void Doubts::add(std::span<const Transition> transitions, const Tries& tries) {
    const std::scoped_lock lock{m_mutex};
    for (const Transition& transition : transitions) {
        const base::CallId call = transition.lease.call;
        m_doubts.insert_or_assign(
            Key{call, transition.lease.token},
            Doubt{tries.doubtful, tries.begun.contains(call), tries.given_back.contains(call)});
    }
}

void Doubts::forget(std::span<const Transition> transitions) {
    std::vector<port::Lease> leases;
    std::ranges::transform(transitions, std::back_inserter(leases), &Transition::lease);
    forget(leases);
}

void Doubts::forget(std::span<const port::Lease> leases) {
    const std::scoped_lock lock{m_mutex};
    for (const port::Lease& lease : leases) {
        m_doubts.erase({lease.call, lease.token});
    }
}

void StrayLeases::add(std::span<const port::Claim> claims) {
    std::vector<port::Lease> leases;
    std::ranges::transform(claims, std::back_inserter(leases), &port::Claim::lease);
    add(leases);
}

void StrayLeases::add(std::span<const port::Lease> leases) {
    const std::scoped_lock lock{m_mutex};
    m_leases.insert(m_leases.end(), leases.begin(), leases.end());
}

std::vector<port::Lease> StrayLeases::take() {
    const std::scoped_lock lock{m_mutex};
    return std::exchange(m_leases, {});
}

} // namespace callctl::pg
