#include "app/reconcile.hpp"

#include "pipeline/decide.hpp"
#include "pipeline/outcome.hpp"

#include <limits>

namespace callctl::app {
namespace {

port::SweepReport sweep(port::CallStore& store, const pipeline::Policy& policy,
                        const port::SweepRequest& request, bool dry_run) {
    const auto decide = [&policy](const call::Call& call, const call::CallFacts& news,
                                  base::Time now) {
        return pipeline::on_news(call, news, now, policy);
    };
    return store.sweep(request, decide, dry_run);
}

std::optional<BackfillReport> compare(Backfill* backfill, const ReconcileRequest& request,
                                      bool dry_run) {
    return request.backfill ? std::optional{backfill->run(*request.backfill, dry_run)}
                            : std::nullopt;
}

} // namespace

ReconcileReport plan(port::CallStore& store, const pipeline::Policy& policy,
                     const ReconcileRequest& request, Backfill* backfill) {
    ReconcileReport report{.backfill = compare(backfill, request, /*dry_run=*/true),
                           .sweep = sweep(store, policy, request.sweep, /*dry_run=*/true)};
    const base::Time now = store.now();
    const port::ClaimRequest claim{.limit =
                                       request.work.limit.value_or(std::numeric_limits<int>::max()),
                                   .stage = request.work.stage,
                                   .since = request.work.since};
    for (call::Call& call : store.peek_due(claim)) {
        auto step = pipeline::next_step(call, now, policy);
        report.planned.push_back({std::move(call), std::move(step)});
    }
    return report;
}

Reconcile::Reconcile(port::CallStore& store, Workers& workers, pipeline::Policy policy,
                     Backfill* backfill)
    : m_store{store}, m_workers{workers}, m_policy{policy}, m_backfill{backfill} {}

ReconcileReport Reconcile::run(const ReconcileRequest& request) {
    ReconcileReport report{.backfill = compare(m_backfill, request, /*dry_run=*/false),
                           .sweep = sweep(m_store, m_policy, request.sweep, /*dry_run=*/false)};
    report.work = m_workers.run(request.work);
    return report;
}

} // namespace callctl::app
