// Calls as values, into the rows of callctl.work and call_log.
#pragma once

#include "call/call.hpp"
#include "pg/call_store_host.hpp"
#include "pg/query.hpp"
#include "pg/transaction.hpp"

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace callctl::pg {

/// A call as it will be, and what changes in the host's row.
struct CallUpdate {
    call::Call call;
    std::int64_t host_id{0};
    HostChange host{};
    bool gives_back{false}; ///< whoever holds the call gives it back
    bool learnt{true};      ///< the facts may differ from those of the row
    [[nodiscard]] bool changes_host() const { return host_id != 0 && host != HostChange{}; }
};

/// In the order of k_work_columns: those that are no facts, and where it has learnt the facts too.
[[nodiscard]] Params work_params(const CallUpdate& update);
/// In the order of k_host_changes.
[[nodiscard]] Params host_params(const CallUpdate& update);
/// What an UPDATE of callctl.work as `w` by rows of `source` assigns besides: its time, and the
/// lease where `gives_back` ends it.
[[nodiscard]] std::string work_end_of(std::string_view source);

/// Writes both tables. Leases are left alone but for those that are given back. \pre the work rows
/// are locked
void write_calls(Transaction& transaction, std::span<const CallUpdate> updates);

/// The rows of the host's alone, whatever they have become meanwhile.
void write_hosts(Transaction& transaction, std::span<const CallUpdate> updates);

/// Makes the work rows of calls that have none, as the updates have them; the host's rows are left
/// alone. Returns the SIDs of those that nobody else has made meanwhile. \pre in the order of the
/// SIDs, so that two batches cannot wait for each other
[[nodiscard]] std::set<std::string> insert_work(Transaction& transaction,
                                                std::span<const CallUpdate> updates);

} // namespace callctl::pg
