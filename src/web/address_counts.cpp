#include "web/address_counts.hpp"

#include "web/client_address.hpp"

namespace callctl::web {
namespace {

base::IpAddress counted_as(const base::IpAddress& address) {
    return address.masked(address.is_v4() ? 32 : 64);
}

} // namespace

bool AddressCounts::is_counted(const std::optional<base::IpAddress>& address) const {
    return m_limit > 0 && !is_trusted(address, m_exempt);
}

bool AddressCounts::enter(const std::optional<base::IpAddress>& address) {
    if (!is_counted(address)) {
        return true;
    }
    std::size_t& count = m_counts[counted_as(*address)];
    if (count >= m_limit) {
        return false;
    }
    ++count;
    return true;
}

void AddressCounts::leave(const std::optional<base::IpAddress>& address) {
    if (!is_counted(address)) {
        return;
    }
    const auto found = m_counts.find(counted_as(*address));
    if (--found->second == 0) {
        m_counts.erase(found);
    }
}

} // namespace callctl::web
