// An operator sets a stage, and what follows from it, back.
#include "call/progress.hpp"
#include "pg/call_store.hpp"
#include "pg/call_store_adopt.hpp"
#include "pg/call_store_pieces.hpp"
#include "pg/call_store_row_writes.hpp"
#include "pg/call_store_rows.hpp"

#include <algorithm>
#include <iterator>
#include <map>

namespace callctl::pg {
namespace {

using Reopenings = std::vector<port::ReopenedCall>;

// Whoever holds a call loses it: the token grows.
constexpr const char* k_take_back = R"(
WITH closed AS (
  UPDATE callctl.attempt
  SET finished_at = now(), reason = 'CRASHED', detail = 'an operator took the call back',
      burnt = false
  WHERE call_id = ANY ($1::bigint[]) AND finished_at IS NULL)
UPDATE callctl.work
SET lease_owner = NULL, lease_until = NULL, lease_token = lease_token + 1
WHERE call_id = ANY ($1::bigint[]))";

Reopenings judged(std::span<const port::NamedCall> calls, std::vector<StoredCall> stored,
                  const call::Reopening& reopening) {
    std::map<base::CallSid, StoredCall*> known;
    for (StoredCall& call : stored) {
        known.emplace(call.call.sid, &call);
    }
    Reopenings results;
    for (const port::NamedCall& named : calls) {
        const auto found = known.find(named.sid);
        if (found == known.end()) {
            results.push_back({port::Reopened::unknown_call, std::nullopt});
            continue;
        }
        const StoredCall& call = *found->second;
        results.push_back({call.host.id == 0
                               ? port::Reopened::row_deleted
                               : call::judged(call.call, call.held, reopening, named.seen),
                           call.call});
    }
    return results;
}

Reopenings looked_up(Transaction& transaction, std::span<const port::NamedCall> calls,
                     const call::Reopening& reopening) {
    std::vector<base::CallSid> sids;
    std::ranges::transform(calls, std::back_inserter(sids), &port::NamedCall::sid);
    return judged(calls, look_up_all(transaction, sids), reopening);
}

/// Locked, in the order of the SIDs; adopted now where only the host knew them.
std::vector<StoredCall> taken(Transaction& transaction, std::vector<std::string> names) {
    std::ranges::sort(names);
    const auto locked = lock_work(transaction, names);
    auto calls = read_calls(transaction, locked);
    relink(transaction, calls);
    for (const std::string& name : names) {
        if (std::ranges::find(locked, name) == locked.end()) {
            auto stored = take_by_name(transaction, base::CallSid::parse(name).value());
            if (stored) {
                calls.push_back(std::move(*stored));
            }
        }
    }
    return calls;
}

void set_back(Transaction& transaction, const std::vector<StoredCall>& calls, call::Stage stage,
              const HostRules& rules) {
    std::vector<CallUpdate> updates;
    std::vector<StageOfCall> paid_anew;
    std::vector<std::int64_t> ids;
    for (const StoredCall& stored : calls) {
        for (const call::Stage done : call::done_from(stage, stored.call.statuses)) {
            paid_anew.push_back({stored.call.id, done});
        }
        CallUpdate update{stored.call, stored.host.id};
        call::set_back(update.call, stage, stored.now);
        update.host = host_change(stored.host, update.call, rules);
        ids.push_back(static_cast<std::int64_t>(stored.call.id));
        updates.push_back(std::move(update));
    }
    write_calls(transaction, updates);
    drop_pieces(transaction, paid_anew);
    transaction.exec(k_take_back, {id_array(ids)});
}

// Judged before calls that only the host knows are adopted, and again under their locks.
Reopenings reopened(Transaction& transaction, std::span<const port::NamedCall> calls,
                    const call::Reopening& reopening, const HostRules& rules) {
    Reopenings results = looked_up(transaction, calls, reopening);
    std::vector<std::string> names;
    std::vector<port::NamedCall> wanted;
    for (std::size_t i = 0; i < calls.size(); ++i) {
        if (results[i].what == port::Reopened::done) {
            names.push_back(calls[i].sid.str());
            wanted.push_back(calls[i]);
        }
    }
    if (wanted.empty()) {
        return results;
    }
    auto stored = taken(transaction, std::move(names));
    Reopenings locked = judged(wanted, stored, reopening);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (locked[i].what != port::Reopened::done) {
            std::erase_if(stored,
                          [&](const StoredCall& call) { return call.call.sid == wanted[i].sid; });
        }
        const auto place = std::ranges::find(calls, wanted[i].sid, &port::NamedCall::sid);
        results[static_cast<std::size_t>(place - calls.begin())] = std::move(locked[i]);
    }
    set_back(transaction, stored, reopening.stage, rules);
    return results;
}

} // namespace

// A batch that the host's table refuses, or of which somebody has a row locked, is halved until the
// call at fault stands alone: one row must not cost the others their place.
Reopenings PgCallStore::reopen(std::span<const port::NamedCall> calls,
                               const port::ReopenRequest& request) {
    if (calls.empty()) {
        return {};
    }
    require_schema();
    if (request.dry_run) {
        return m_pool.transact(
            [&](Transaction& transaction) {
                return looked_up(transaction, calls, request.reopening);
            },
            Access::read_only);
    }
    const bool alone = calls.size() == 1;
    Reopenings results;
    try {
        transact(alone ? Patience::full : Patience::little, [&](Transaction& transaction) {
            results = reopened(transaction, calls, request.reopening, m_rules);
        });
        return results;
    } catch (const BusyError& error) {
        if (alone && error.sqlstate() != k_lock_not_available) {
            throw;
        }
    } catch (const SqlError& error) {
        if (!error.refuses_row() || error.refuses_all_rows()) {
            throw;
        }
        if (alone) {
            return {{port::Reopened::refused, find(calls.front().sid), error.what()}};
        }
    }
    if (alone) {
        return {{port::Reopened::locked, find(calls.front().sid)}};
    }
    const std::size_t half = calls.size() / 2;
    results = reopen(calls.first(half), request);
    std::ranges::move(reopen(calls.subspan(half), request), std::back_inserter(results));
    return results;
}

} // namespace callctl::pg
