// Whose request it is, where proxies stand between.
#pragma once

#include "base/http.hpp"
#include "base/network.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace callctl::web {

/// One entry of X-Forwarded-For: an address, and whatever proxies put around it (`192.0.2.1:5678`,
/// `[2001:db8::1]`, `[2001:db8::1]:443`); nothing for all else, such as `unknown`.
[[nodiscard]] std::optional<base::IpAddress> parse_forwarded_entry(std::string_view text);

/// The address that a request came from. `peer` is the other end of the socket, nothing for a Unix
/// socket, where only this host's processes are.
///
/// Each proxy writes at the right end of X-Forwarded-For whom it was asked by. So it is read from
/// there, for as long as who wrote is trusted: what stands further left anybody may have sent. An
/// entry that is no address ends it likewise. `Forwarded` (RFC 7239) is not read: hardly a proxy
/// writes it, and one that writes the other header passes on a client's.
[[nodiscard]] std::optional<base::IpAddress> client_of(const std::optional<base::IpAddress>& peer,
                                                       const std::vector<base::HttpHeader>& headers,
                                                       const std::vector<base::Network>& trusted);

/// Whether what it says of others is believed.
[[nodiscard]] bool is_trusted(const std::optional<base::IpAddress>& peer,
                              const std::vector<base::Network>& trusted);

} // namespace callctl::web
