// One bounded pass: find what is stuck, lost or due, and drive it.
#pragma once

#include "app/backfill.hpp"
#include "app/workers.hpp"
#include "pipeline/forecast.hpp"
#include "pipeline/step.hpp"
#include "port/call_store.hpp"
#include "port/spool.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace callctl::app {

struct ReconcileRequest {
    /// Compares with what Twilio has, before all else.
    std::optional<BackfillRequest> backfill{};
    port::SweepRequest sweep{};
    WorkRequest work{};
    pipeline::Prices prices{}; ///< for the forecast of a dry run
};

/// What a real run would do first with a call that is due.
struct PlannedStep {
    call::Call call;
    pipeline::Step step;
    pipeline::Forecast forecast{};
};

struct ReconcileReport {
    std::size_t from_spool{0}; ///< webhooks that waited on this host's disk
    std::optional<BackfillReport> backfill{};
    port::SweepReport sweep{};
    int gave_up_by_news{0}; ///< calls that an operator decides on, before anything was driven
    WorkReport work{};
    std::vector<PlannedStep> planned{}; ///< of a dry run
};

/// The dry run: what a pass would adopt and drive first. Changes nothing; asks Twilio where the
/// request has a backfill. \pre `backfill` is not null then
[[nodiscard]] ReconcileReport plan(port::CallStore& store, const pipeline::Policy& policy,
                                   const ReconcileRequest& request, Backfill* backfill = nullptr,
                                   port::Spool* spool = nullptr);

/// Of all that is planned.
[[nodiscard]] pipeline::Forecast total_of(const ReconcileReport& report);

class Reconcile {
  public:
    /// References must outlive this.
    Reconcile(port::CallStore& store, Workers& workers, pipeline::Policy policy,
              Backfill* backfill = nullptr, port::Spool* spool = nullptr);

    /// \pre the request has no backfill unless there is one. Overlapping passes on any number of
    /// hosts are harmless: leases keep them apart.
    ReconcileReport run(const ReconcileRequest& request);
    /// The same, but what ended the pass is in the report, beside what was done before; throws
    /// where that was nothing.
    [[nodiscard]] ReconcileReport try_run(const ReconcileRequest& request);

  private:
    /// All before the driving.
    void find(const ReconcileRequest& request, ReconcileReport& report);

    port::CallStore& m_store;
    Workers& m_workers;
    pipeline::Policy m_policy;
    Backfill* m_backfill;
    port::Spool* m_spool;
};

} // namespace callctl::app
