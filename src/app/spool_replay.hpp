// From the spool into the database, in order.
#pragma once

#include "port/call_store.hpp"
#include "port/spool.hpp"

#include <cstddef>

namespace callctl::app {

class SpoolReplay {
  public:
    /// References must outlive this.
    SpoolReplay(port::CallStore& store, port::Spool& spool, port::CallStore::DecideNews decide);

    /// The oldest `most` records, in one commit; how many records the spool has lost by it, 0 when
    /// it was empty. What the database has already is a duplicate there. A record that is no
    /// delivery, or that our own code cannot apply or the inbox cannot hold (base::BugError), is
    /// set aside. Throws what the store throws; the records then stay. Those that it does not take
    /// together are tried alone, and the next ones together again by and by: what some of them wait
    /// for must not keep all from it.
    std::size_t step(std::size_t most = k_batch);
    /// All that is there; how many records.
    std::size_t all();
    /// Deliveries that wait, at most `most`; nothing is changed but for what is no delivery, which
    /// is left out.
    [[nodiscard]] std::vector<call::Delivery> waiting(std::size_t most);

    /// Of the last step: deliveries that are kept in the inbox because somebody has their call's
    /// row locked.
    [[nodiscard]] std::size_t locked() const { return m_locked; }

    static constexpr std::size_t k_batch = 256;

  private:
    std::size_t ingest(std::span<const call::Delivery> deliveries);
    void one_by_one(std::span<const call::Delivery> deliveries);

    port::CallStore& m_store;
    port::Spool& m_spool;
    port::CallStore::DecideNews m_decide;
    std::size_t m_locked{0};
    std::size_t m_at_once{k_batch}; ///< at most
};

} // namespace callctl::app
