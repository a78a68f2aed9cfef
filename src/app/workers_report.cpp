#include "app/workers_report.hpp"

#include "call/progress.hpp"

namespace callctl::app {
namespace {

int* place_of(WorkReport& report, const std::optional<call::Call>& call) {
    if (!call) {
        return nullptr;
    }
    if (call->due_at) {
        return &report.waiting;
    }
    switch (call->status(call->stage).value_or(call::Status::pending)) {
    case call::Status::completed:
        return &report.completed;
    case call::Status::skipped:
        return &report.skipped;
    default: // a row that the host has deleted is nothing to do
        return call::end_of(call->reason) == call::Status::skipped ? &report.skipped
                                                                   : &report.gave_up;
    }
}

} // namespace

void count_costs(WorkReport& report, const DriveReport& drive) {
    report.requests += drive.requests;
    report.cost_micros += drive.cost_micros;
}

void count(WorkReport& report, CountedPlaces& places, base::CallId call, const DriveReport& drive,
           WorkRequest::Until until) {
    report.superseded += drive.superseded ? 1 : 0;
    report.handed_back += drive.handed_back ? 1 : 0;
    if (until == WorkRequest::Until::stopped) {
        return;
    }
    const auto [known, is_new] = places.try_emplace(call, nullptr);
    report.driven += is_new ? 1 : 0;
    if (known->second != nullptr) {
        --*known->second;
    }
    known->second = place_of(report, drive.call);
    if (known->second != nullptr) {
        ++*known->second;
    }
}

call::Call without_texts(call::Call call) {
    call.transcript = {};
    call.live_transcript = {};
    call.summary = {};
    return call;
}

} // namespace callctl::app
