// An operator sets a stage, and what follows from it, back.
#include "call/progress.hpp"
#include "pg/call_store.hpp"
#include "pg/call_store_adopt.hpp"
#include "pg/call_store_pieces.hpp"
#include "pg/call_store_row_writes.hpp"
#include "pg/call_store_rows.hpp"

namespace callctl::pg {
namespace {

// Whoever holds the call loses it: the token grows.
constexpr const char* k_take_back = R"(
WITH closed AS (
  UPDATE callctl.attempt
  SET finished_at = now(), reason = 'CRASHED', detail = 'an operator took the call back',
      burnt = false
  WHERE call_id = $1::bigint AND finished_at IS NULL)
UPDATE callctl.work
SET lease_owner = NULL, lease_until = NULL, lease_token = lease_token + 1
WHERE call_id = $1::bigint)";

port::Reopened judge(const StoredCall& stored, const port::ReopenRequest& request) {
    const auto undone = call::first_undone(stored.call.statuses);
    if (undone && *undone < request.stage) {
        return port::Reopened::too_early;
    }
    if (stored.held && !request.force) {
        return port::Reopened::busy;
    }
    const auto& reason = stored.call.reason;
    const bool settled = reason && (call::class_of(*reason) == call::ReasonClass::permanent ||
                                    call::class_of(*reason) == call::ReasonClass::nothing);
    return settled && !request.force ? port::Reopened::permanent : port::Reopened::done;
}

CallUpdate reopened(const StoredCall& stored, call::Stage stage, const HostRules& rules) {
    CallUpdate update{stored.call, stored.host.id};
    call::Call& call = update.call;
    for (auto i = static_cast<std::size_t>(stage); i < call.statuses.size(); ++i) {
        call.statuses[i] = call::Status::pending;
    }
    begin_again(call, stage, stored.now);
    update.host = host_change(stored.host, call, rules);
    return update;
}

} // namespace

port::Reopened PgCallStore::reopen(const port::ReopenRequest& request) {
    require_schema();
    const auto judged = [&](Transaction& transaction) {
        const auto stored = look_up(transaction, request.sid);
        return stored ? judge(*stored, request) : port::Reopened::unknown_call;
    };
    if (request.dry_run) {
        return m_pool.transact(judged, Access::read_only);
    }
    return m_pool.transact([&](Transaction& transaction) {
        // Judged before a call that only the host knows is adopted, and again under its lock.
        const auto verdict = judged(transaction);
        if (verdict != port::Reopened::done) {
            return verdict;
        }
        const auto stored = take_by_name(transaction, request.sid);
        const auto locked = stored ? judge(*stored, request) : port::Reopened::unknown_call;
        if (locked == port::Reopened::done) {
            const CallUpdate update = reopened(*stored, request.stage, m_rules);
            write_calls(transaction, std::span{&update, 1});
            std::vector<StageOfCall> done;
            for (const call::Stage stage : call::done_from(request.stage, stored->call.statuses)) {
                done.push_back({update.call.id, stage});
            }
            drop_pieces(transaction, done);
            transaction.exec(k_take_back, {param(static_cast<std::int64_t>(update.call.id))});
        }
        return locked;
    });
}

} // namespace callctl::pg
