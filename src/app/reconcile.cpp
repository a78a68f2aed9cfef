#include "app/reconcile.hpp"

#include "pipeline/decide.hpp"
#include "pipeline/outcome.hpp"

#include <limits>

namespace callctl::app {

Reconcile::Reconcile(port::CallStore& store, Workers& workers, pipeline::Policy policy)
    : m_store{store}, m_workers{workers}, m_policy{policy} {}

std::vector<PlannedStep> Reconcile::plan(const WorkRequest& request) {
    const base::Time now = m_store.now();
    std::vector<PlannedStep> planned;
    const port::ClaimRequest claim{.limit = request.limit.value_or(std::numeric_limits<int>::max()),
                                   .stage = request.stage,
                                   .since = request.since};
    for (call::Call& call : m_store.peek_due(claim)) {
        auto step = pipeline::next_step(call, now, m_policy);
        planned.push_back({std::move(call), std::move(step)});
    }
    return planned;
}

ReconcileReport Reconcile::run(const ReconcileRequest& request) {
    ReconcileReport report;
    const auto decide = [this](const call::Call& call, const call::CallFacts& news,
                               base::Time now) {
        return pipeline::on_news(call, news, now, m_policy);
    };
    report.sweep = m_store.sweep(request.sweep, decide, request.dry_run);
    if (request.dry_run) {
        report.planned = plan(request.work);
    } else {
        report.work = m_workers.run(request.work);
    }
    return report;
}

} // namespace callctl::app
