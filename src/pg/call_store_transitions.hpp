// Attempts that begin and transitions that are written, many calls in one transaction, each fenced
// by the token of its lease. Private to this folder.
#pragma once

#include "call/change.hpp"
#include "pg/call_store_host.hpp"
#include "pg/call_store_seen.hpp"
#include "pg/transaction.hpp"
#include "port/call_store.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace callctl::pg {

struct AttemptStart {
    port::Lease lease{};
    call::Stage stage{};
    std::int64_t seen_news{0};
};

/// Opens the attempts. Only `done`, `superseded` or `outdated`.
[[nodiscard]] std::vector<port::Written> begin_attempts(Transaction& transaction,
                                                        std::span<const AttemptStart> starts);

struct Transition {
    port::Lease lease{};
    const call::Change* change{nullptr}; ///< lives longer
    enum class Then {
        nothing,
        read_again, ///< the call as it is then is wanted
        give_back,  ///< the lease ends with it
    } then{Then::nothing};
    /// Only with `read_again`; lives longer. Null or empty: no attempt begins.
    const port::CallStore::BeginsNext* begins_next{nullptr};
};

struct Moved {
    port::Written written{};               ///< `done` or `superseded`
    std::optional<port::Advanced> after{}; ///< where it is wanted, done, and known
};

/// What of a change the host's row gets.
enum class Shown {
    all,
    failure_and_recording, ///< what tells of a failure, and which recording is the call's now
    failure, ///< only what tells of a failure: one of the other values is what was refused
    nothing, ///< the row takes no change at all
};

/// Of a transaction that is tried again because nobody knows whether its commit happened.
struct Tries {
    TransactionMark running{};           ///< the one under way
    TransactionMark doubtful{};          ///< the one before
    std::set<base::CallId> begun{};      ///< calls whose next attempt it began
    std::set<base::CallId> given_back{}; ///< calls that it gave back
};

[[nodiscard]] std::vector<port::Lease> leases_of(std::span<const Transition> transitions);

/// Writes the transitions of those calls that are held under their lease. Where the doubtful
/// transaction was committed, nothing is written again: it held the same locks, so that it is over
/// once they are had. `seen`: calls that are not read again if their rows are still so; becomes the
/// calls that stay in hand, as they are once this is committed. \pre the transaction is marked
[[nodiscard]] std::vector<Moved> write_transitions(Transaction& transaction,
                                                   std::span<const Transition> transitions,
                                                   const HostRules& rules, Shown shown,
                                                   Tries& tries, SeenCalls::Calls& seen);

} // namespace callctl::pg
