// Writes and claims whose commit is in doubt, until somebody has found out. Private to this folder.
#pragma once

#include "pg/call_store_transitions.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

namespace callctl::pg {

/// Found by their leases: under one lease there is one write at a time, and it is asked for again
/// until it is made or the call is given back. From any thread.
class Doubts {
  public:
    /// To go on with. BusyError when there is a doubt about one of several: each has to be tried
    /// alone then.
    [[nodiscard]] Tries of(std::span<const Transition> transitions) const;
    /// Nobody knows what became of the transaction that is the doubtful one.
    void add(std::span<const Transition> transitions, const Tries& tries);
    void forget(std::span<const Transition> transitions);
    void forget(std::span<const port::Lease> leases);

  private:
    using Key = std::pair<base::CallId, std::int64_t>;
    struct Doubt {
        TransactionMark transaction;
        bool begun;      ///< the next attempt was, if it was committed
        bool given_back; ///< the call was, if it was committed
    };

    mutable std::mutex m_mutex;
    std::map<Key, Doubt> m_doubts{};
};

/// Leases that may have been taken, and that nobody knows of. From any thread.
class StrayLeases {
  public:
    void add(std::span<const port::Claim> claims);
    void add(std::span<const port::Lease> leases);
    /// All, which are then the caller's.
    [[nodiscard]] std::vector<port::Lease> take();

  private:
    std::mutex m_mutex;
    std::vector<port::Lease> m_leases{};
};

} // namespace callctl::pg
