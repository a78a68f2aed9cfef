#include "app/retry.hpp"

#include <algorithm>

namespace callctl::app {

RetryReport reopen(port::CallStore& store, const RetryRequest& request) {
    RetryReport report;
    for (const base::CallSid& sid : request.calls) {
        if (std::ranges::find(report.lines, sid, &RetryLine::sid) == report.lines.end()) {
            const auto reopened = store.reopen({.sid = sid,
                                                .stage = request.stage,
                                                .force = request.force,
                                                .dry_run = request.dry_run});
            report.lines.push_back({.sid = sid, .reopened = reopened});
        }
    }
    return report;
}

Retry::Retry(port::CallStore& store, Workers& workers) : m_store{store}, m_workers{workers} {}

RetryReport Retry::run(const RetryRequest& request) {
    RetryReport report = reopen(m_store, request);
    WorkRequest work = request.work;
    for (const RetryLine& line : report.lines) {
        if (line.reopened == port::Reopened::done) {
            work.calls.push_back(line.sid);
        }
    }
    if (request.dry_run || work.calls.empty()) {
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
