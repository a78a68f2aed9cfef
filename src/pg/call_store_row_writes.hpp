// Calls as values, into the rows of callctl.work and call_log.
#pragma once

#include "call/call.hpp"
#include "pg/call_store_host.hpp"
#include "pg/transaction.hpp"

#include <cstdint>
#include <span>

namespace callctl::pg {

/// A call as it will be, and what changes in the host's row.
struct CallUpdate {
    call::Call call;
    std::int64_t host_id{0};
    HostChange host{};
    bool gives_back{false}; ///< whoever holds the call gives it back
    bool learnt{true};      ///< the facts may differ from those of the row
};

/// Writes both tables. Leases are left alone but for those that are given back. \pre the work rows
/// are locked
void write_calls(Transaction& transaction, std::span<const CallUpdate> updates);

} // namespace callctl::pg
