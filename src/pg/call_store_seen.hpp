// Calls in hand as their rows were when they were last read or written here. Private to this
// folder.
#pragma once

#include "pg/call_store_rows.hpp"
#include "port/call_store.hpp"

#include <cstddef>
#include <map>
#include <mutex>
#include <span>

namespace callctl::pg {

/// A write can be decided on without reading the rows again: it says which versions of them it was
/// decided on, and is none where they are others by then. So whatever is forgotten here, or is no
/// longer so, costs a reading and nothing else. From any thread.
class SeenCalls {
  public:
    using Calls = std::map<base::CallId, StoredCall>;

    void put(Calls calls);
    /// Those of these leases that are known; then they are not any more.
    [[nodiscard]] Calls take(std::span<const port::Lease> leases);

  private:
    /// More than a process has in hand, so that what is never asked for again does not add up.
    static constexpr std::size_t k_most{4'096};

    std::mutex m_mutex{};
    Calls m_calls{};
};

} // namespace callctl::pg
