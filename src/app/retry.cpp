#include "app/retry.hpp"

#include <algorithm>

namespace callctl::app {

Retry::Retry(port::CallStore& store, Workers& workers) : m_store{store}, m_workers{workers} {}

RetryReport Retry::run(const RetryRequest& request) {
    RetryReport report;
    WorkRequest work = request.work;
    for (const base::CallSid& sid : request.calls) {
        if (std::ranges::find(report.lines, sid, &RetryLine::sid) != report.lines.end()) {
            continue;
        }
        const auto reopened = m_store.reopen({.sid = sid,
                                              .stage = request.stage,
                                              .force = request.force,
                                              .dry_run = request.dry_run});
        report.lines.push_back({.sid = sid, .reopened = reopened});
        if (reopened == port::Reopened::done) {
            work.calls.push_back(sid);
        }
    }
    if (request.dry_run || request.enqueue || work.calls.empty()) {
        return report;
    }
    report.work = m_workers.run(work);
    for (call::Call& call : report.work.calls) {
        const auto line = std::ranges::find(report.lines, call.sid, &RetryLine::sid);
        line->call = std::move(call);
    }
    report.work.calls.clear();
    return report;
}

} // namespace callctl::app
