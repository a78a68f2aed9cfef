// How many connections each address has.
#pragma once

#include "base/network.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <vector>

namespace callctl::web {

/// A host owns a whole /64 of IPv6 and may use any address in it: that is counted as one address.
/// Proxies that are trusted, and who comes by a Unix socket, have no limit.
class AddressCounts {
  public:
    /// `limit` 0: none. `exempt` must outlive this.
    AddressCounts(std::size_t limit, const std::vector<base::Network>& exempt)
        : m_limit{limit}, m_exempt{exempt} {}

    /// False when the address has as many as it may; then nothing is counted.
    [[nodiscard]] bool enter(const std::optional<base::IpAddress>& address);
    /// \pre enter() was true for it, and it has not left since
    void leave(const std::optional<base::IpAddress>& address);
    /// Addresses that have any; memory is theirs alone.
    [[nodiscard]] std::size_t size() const { return m_counts.size(); }

  private:
    [[nodiscard]] bool is_counted(const std::optional<base::IpAddress>& address) const;

    std::size_t m_limit;
    const std::vector<base::Network>& m_exempt;
    std::map<base::IpAddress, std::size_t> m_counts{};
};

} // namespace callctl::web
