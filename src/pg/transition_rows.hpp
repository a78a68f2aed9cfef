// All that the transitions of several calls write, in one statement. Private to this folder.
#pragma once

#include "call/change.hpp"
#include "pg/array_rows.hpp"
#include "pg/call_store_row_writes.hpp"
#include "pg/call_store_rows.hpp"
#include "pg/transaction.hpp"
#include "port/call_store.hpp"

#include <map>
#include <span>
#include <vector>

namespace callctl::pg {

struct TransitionRow {
    const port::Lease& lease;
    /// What it was decided on.
    const RowVersions& decided_on;
    /// They must still be so; else the call is locked, and was read since.
    bool checked;
    const CallUpdate& update;
    const call::Change& change;
    bool begins_next; ///< the next attempt, of the stage that the call is in then
};

struct WrittenRow {
    /// False: there is a version of the host's row that it was not decided on; it is left as it is.
    bool host_is_written;
    /// A trigger of the host's may have had a say in what its row is now.
    bool host_has_triggers;
};

class TransitionRows {
  public:
    void add(const TransitionRow& row);
    [[nodiscard]] bool empty() const { return m_learnt.empty() && m_others.empty(); }
    /// Locks the calls of `leases`, among them all those that were added; writes and returns those
    /// of these that are held and whose rows are still so where that is checked.
    [[nodiscard]] std::map<base::CallId, WrittenRow>
    write(Transaction& transaction, std::span<const port::Lease> leases) const;

  private:
    std::vector<Params> m_learnt{}; ///< with facts at their ends
    std::vector<Params> m_others{};
    ArrayRows m_artefacts{};
    bool m_shows{false}; ///< in the host's rows too
};

} // namespace callctl::pg
