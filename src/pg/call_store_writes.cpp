// What workers write: attempts and transitions, those of several calls in one transaction.
#include "pg/call_store.hpp"
#include "pg/call_store_transitions.hpp"

#include <fmt/format.h>

#include <utility>

namespace callctl::pg {
namespace {

using port::Written;

/// What is left of a change whose row the host's table refuses: the failure, and what was learnt.
call::Change parked(const call::Change& change, const std::string& error) {
    call::Change parked = change;
    parked.stage = call::refused_stage(change);
    parked.statuses = {};
    parked.statuses[static_cast<std::size_t>(parked.stage)] = call::Status::failed;
    parked.reason = call::Reason::rejected;
    parked.detail = fmt::format("call_log refused the row: {}", error);
    parked.due_at = std::nullopt;
    return parked;
}

/// Call inside a `catch`: rethrows what is not the row's fault.
void rethrow_unless_of_row(const SqlError& error) {
    if (error.misfits_tables()) {
        throw base::SchemaError{error.what(), error.hint()};
    }
    if (!error.refuses_row()) {
        throw;
    }
}

} // namespace

Written PgCallStore::begin_attempt(const port::Lease& lease, call::Stage stage,
                                   std::int64_t seen_news) {
    try {
        return m_begins.ask({lease, stage, seen_news});
    } catch (const SqlError& error) {
        rethrow_unless_of_row(error);
        const auto call = reread(lease);
        if (!call) {
            return Written::superseded;
        }
        call::Change change{.stage = stage,
                            .attempts = call->attempts,
                            .crashes = call->crashes,
                            .seen_news = call->news};
        change.attempt = call::AttemptEnd{
            .reason = call::Reason::rejected, .detail = error.what(), .burnt = false};
        const auto written = park({lease}, parked(change, error.what())).written;
        return written == Written::done ? Written::refused : written;
    }
}

Written PgCallStore::write(const port::Lease& lease, const call::Change& change) {
    return move({lease, &change}).written;
}

std::optional<port::Advanced> PgCallStore::advance(const port::Lease& lease,
                                                   const call::Change& change,
                                                   const BeginsNext& begins_next) {
    return move(
               {lease, &change, Transition::Then::read_again, begins_next ? &begins_next : nullptr})
        .after;
}

port::Finished PgCallStore::finish(const port::Lease& lease, const call::Change& change) {
    Moved moved = move({lease, &change, Transition::Then::give_back});
    return {moved.written,
            moved.after ? std::optional{std::move(moved.after->call)} : std::nullopt};
}

Moved PgCallStore::move(const Transition& transition) {
    try {
        return m_writes.ask(transition);
    } catch (const SqlError& error) {
        rethrow_unless_of_row(error);
        if (transition.begins_next != nullptr) { // it may be only that which is refused
            return move({transition.lease, transition.change, transition.then});
        }
        return park(transition, parked(*transition.change, error.what()));
    }
}

Moved PgCallStore::park(Transition transition, const call::Change& change) {
    transition.change = &change;
    for (const Shown shown : {Shown::failure_and_recording, Shown::failure}) {
        try {
            return write_all({&transition, 1}, shown, Patience::full).at(0);
        } catch (const SqlError& error) {
            rethrow_unless_of_row(error);
        }
    }
    return write_all({&transition, 1}, Shown::nothing, Patience::full).at(0);
}

std::vector<Written> PgCallStore::begin_all(std::span<const AttemptStart> starts,
                                            Patience patience) {
    std::vector<Written> written;
    transact(patience,
             [&](Transaction& transaction) { written = begin_attempts(transaction, starts); },
             {.plans = Plans::looking_up});
    for (const AttemptStart& start : starts) { // their rows are of another version now
        m_seen.forget({&start.lease, 1});
    }
    return written;
}

// Repeated blindly, a write whose commit is in doubt would store its artefacts twice: neither here
// nor, when the database is away for longer, by whoever asks again.
std::vector<Moved> PgCallStore::write_all(std::span<const Transition> transitions, Shown shown,
                                          Patience patience) {
    Tries tries = m_doubts.of(transitions);
    const auto losses = m_pool.losses();
    auto known = m_seen.take(leases_of(transitions), losses);
    SeenCalls::Calls seen;
    std::vector<Moved> moved;
    const auto attempt = [&](Transaction& transaction) {
        seen = std::exchange(known, {}); // only once: a second try reads
        if (m_pool.losses() != losses) { // and one behind a connection that was found dead
            seen.clear();
        }
        moved = write_transitions(transaction, transitions, m_rules, shown, tries, seen);
    };
    for (bool again = false;; again = true) {
        try {
            transact(patience, attempt, {.marked = true, .plans = Plans::looking_up});
            m_doubts.forget(transitions);
            m_seen.put(std::move(seen), losses);
            return moved;
        } catch (const InDoubtError&) {
            tries.doubtful = tries.running;
            m_doubts.add(transitions, tries);
            if (again) {
                throw;
            }
        }
    }
}

} // namespace callctl::pg
