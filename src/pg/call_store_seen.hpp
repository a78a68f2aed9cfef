// Calls in hand as their rows were when they were last read or written here. Private to this
// folder.
#pragma once

#include "pg/call_store_rows.hpp"
#include "port/call_store.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <span>

namespace callctl::pg {

/// A write can be decided on without reading the rows again: it says which versions of them it was
/// decided on, and is none where they are others by then. So what is forgotten here costs a reading
/// and nothing else. `losses` are those of the pool: behind a fail-over that lost transactions
/// their numbers are given out again, and versions tell nothing any more. From any thread.
class SeenCalls {
  public:
    using Calls = std::map<base::CallId, StoredCall>;

    /// As they were seen when so many connections had been lost.
    void put(Calls calls, std::uint64_t losses);
    /// Those of these leases that are known; then they are not any more.
    [[nodiscard]] Calls take(std::span<const port::Lease> leases, std::uint64_t losses);
    void forget(std::span<const port::Lease> leases);

  private:
    /// More than a process has in hand, so that what is never asked for again does not add up.
    static constexpr std::size_t k_most{4'096};

    void heed(std::uint64_t losses);
    Calls extract(std::span<const port::Lease> leases);

    std::mutex m_mutex{};
    std::uint64_t m_losses{0};
    Calls m_calls{};
};

} // namespace callctl::pg
