// Re-drive a stage of calls that an operator names.
#pragma once

#include "app/workers.hpp"
#include "port/call_store.hpp"

#include <string>
#include <vector>

namespace callctl::app {

struct RetryRequest {
    call::Stage stage{};
    std::vector<base::CallSid> calls{};
    bool force{false};
    bool dry_run{false}; ///< judge, change and drive nothing
    WorkRequest work{};  ///< who works and how many at once
};

struct RetryLine {
    base::CallSid sid;
    port::Reopened reopened{};
    std::optional<call::Call> call{}; ///< as it was left, when it was driven
};

struct RetryReport {
    std::vector<RetryLine> lines{}; ///< in the order asked for, each call once
    WorkReport work{};
};

/// Sets the stage and what follows it back, and leaves the work to the next reconcile or to the
/// server's workers. With `dry_run` it only says what would be.
[[nodiscard]] RetryReport reopen(port::CallStore& store, const RetryRequest& request);

class Retry {
  public:
    /// References must outlive this.
    Retry(port::CallStore& store, Workers& workers);

    /// Sets the stage and what follows it back, then drives it now. Text that is there stays until
    /// something better replaces it.
    RetryReport run(const RetryRequest& request);

  private:
    port::CallStore& m_store;
    Workers& m_workers;
};

} // namespace callctl::app
