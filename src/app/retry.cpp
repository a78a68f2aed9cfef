#include "app/retry.hpp"

#include "call/progress.hpp"
#include "pipeline/decide.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

namespace callctl::app {
namespace {

using port::Reopened;

/// Calls that share a commit; their texts are in memory meanwhile.
constexpr std::size_t k_page = 100;

std::optional<call::Reason> reason_of(const port::ReopenedCall& result) {
    return result.before ? result.before->reason : std::nullopt;
}

void note(RetryLine& line, port::ReopenedCall result) {
    line.reopened = result.what;
    line.reason = reason_of(result);
    line.refusal = std::move(result.refusal);
}

// The calls of a page after the other; ends early when `judge` says so.
template <class Judge>
void in_pages(const std::vector<port::NamedCall>& calls, const Judge& judge) {
    const std::span<const port::NamedCall> all{calls};
    for (std::size_t begin = 0; begin < all.size(); begin += k_page) {
        if (!judge(all.subspan(begin, std::min(k_page, all.size() - begin)))) {
            return;
        }
    }
}

RetryOutcome outcome_of(Reopened reopened) {
    switch (reopened) {
    case Reopened::done:
        return RetryOutcome::reopened;
    case Reopened::unknown_call:
        return RetryOutcome::unknown_call;
    case Reopened::busy:
        return RetryOutcome::busy;
    case Reopened::locked:
        return RetryOutcome::locked;
    case Reopened::permanent:
        return RetryOutcome::permanent;
    case Reopened::too_early:
        return RetryOutcome::too_early;
    case Reopened::changed:
        return RetryOutcome::changed;
    case Reopened::refused:
        return RetryOutcome::refused;
    case Reopened::row_deleted:
        return RetryOutcome::row_deleted;
    }
    return RetryOutcome::refused; // GCOV_EXCL_LINE: each has its case
}

RetryOutcome outcome_of(const call::Call& left) {
    if (left.due_at) {
        return RetryOutcome::waiting;
    }
    switch (left.status(left.stage).value_or(call::Status::pending)) {
    case call::Status::completed:
        return RetryOutcome::completed;
    case call::Status::skipped:
        return RetryOutcome::skipped;
    default: // a row that the host has deleted is nothing to do
        return call::end_of(left.reason) == call::Status::skipped ? RetryOutcome::skipped
                                                                  : RetryOutcome::gave_up;
    }
}

RetryLine planned(const base::CallSid& sid, port::ReopenedCall result, call::Stage stage,
                  base::Time now, const pipeline::Policy& policy, const pipeline::Prices& prices) {
    RetryLine line{.sid = sid, .reopened = result.what, .reason = reason_of(result)};
    if (result.what == Reopened::done) {
        call::set_back(*result.before, stage, now);
        line.forecast =
            pipeline::forecast(*result.before, pipeline::next_step(*result.before, now, policy),
                               prices, /*only=*/std::nullopt);
    }
    return line;
}

} // namespace

RetryOutcome outcome_of(const RetryLine& line) {
    if (!line.reopened) {
        return RetryOutcome::not_begun;
    }
    if (line.call) {
        return outcome_of(*line.call);
    }
    if (line.failed) {
        return RetryOutcome::failed;
    }
    return line.taken ? RetryOutcome::taken : outcome_of(*line.reopened);
}

RetryTotals totals_of(const RetryReport& report) {
    RetryTotals totals;
    std::map<std::pair<RetryOutcome, std::optional<call::Reason>>, int> counts;
    for (const RetryLine& line : report.lines) {
        const RetryOutcome outcome = outcome_of(line);
        const bool begun = outcome != RetryOutcome::not_begun;
        ++counts[{outcome, line.call ? line.call->reason : line.reason}];
        totals.changed += is_change(outcome) ? 1 : 0;
        totals.skipped += begun && !is_change(outcome) ? 1 : 0;
        totals.not_begun += begun ? 0 : 1;
        totals.forecast = pipeline::added(totals.forecast, line.forecast);
    }
    for (const auto& [key, calls] : counts) {
        totals.counts.push_back({key.first, key.second, calls});
    }
    return totals;
}

RetryReport plan(port::CallStore& store, const pipeline::Policy& policy,
                 const pipeline::Prices& prices, const RetryRequest& request) {
    RetryReport report;
    const base::Time now = store.now();
    const call::Stage stage = request.reopening.stage;
    in_pages(request.calls, [&](std::span<const port::NamedCall> page) {
        auto results = store.reopen(page, {request.reopening, /*dry_run=*/true});
        for (std::size_t i = 0; i < page.size(); ++i) {
            report.lines.push_back(
                planned(page[i].sid, std::move(results[i]), stage, now, policy, prices));
        }
        return true;
    });
    return report;
}

RetryReport reopen(port::CallStore& store, port::Clock& clock, const RetryRequest& request) {
    RetryReport report;
    for (const port::NamedCall& call : request.calls) {
        report.lines.push_back({.sid = call.sid});
    }
    std::size_t done = 0;
    const auto reopen_page = [&](std::span<const port::NamedCall> page) {
        for (auto& result : store.reopen(page, {request.reopening})) {
            note(report.lines[done++], std::move(result));
        }
        if (request.progress) {
            request.progress(done);
        }
        return !clock.stopping();
    };
    try {
        in_pages(request.calls, reopen_page);
    } catch (const std::exception&) {
        // The pages before are committed, and an operator has to know of them.
        report.fault = std::current_exception();
    }
    return report;
}

// For one call that an operator insists on: what closed the providers may be mended, and they are
// tried as when their pause was over, by one request.
void Retry::end_pauses(call::Stage stage) {
    for (const port::ProviderState& state : m_store.providers()) {
        const bool is_asked =
            stage != call::Stage::summary || state.provider == call::Provider::summary;
        if (state.closed_until && is_asked) {
            m_store.end_probe(state.provider, *state.closed_until, std::chrono::milliseconds{0});
        }
    }
}

Retry::Retry(port::CallStore& store, Workers& workers) : m_store{store}, m_workers{workers} {}

RetryReport Retry::run(const RetryRequest& request) {
    RetryReport report;
    std::map<base::CallSid, std::size_t> places;
    WorkRequest work = request.work;
    for (const port::NamedCall& call : request.calls) {
        places.emplace(call.sid, report.lines.size());
        report.lines.push_back({.sid = call.sid});
        work.calls.push_back(call.sid);
    }
    if (work.calls.empty()) {
        return report;
    }
    std::mutex mutex;
    work.prepare = [&](const base::CallSid& sid) {
        const std::size_t place = places.at(sid);
        auto result =
            m_store.reopen(std::span{request.calls}.subspan(place, 1), {request.reopening}).at(0);
        const bool is_ours = result.what == Reopened::done;
        if (is_ours && request.reopening.take_over && request.calls.size() == 1) {
            end_pauses(request.reopening.stage);
        }
        const std::scoped_lock lock{mutex};
        note(report.lines[place], std::move(result));
        return is_ours;
    };
    report.work = m_workers.try_run(work);
    report.fault = report.work.fault;
    NamedCalls named = std::exchange(report.work.named, {});
    for (call::Call& call : named.driven) {
        report.lines[places.at(call.sid)].call = std::move(call);
    }
    for (const base::CallSid& sid : named.failed) {
        report.lines[places.at(sid)].failed = true;
    }
    for (const base::CallSid& sid : named.taken) {
        report.lines[places.at(sid)].taken = true;
    }
    return report;
}

} // namespace callctl::app
