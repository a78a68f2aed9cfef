// Rows of callctl.work and call_log as values.
#pragma once

#include "pg/call_store_host.hpp"
#include "pg/query.hpp"
#include "pg/transaction.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace callctl::pg {

/// The detail of a call whose row is no longer in the host's table.
inline constexpr const char* k_row_deleted = "the host deleted the row";
/// Of callctl.inbox.error, in bytes.
inline constexpr std::size_t k_longest_error = 300;

/// Each version of a row has the number of the transaction that wrote it (PostgreSQL, 5.5, xmin).
struct RowVersions {
    std::string work{};
    std::string host{}; ///< empty: there is no such row
};

/// A call as both tables have it.
struct StoredCall {
    call::Call call;
    HostRow host{};
    std::string lease_owner{};
    std::optional<base::Time> lease_until{};
    std::int64_t lease_token{0};
    bool held{false};         ///< the lease has not run out
    bool told_by_host{false}; ///< the facts hold what only the host's row says
    RowVersions versions{};
    base::Time now{}; ///< the database's, of the transaction that read this
};

/// Transcripts, the summary and what prompts are told of the business; empty where they are left.
enum class Texts { read, left };

/// The columns of a StoredCall, for `SELECT <columns> FROM callctl.work w LEFT JOIN call_log l ..`.
[[nodiscard]] const std::string& call_columns(Texts texts = Texts::read);
[[nodiscard]] StoredCall read_call(const Row& row);

/// Those of call_log that must be there.
[[nodiscard]] std::vector<std::string> host_column_names();

/// Sets the host's row of a call, and what the call shows of it: a recording too, where we know of
/// none.
void show_host(StoredCall& stored, HostRow row);

/// Joins `l` to `w`: the row that callctl.work points to.
inline constexpr const char* k_host_join = "LEFT JOIN call_log l ON l.id = w.call_log_id";

/// The rows that the host has of these SIDs, of each the one that counts: the lowest id.
struct NamedHostRow {
    std::string call_sid;
    HostRow row;
};
[[nodiscard]] std::vector<NamedHostRow> read_hosts(Transaction& transaction,
                                                   std::span<const std::string> sids);

/// Locks the work rows of these SIDs in the order of the SIDs, so that two batches cannot wait for
/// each other; returns the SIDs that exist.
std::vector<std::string> lock_work(Transaction& transaction, std::span<const std::string> sids);
/// Makes work rows, empty until write_calls; returns those that nobody else made meanwhile.
struct CreatedWork {
    std::string call_sid;
    base::CallId id{};
};
[[nodiscard]] std::vector<CreatedWork> create_work(Transaction& transaction,
                                                   std::span<const std::string> sids);
/// \pre the work rows exist; in no particular order
[[nodiscard]] std::vector<StoredCall> read_calls(Transaction& transaction,
                                                 std::span<const std::string> sids);
/// The same by what workers know them by. SIDs are in no order: of many calls each one would be on
/// a page of the index of its own.
[[nodiscard]] std::vector<StoredCall> read_calls(Transaction& transaction,
                                                 std::span<const std::int64_t> ids);

/// The database's clock in this transaction.
[[nodiscard]] base::Time transaction_time(Transaction& transaction);

} // namespace callctl::pg
