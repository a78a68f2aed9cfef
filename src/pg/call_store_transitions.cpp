#include "pg/call_store_transitions.hpp"

#include "base/text.hpp"
#include "call/progress.hpp"
#include "pg/call_store_row_writes.hpp"
#include "pg/call_store_rows.hpp"
#include "pg/fence.hpp"
#include "pg/transition_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace callctl::pg {
namespace {

using port::Written;

const std::string k_lock_transitions =
    fmt::format("SELECT held.call_id, held.token, held.updated_at FROM ({}) AS held", k_lock_held);

// In the order of the SIDs, as their calls.
constexpr const char* k_lock_hosts = R"(
SELECT
FROM callctl.work w
JOIN call_log l ON l.id = w.call_log_id
WHERE w.call_id = ANY ($1::bigint[])
ORDER BY w.call_sid
FOR NO KEY UPDATE OF l)";

// NULL when the server has forgotten so old a transaction, or has not come so far yet: after a
// fail-over that lost transactions their numbers are given out again.
constexpr const char* k_was_committed =
    "SELECT CASE WHEN $1::bigint < txid_current() THEN txid_status($1::bigint) = 'committed' END";

CallUpdate update_of(const StoredCall& stored, const Transition& transition, const HostRules& rules,
                     Shown shown) {
    const call::Change change = call::heeding(*transition.change, stored.call.statuses, stored.now);
    const auto due_at = stored.call.due_at;
    CallUpdate update{.call = call::applied(stored.call, change), .host_id = stored.host.id};
    update.call.detail = base::storable_text(update.call.detail); // as it can be read again
    update.learnt = stored.told_by_host || update.call.facts != stored.call.facts;
    update.gives_back = transition.then == Transition::Then::give_back;
    if (stored.call.news > change.seen_news) {
        // What came meanwhile has not been looked at, and may have moved the call on.
        if (call::open_stage(update.call) == call::Stage::recording) {
            call::open_skipped(update.call, call::Stage::recording); // there is one after all
        }
        update.call.due_at = stored.now;
        update.call.stage = call::open_stage(update.call).value_or(update.call.stage);
        if (!due_at) { // why they ended the call, which this change knows not of
            update.call.reason = stored.call.reason;
        }
    }
    if (!update.gives_back && due_at && update.call.due_at && *due_at < *update.call.due_at &&
        *update.call.due_at <= stored.now) {
        update.call.due_at = due_at; // due is due: no index has to follow
    }
    if (stored.host.id == 0) { // deleted meanwhile: as if it were claimed now
        update.call.due_at = std::nullopt;
        update.call.reason = call::Reason::not_eligible;
        update.call.detail = k_row_deleted;
    }
    HostChange host = host_change(stored.host, update.call, rules,
                                  call::replaced_recording(stored.call.facts, update.call.facts));
    switch (shown) {
    case Shown::all:
        update.host = std::move(host);
        set_texts(update.host, change.artefacts, rules);
        break;
    case Shown::failure_and_recording:
        update.host.recording_sid = host.recording_sid;
        update.host.recording_url = host.recording_url;
        [[fallthrough]];
    case Shown::failure:
        update.host.statuses = host.statuses;
        update.host.last_error = host.last_error;
        update.host.retry_count = host.retry_count;
        break;
    case Shown::nothing:
        break;
    }
    return update;
}

bool was_committed(Transaction& transaction, const TransactionMark& mark) {
    if (mark.id.empty()) {
        return false;
    }
    const Rows status = transaction.exec(k_was_committed, {param(mark.id)});
    return !status.one().at(0).is_null() && status.one().at(0).boolean();
}

using LeaseKey = std::pair<std::int64_t, std::int64_t>;

LeaseKey key_of(const port::Lease& lease) {
    return {static_cast<std::int64_t>(lease.call), lease.token};
}

struct Held {
    std::set<LeaseKey> leases{};
    std::optional<base::Time> oldest_write{}; ///< of their rows
};

/// Locks them; returns those that are held.
Held lock_held(Transaction& transaction, std::span<const Transition> transitions) {
    Held held;
    const Rows rows =
        transaction.exec_often(k_lock_transitions, lease_params(leases_of(transitions)));
    for (const Row row : rows) {
        held.leases.emplace(row.at(0).integer(), row.at(1).integer());
        const auto written = row.at(2).time();
        held.oldest_write = std::min(held.oldest_write.value_or(written), written);
    }
    return held;
}

std::vector<std::int64_t> ids_of(const std::set<LeaseKey>& held) {
    std::vector<std::int64_t> ids;
    ids.reserve(held.size());
    for (const auto& [call, token] : held) {
        ids.push_back(call);
    }
    return ids;
}

SeenCalls::Calls read_held(Transaction& transaction, const std::set<LeaseKey>& held) {
    const auto ids = ids_of(held);
    SeenCalls::Calls calls;
    for (StoredCall& stored : read_calls(transaction, ids)) {
        const auto id = stored.call.id;
        calls.emplace(id, std::move(stored));
    }
    return calls;
}

/// A call as a transition leaves it.
struct Left {
    StoredCall stored;
    bool begun{false};       ///< its next attempt is
    bool is_as_stored{true}; ///< nobody else can have had a say in the host's row
};

bool is_among(const Transition& transition, const std::map<base::CallId, Left>& left) {
    const auto found = left.find(transition.lease.call);
    return found != left.end() && found->second.stored.lease_token == transition.lease.token;
}

/// The number of a transaction as its rows have it: without the epoch.
std::string version_of(const TransactionMark& mark) {
    return std::to_string(static_cast<std::uint32_t>(std::stoull(mark.id)));
}

/// The call as both of its rows have it once they are written.
StoredCall stored_after(StoredCall before, const CallUpdate& update, const TransactionMark& mark) {
    HostRow host = changed(std::move(before.host), update.host);
    StoredCall after{.call = update.call};
    after.lease_owner = std::move(before.lease_owner);
    after.lease_until = before.lease_until;
    after.lease_token = before.lease_token;
    after.held = before.held;
    after.versions = {version_of(mark),
                      update.changes_host() ? version_of(mark) : std::move(before.versions.host)};
    show_host(after, std::move(host));
    return after;
}

bool begins_next(const Transition& transition, const call::Call& call) {
    return transition.begins_next != nullptr && call.news <= transition.change->seen_news &&
           (*transition.begins_next)(call);
}

/// Shows the stage that the call is in as worked on.
void show_begun(CallUpdate& update, StoredCall& after, const TransactionMark& mark) {
    constexpr auto k_shown = call::Status::processing;
    const auto stage = static_cast<std::size_t>(update.call.stage);
    update.call.statuses[stage] = k_shown;
    update.host.statuses[stage] = std::string{call::to_string(k_shown)};
    after.call.statuses = update.call.statuses;
    after.host.statuses[stage] = update.host.statuses[stage];
    after.versions.host = version_of(mark);
}

/// What transitions are decided on.
struct Basis {
    SeenCalls::Calls calls;
    /// Both rows are locked, and all was read since. Else only those are written that are still as
    /// the calls say.
    bool is_locked;
};

/// How they are written.
struct Manner {
    const HostRules& rules;
    Shown shown;
    std::span<const port::Lease> leases; ///< all that are locked first
};

/// Returns those that were written. BusyError, worth repeating, where the host was quicker with a
/// row that was only seen.
std::map<base::CallId, Left> write_all(Transaction& transaction,
                                       std::span<const Transition> transitions, Basis basis,
                                       const Manner& manner) {
    std::map<base::CallId, Left> left;
    TransitionRows rows;
    for (const Transition& transition : transitions) {
        StoredCall& stored = basis.calls.at(transition.lease.call);
        stored.now = transaction.mark().at;
        const RowVersions decided_on = stored.versions;
        CallUpdate update = update_of(stored, transition, manner.rules, manner.shown);
        Left next{stored_after(std::move(stored), update, transaction.mark())};
        if (begins_next(transition, next.stored.call)) {
            show_begun(update, next.stored, transaction.mark());
            next.begun = true;
        }
        rows.add({transition.lease, decided_on, !basis.is_locked, update, *transition.change,
                  next.begun});
        left.emplace(transition.lease.call, std::move(next));
    }
    const auto written = rows.write(transaction, manner.leases);
    std::erase_if(left, [&](const auto& one) { return !written.contains(one.first); });
    for (const auto& [id, row] : written) {
        left.at(id).is_as_stored = row.host_is_written && !row.host_has_triggers;
        if (!row.host_is_written && !basis.is_locked) { // locked, it is a trigger that lets none in
            throw BusyError{std::string{k_serialization_failure},
                            "the host changed a row that was decided on"};
        }
    }
    return left;
}

/// What write_all() returned in a transaction that was committed after all. An attempt that it
/// began is not gone on with once there are news to heed.
std::map<base::CallId, Left> read_after(Transaction& transaction,
                                        std::span<const Transition> transitions,
                                        const std::set<LeaseKey>& held,
                                        const std::set<base::CallId>& begun) {
    std::map<base::CallId, Left> left;
    auto calls = read_held(transaction, held);
    for (const Transition& transition : transitions) {
        const base::CallId id = transition.lease.call;
        StoredCall& stored = calls.at(id);
        const bool goes_on = begun.contains(id) && stored.call.news <= transition.change->seen_news;
        left.emplace(id, Left{std::move(stored), goes_on});
    }
    return left;
}

/// What of a transaction nobody could tell afterwards.
void note_done(Tries& tries, std::span<const Transition> transitions,
               const std::map<base::CallId, Left>& left) {
    tries.begun.clear();
    tries.given_back.clear();
    for (const auto& [id, next] : left) {
        if (next.begun) {
            tries.begun.insert(id);
        }
    }
    for (const Transition& transition : transitions) {
        if (transition.then == Transition::Then::give_back && is_among(transition, left)) {
            tries.given_back.insert(transition.lease.call);
        }
    }
}

/// Those of whom nothing is left yet.
std::vector<Transition> without(std::span<const Transition> transitions,
                                const std::map<base::CallId, Left>& left) {
    std::vector<Transition> rest;
    std::ranges::copy_if(transitions, std::back_inserter(rest),
                         [&](const Transition& one) { return !is_among(one, left); });
    return rest;
}

/// Locks all, and writes those that are known, if they are still as they are known.
std::map<base::CallId, Left> write_known(Transaction& transaction,
                                         std::span<const Transition> transitions,
                                         SeenCalls::Calls seen, const Manner& manner) {
    std::vector<Transition> known;
    std::ranges::copy_if(transitions, std::back_inserter(known), [&](const Transition& one) {
        const auto found = seen.find(one.lease.call);
        return found != seen.end() && found->second.lease_token == one.lease.token;
    });
    return known.empty() ? std::map<base::CallId, Left>{}
                         : write_all(transaction, known, {std::move(seen), false}, manner);
}

/// Locked and read first. What the host has not committed yet is waited for, since it may end what
/// is written here.
std::map<base::CallId, Left> write_held(Transaction& transaction,
                                        std::span<const Transition> transitions,
                                        const std::set<LeaseKey>& held, const Manner& manner) {
    if (transitions.empty()) {
        return {};
    }
    if (manner.shown != Shown::nothing) {
        transaction.exec_often(k_lock_hosts, {id_array(ids_of(held))});
    }
    return write_all(transaction, transitions, {read_held(transaction, held), true}, manner);
}

/// What is to be told of them. `given_back`: calls that were, by a commit that was in doubt.
std::vector<Moved> moved_of(std::span<const Transition> transitions,
                            const std::map<base::CallId, Left>& left,
                            const std::set<base::CallId>& given_back) {
    std::vector<Moved> moved;
    for (const Transition& transition : transitions) {
        if (!is_among(transition, left)) {
            const bool was_ours = given_back.contains(transition.lease.call);
            moved.push_back({was_ours ? Written::done : Written::superseded});
            continue;
        }
        Moved& one = moved.emplace_back(Moved{Written::done});
        if (transition.then != Transition::Then::nothing) {
            const Left& next = left.at(transition.lease.call);
            one.after = port::Advanced{next.stored.call, next.begun};
        }
    }
    return moved;
}

/// Those who stay in our hands, as they are.
SeenCalls::Calls seen_of(std::span<const Transition> transitions,
                         std::map<base::CallId, Left> left) {
    SeenCalls::Calls seen;
    for (const Transition& transition : transitions) {
        if (transition.then == Transition::Then::give_back || !is_among(transition, left)) {
            continue;
        }
        Left& next = left.at(transition.lease.call);
        if (next.is_as_stored) {
            seen.insert_or_assign(transition.lease.call, std::move(next.stored));
        }
    }
    return seen;
}

} // namespace

std::vector<port::Lease> leases_of(std::span<const Transition> transitions) {
    std::vector<port::Lease> leases(transitions.size());
    std::ranges::transform(transitions, leases.begin(), &Transition::lease);
    return leases;
}

std::vector<Moved> write_transitions(Transaction& transaction,
                                     std::span<const Transition> transitions,
                                     const HostRules& rules, Shown shown, Tries& tries,
                                     SeenCalls::Calls& seen) {
    const auto leases = leases_of(transitions);
    const Manner manner{rules, shown, leases};
    std::map<base::CallId, Left> left;
    if (tries.doubtful.id.empty()) {
        left = write_known(transaction, transitions, std::move(seen), manner);
    }
    const auto rest = without(transitions, left);
    const Held held = rest.empty() ? Held{} : lock_held(transaction, rest);
    std::vector<Transition> ours;
    std::ranges::copy_if(rest, std::back_inserter(ours), [&](const Transition& one) {
        return held.leases.contains(key_of(one.lease));
    });
    const bool is_committed = was_committed(transaction, tries.doubtful);
    const auto given_back = is_committed ? tries.given_back : std::set<base::CallId>{};
    if (!ours.empty() && is_committed && *held.oldest_write >= tries.doubtful.at) {
        tries.running = tries.doubtful; // it stays the one that counts
        left = read_after(transaction, ours, held.leases, tries.begun);
    } else if (!ours.empty() || !left.empty()) {
        tries.running = transaction.mark();
        left.merge(write_held(transaction, ours, held.leases, manner));
        note_done(tries, transitions, left);
    } else {
        tries.running = tries.doubtful; // nothing was written that could be in doubt
    }
    auto moved = moved_of(transitions, left, given_back);
    seen = seen_of(transitions, std::move(left));
    return moved;
}

} // namespace callctl::pg
