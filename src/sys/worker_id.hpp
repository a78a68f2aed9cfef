// The name under which a process holds leases.
#pragma once

#include <string>

namespace callctl::sys {

/// `host-0123456789abcdef0123456789abcdef`: the host's name for people, and 128 random bits, new in
/// every call, for uniqueness. Host name and pid alone would repeat after a restart or in another
/// container. Make one at the start of the process and keep it.
[[nodiscard]] std::string make_worker_id();

/// The 128 random bits alone: 32 hexadecimal digits, new in every call.
[[nodiscard]] std::string random_hex();

} // namespace callctl::sys
