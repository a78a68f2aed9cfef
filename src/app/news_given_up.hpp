// What news end without a worker.
#pragma once

#include "base/ids.hpp"
#include "pipeline/policy.hpp"
#include "port/call_store.hpp"

#include <set>

namespace callctl::app {

/// Calls that news set to rest, for an operator to decide: each once, as it was decided last, since
/// a transaction may be tried again.
class NewsGivenUp {
  public:
    /// As the pipeline decides. This must outlive it; from one thread.
    [[nodiscard]] port::CallStore::DecideNews noting(const pipeline::Policy& policy);
    [[nodiscard]] int calls() const { return static_cast<int>(m_calls.size()); }

  private:
    std::set<base::CallSid> m_calls{};
};

} // namespace callctl::app
