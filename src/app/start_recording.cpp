#include "app/start_recording.hpp"

#include "base/text.hpp"
#include "pipeline/outcome.hpp"

#include <algorithm>
#include <array>

namespace callctl::app {
namespace {

using std::chrono::milliseconds;

// Between two looks at a call that another worker holds.
constexpr milliseconds k_look_again{200};

StartResult result_of(const call::Call& call) {
    switch (call.facts.recording.state) {
    case call::RecordingState::in_progress:
        return StartResult::recording;
    case call::RecordingState::processing:
        // A plain GET says `processing` of a recording that goes on, too.
        return call::is_terminal(call.facts.state) ? StartResult::recorded : StartResult::recording;
    case call::RecordingState::completed:
        return StartResult::recorded;
    default:
        break;
    }
    switch (call.status(call::Stage::recording).value_or(call::Status::pending)) {
    case call::Status::completed:
        return StartResult::recorded;
    case call::Status::skipped:
        return StartResult::nothing;
    case call::Status::failed:
        return call.due_at ? StartResult::not_live_yet : StartResult::gave_up;
    default:
        return StartResult::not_live_yet;
    }
}

} // namespace

StartRecording::StartRecording(port::CallStore& store, StepRunner& runner, Workers& workers,
                               port::Clock& clock, pipeline::Policy policy)
    : m_store{store}, m_runner{runner}, m_workers{workers}, m_clock{clock}, m_policy{policy} {}

// A call that we have not heard of is asked for at Twilio and then scheduled like one that called
// in.
std::optional<StartReport> StartRecording::make_known(const StartRequest& request) {
    if (m_store.find(request.sid)) {
        return std::nullopt;
    }
    const base::Time now = m_store.now();
    const call::Call blank{.sid = request.sid, .due_at = now, .created_at = now};
    const auto seen = m_runner.run(pipeline::Observe{}, blank, now);
    if (!seen.outcome) {
        return StartReport{.result = StartResult::failed, .detail = seen.outcome.error().detail};
    }
    call::CallFacts facts = seen.outcome->facts;
    if (facts.unknown_to_twilio) {
        return StartReport{.result = StartResult::unknown_call};
    }
    if (request.dry_run) {
        call::Call call = blank;
        call.facts = facts;
        return StartReport{.result = result_of(call), .call = call};
    }
    facts.heard_at = now;
    const std::string route = "start-recording";
    const std::array deliveries{call::Delivery{.route = route,
                                               .digest = base::sha256(route + request.sid.str()),
                                               .sid = request.sid,
                                               .news = facts}};
    m_store.ingest(deliveries,
                   [this](const call::Call& call, const call::CallFacts& news, base::Time at) {
                       return pipeline::on_news(call, news, at, m_policy);
                   });
    return std::nullopt;
}

StartReport StartRecording::look(const base::CallSid& sid) {
    auto call = m_store.find(sid);
    if (!call) {
        return {.result = StartResult::unknown_call};
    }
    StartReport report{.result = result_of(*call), .detail = call->detail};
    if (report.result == StartResult::not_live_yet && call->reason &&
        *call->reason != call::Reason::call_live && *call->reason != call::Reason::not_ready) {
        report.result = StartResult::failed;
    }
    report.call = std::move(call);
    return report;
}

void StartRecording::pause_until_due(const std::optional<call::Call>& call, milliseconds left) {
    milliseconds pause = k_look_again;
    if (call && call->due_at) {
        pause = std::clamp(std::chrono::duration_cast<milliseconds>(*call->due_at - m_store.now()),
                           milliseconds{20}, k_look_again * 5);
    }
    // A stop ends the wait; the loop sees it.
    static_cast<void>(m_clock.wait(std::min(pause, left)));
}

StartReport StartRecording::run(const StartRequest& request) {
    const auto started = m_clock.monotonic();
    if (auto answer = make_known(request)) {
        return *answer;
    }
    // Known answers need no work; a call that is past its recording is not driven any further here.
    if (auto report = look(request.sid);
        request.dry_run ||
        (report.result != StartResult::not_live_yet && report.result != StartResult::failed)) {
        return report;
    }
    while (true) {
        m_workers.run({.calls = {request.sid},
                       .worker = request.worker,
                       .concurrency = 1,
                       .stage = call::Stage::recording});
        StartReport report = look(request.sid);
        const auto left =
            request.wait - std::chrono::duration_cast<milliseconds>(m_clock.monotonic() - started);
        if (report.result != StartResult::not_live_yet || left <= milliseconds{0} ||
            m_clock.stopping()) {
            return report;
        }
        pause_until_due(report.call, left);
    }
}

} // namespace callctl::app
