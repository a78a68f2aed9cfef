#include "app/reconcile.hpp"

#include "app/news_given_up.hpp"
#include "app/spool_replay.hpp"
#include "pipeline/decide.hpp"
#include "pipeline/news.hpp"

#include <algorithm>
#include <cstdint>
#include <exception>
#include <iterator>
#include <limits>
#include <utility>

namespace callctl::app {
namespace {

port::CallStore::DecideNews decision(const pipeline::Policy& policy) {
    return [policy](const call::Call& call, const call::CallFacts& news, base::Time now) {
        return pipeline::on_news(call, news, now, policy);
    };
}

} // namespace

ReconcileReport plan(port::CallStore& store, const pipeline::Policy& policy,
                     const ReconcileRequest& request, Backfill* backfill, port::Spool* spool) {
    ReconcileReport report;
    std::vector<call::Delivery> news;
    if (spool != nullptr) {
        const std::size_t depth = spool->depth().records; // those that cannot be read among them
        news = SpoolReplay{store, *spool, decision(policy)}.waiting(depth);
        report.from_spool = depth;
    }
    if (request.backfill) {
        report.backfill = backfill->rehearse(*request.backfill, news);
    }
    port::RehearsalRequest pass{
        .sweep = request.sweep,
        .claim = {.limit = request.work.limit.value_or(std::numeric_limits<int>::max()),
                  .stage = request.work.stage,
                  .since = request.work.since}};
    if (report.backfill) {
        std::ranges::copy(report.backfill->news, std::back_inserter(news));
    }
    pass.news = news;
    port::Rehearsal rehearsal = store.rehearse(pass, decision(policy));
    report.sweep = std::move(rehearsal.sweep);
    const base::Time now = store.now();
    std::int64_t cost_micros = 0;
    for (call::Call& call : rehearsal.due) {
        if (report.work.out_of_money) {
            break;
        }
        auto step = pipeline::next_step(call, now, policy);
        const auto forecast = pipeline::forecast(call, step, request.prices, request.work.stage);
        cost_micros += forecast.cost_micros;
        report.work.out_of_money =
            request.work.max_cost_micros && cost_micros >= *request.work.max_cost_micros;
        report.planned.push_back({std::move(call), std::move(step), forecast});
    }
    return report;
}

pipeline::Forecast total_of(const ReconcileReport& report) {
    pipeline::Forecast total;
    for (const PlannedStep& plan : report.planned) {
        total = pipeline::added(total, plan.forecast);
    }
    return total;
}

Reconcile::Reconcile(port::CallStore& store, Workers& workers, pipeline::Policy policy,
                     Backfill* backfill, port::Spool* spool)
    : m_store{store}, m_workers{workers}, m_policy{policy}, m_backfill{backfill}, m_spool{spool} {}

ReconcileReport Reconcile::run(const ReconcileRequest& request) {
    ReconcileReport report = try_run(request);
    if (report.work.fault) {
        std::rethrow_exception(report.work.fault);
    }
    return report;
}

ReconcileReport Reconcile::try_run(const ReconcileRequest& request) {
    ReconcileReport report;
    try {
        find(request, report);
    } catch (...) {
        if (report.from_spool == 0 && !report.backfill) {
            throw;
        }
        report.work.fault = std::current_exception();
        return report;
    }
    report.work = m_workers.try_run(request.work);
    return report;
}

void Reconcile::find(const ReconcileRequest& request, ReconcileReport& report) {
    NewsGivenUp given_up;
    if (m_spool != nullptr) {
        report.from_spool = SpoolReplay{m_store, *m_spool, given_up.noting(m_policy)}.all();
    }
    report.gave_up_by_news = given_up.calls();
    if (request.backfill) {
        report.backfill = m_backfill->run(*request.backfill);
        report.gave_up_by_news += report.backfill->gave_up;
    }
    NewsGivenUp kept;
    report.sweep = m_store.sweep(request.sweep, kept.noting(m_policy));
    report.gave_up_by_news += kept.calls();
}

} // namespace callctl::app
