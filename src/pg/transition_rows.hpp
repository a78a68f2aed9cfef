// All that the transitions of several calls write, in one statement. Private to this folder.
#pragma once

#include "call/change.hpp"
#include "pg/array_rows.hpp"
#include "pg/call_store_row_writes.hpp"
#include "pg/call_store_rows.hpp"
#include "pg/transaction.hpp"
#include "port/call_store.hpp"

#include <map>
#include <optional>

namespace callctl::pg {

struct TransitionRow {
    const port::Lease& lease;
    /// Those that the rows must have; none: they are locked, and have been read since.
    const RowVersions& decided_on;
    const CallUpdate& update;
    const call::Change& change;
    bool begins_next; ///< the next attempt, of the stage that the call is in then
};

class TransitionRows {
  public:
    void add(const TransitionRow& row);
    [[nodiscard]] bool empty() const { return m_rows.empty(); }
    /// Locks the calls, writes those that are held under their leases and whose rows are of the
    /// versions that were decided on, and returns these: of those whose host's row changed, the
    /// statuses that it has now, since a trigger or the host itself may have a say in them.
    [[nodiscard]] std::map<base::CallId, std::optional<StatusWords>>
    write(Transaction& transaction) const;

  private:
    ArrayRows m_rows{};
    ArrayRows m_artefacts{};
    bool m_shows{false}; ///< in the host's rows too
};

} // namespace callctl::pg
