// Re-drive a stage of calls that an operator names or chooses.
#pragma once

#include "app/workers.hpp"
#include "pipeline/forecast.hpp"
#include "port/call_store.hpp"

#include <cstddef>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace callctl::app {

struct RetryRequest {
    call::Reopening reopening{};
    std::vector<port::NamedCall> calls{}; ///< each once; no others are touched
    WorkRequest work{}; ///< who works, how many at once, who is told how far it is
    std::function<void(std::size_t done)> progress{}; ///< of reopen()
};

struct RetryLine {
    base::CallSid sid;
    /// Nothing: a stop or a fault came first, and the call is as it was.
    std::optional<port::Reopened> reopened{};
    std::optional<call::Reason> reason{}; ///< that it had before
    std::string refusal{};                ///< of call_log, in the database's words
    pipeline::Forecast forecast{};        ///< of plan(), where it would be reopened
    std::optional<call::Call> call{};     ///< as it was left, when it was driven; without its texts
    bool failed{false};                   ///< its drive, by a fault of ours
    bool taken{false};                    ///< by another worker, before or after we had it
};

struct RetryReport {
    std::vector<RetryLine> lines{}; ///< in the order asked for
    WorkReport work{};
    std::exception_ptr fault{}; ///< ended the run before its time; the lines say what was done
};

/// What became of a call.
enum class RetryOutcome {
    reopened, ///< and left to whoever claims it next
    completed,
    skipped, ///< there was nothing to do
    waiting, ///< will be tried again by itself
    gave_up,
    failed, ///< by a fault of ours, which the log names; it is set aside for a while
    taken,  ///< reopened, and another worker was quicker or got it from us
    not_begun,
    unknown_call,
    busy,
    locked,
    permanent,
    too_early,
    changed,
    refused,
    row_deleted,
};

[[nodiscard]] RetryOutcome outcome_of(const RetryLine& line);
/// The call was set back.
[[nodiscard]] constexpr bool is_change(RetryOutcome outcome) {
    return outcome <= RetryOutcome::taken;
}

struct RetryCount {
    RetryOutcome outcome{};
    std::optional<call::Reason> reason{}; ///< that it has now, or had where it was left alone
    int calls{0};
    friend bool operator==(const RetryCount&, const RetryCount&) = default;
};

struct RetryTotals {
    std::vector<RetryCount> counts{}; ///< by outcome, then by reason
    int changed{0};
    int skipped{0}; ///< left alone
    int not_begun{0};
    pipeline::Forecast forecast{};
};

[[nodiscard]] RetryTotals totals_of(const RetryReport& report);

/// The dry run: what would become of each call, and at what price. Changes nothing.
[[nodiscard]] RetryReport plan(port::CallStore& store, const pipeline::Policy& policy,
                               const pipeline::Prices& prices, const RetryRequest& request);

/// Sets the stage and what follows it back, and leaves the work to the next reconcile or to the
/// server's workers. Stops between two commits when `clock` says so. What the store throws is in
/// the report.
[[nodiscard]] RetryReport reopen(port::CallStore& store, port::Clock& clock,
                                 const RetryRequest& request);

class Retry {
  public:
    /// References must outlive this.
    Retry(port::CallStore& store, Workers& workers);

    /// Sets the stage of one call after the other and what follows it back, and drives each at
    /// once: what a stop leaves is as it was. Text that is there stays until something better
    /// replaces it. What ended the work is in the report. One call alone that is taken over asks
    /// its providers also where their breakers are open, if nobody else tries them first.
    RetryReport run(const RetryRequest& request);

  private:
    void end_pauses(call::Stage stage);

    port::CallStore& m_store;
    Workers& m_workers;
};

} // namespace callctl::app
