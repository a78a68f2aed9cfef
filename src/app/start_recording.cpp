#include "app/start_recording.hpp"

#include "base/digest.hpp"
#include "base/exception.hpp"
#include "pipeline/news.hpp"

#include <algorithm>
#include <array>

namespace callctl::app {
namespace {

using std::chrono::milliseconds;

// Between two looks at a call that another worker holds.
constexpr milliseconds k_look_again{200};
// Longest pause between two looks, and the pause after a question that failed.
constexpr milliseconds k_longest_pause{1000};

StartResult result_of(call::Reason failure) {
    return call::class_of(failure) == call::ReasonClass::account ? StartResult::account
                                                                 : StartResult::failed;
}

// Nothing is wrong, but it takes time.
StartResult unrecorded(call::CallState state) {
    if (call::is_terminal(state)) {
        return StartResult::looked_for;
    }
    return state == call::CallState::in_progress ? StartResult::not_recorded_yet
                                                 : StartResult::not_live_yet;
}

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
    default:
        break;
    }
    if (call.facts.unknown_to_twilio) {
        return StartResult::unknown_call;
    }
    if (call.status(call::Stage::recording) == call::Status::failed && !call.due_at) {
        return StartResult::gave_up;
    }
    const bool rings = !call.reason || *call.reason == call::Reason::call_live ||
                       *call.reason == call::Reason::not_ready;
    return rings ? unrecorded(call.facts.state) : result_of(*call.reason);
}

// Nothing that is done now would change the answer.
bool is_settled(const StartReport& report) {
    switch (report.result) {
    case StartResult::recording:
    case StartResult::recorded:
    case StartResult::nothing:
    case StartResult::gave_up:
    case StartResult::not_taken:
        return true;
    case StartResult::unknown_call:
        return !report.call || !report.call->due_at;
    case StartResult::not_live_yet:
    case StartResult::not_recorded_yet:
    case StartResult::looked_for:
    case StartResult::account:
    case StartResult::failed:
        break;
    }
    return false;
}

// Of a call that nobody holds.
class NoShelf : public port::PieceShelf {
  public:
    [[nodiscard]] std::optional<call::Piece> find(call::Stage /*stage*/,
                                                  const std::string& /*key*/) override {
        return std::nullopt;
    }
    [[nodiscard]] bool keep(const call::Piece& /*piece*/) override { return false; }
};

// Its row is there, and nobody has told of the call or asked about it.
bool is_unheard_of(const call::Call& call) {
    return call.due_at && call.facts.state == call::CallState::unknown &&
           call.facts.recording.state == call::RecordingState::none;
}

bool is_failure(const StartReport& report) {
    return report.result == StartResult::failed || report.result == StartResult::account;
}

} // namespace

StartRecording::StartRecording(port::CallStore& store, StepRunner& runner, Workers& workers,
                               port::Clock& clock, pipeline::Policy policy)
    : m_store{store}, m_runner{runner}, m_workers{workers}, m_clock{clock}, m_policy{policy} {}

// A call that we have not heard of is asked for at Twilio and then scheduled like one that called
// in; so is one that Twilio cannot be asked about now, or nobody would come back to it.
std::optional<StartReport> StartRecording::make_known(const StartRequest& request) {
    const auto stored = m_store.find(request.sid);
    if (stored && !(request.dry_run && is_unheard_of(*stored))) {
        return std::nullopt;
    }
    const base::Time now = m_store.now();
    const auto before = stored.value_or(call::Call{.sid = request.sid, .created_at = now});
    NoShelf shelf;
    const auto seen = m_runner.run(pipeline::Observe{}, before, now, shelf, {});
    call::CallFacts facts = seen.outcome ? seen.outcome->facts : call::CallFacts{};
    if (facts.unknown_to_twilio) {
        return StartReport{.result = StartResult::unknown_call};
    }
    facts.heard_at = now;
    std::optional<call::Call> known;
    if (!request.dry_run) {
        known = take_up(request, facts);
        if (!known) {
            return StartReport{.result = StartResult::not_taken};
        }
    }
    if (!seen.outcome) {
        const call::Failure& failure = seen.outcome.error();
        return StartReport{.result = result_of(failure.reason),
                           .call = std::move(known),
                           .detail = failure.detail};
    }
    if (request.dry_run) {
        call::Call call = before;
        call.facts = call::merged(call.facts, facts);
        return StartReport{.result = result_of(call), .call = call};
    }
    return std::nullopt;
}

// The call, unless call_log takes no row of it. Where the application is about to insert the row
// itself, its transaction has to end first.
std::optional<call::Call> StartRecording::take_up(const StartRequest& request,
                                                  const call::CallFacts& facts) {
    const auto started = m_clock.monotonic();
    while (true) {
        const bool locked = schedule(request.sid, facts).locked > 0;
        auto known = m_store.find(request.sid);
        if (known || !locked) {
            return known;
        }
        if (m_clock.monotonic() - started >= request.wait || !m_clock.wait(k_look_again)) {
            throw base::StoreBusyError{
                "somebody holds the row of this call in call_log, so that it is not known yet",
                "a transaction of the application that inserts it; repeat the command, or give it "
                "a --wait; the next reconcile takes the call up"};
        }
    }
}

port::IngestReport StartRecording::schedule(const base::CallSid& sid,
                                            const call::CallFacts& facts) {
    const std::string route = "start-recording";
    const std::array deliveries{call::Delivery{
        .route = route, .digest = base::sha256(route + sid.str()), .sid = sid, .news = facts}};
    return m_store.ingest(
        deliveries, [this](const call::Call& call, const call::CallFacts& news, base::Time at) {
            return pipeline::on_news(call, news, at, m_policy);
        });
}

StartReport StartRecording::look(const base::CallSid& sid) {
    auto call = m_store.find(sid);
    if (!call) {
        return {.result = StartResult::unknown_call};
    }
    StartReport report{.result = result_of(*call), .detail = call->detail};
    if (is_failure(report) && call->reason == call::Reason::provider_closed) {
        explain_breaker(report);
    }
    report.call = std::move(call);
    return report;
}

// What opened the breaker is what the operator can do something about.
void StartRecording::explain_breaker(StartReport& report) {
    for (const port::ProviderState& state : m_store.providers()) {
        if (state.provider == call::Provider::twilio && state.reason) {
            report.result = result_of(*state.reason);
            report.detail = state.detail;
        }
    }
}

// \pre report.result is not settled
void StartRecording::drive(const StartRequest& request, StartReport& report) {
    m_workers.run({.calls = {request.sid},
                   .worker = request.worker,
                   .concurrency = 1,
                   .stage = call::Stage::recording});
    report = look(request.sid);
}

void StartRecording::pause(const StartReport& report, milliseconds left) {
    milliseconds pause = is_failure(report) ? k_longest_pause : k_look_again;
    if (report.call && report.call->due_at && *report.call->due_at > m_store.now()) {
        pause = std::clamp(
            std::chrono::duration_cast<milliseconds>(*report.call->due_at - m_store.now()),
            milliseconds{20}, k_longest_pause);
    }
    // A stop ends the wait; the loop sees it.
    static_cast<void>(m_clock.wait(std::min(pause, left)));
}

StartReport StartRecording::run(const StartRequest& request) {
    const auto started = m_clock.monotonic();
    const auto asked = make_known(request);
    StartReport report = asked ? *asked : look(request.sid);
    // Twilio, asked a moment ago, is not asked again before a pause.
    bool may_drive = !asked;
    // Known answers need no work; a call that is past its recording is not driven any further here.
    while (!request.dry_run && !is_settled(report)) {
        if (may_drive) {
            drive(request, report);
        }
        const auto left =
            request.wait - std::chrono::duration_cast<milliseconds>(m_clock.monotonic() - started);
        if (is_settled(report) || report.result == StartResult::account ||
            left <= milliseconds{0} || m_clock.stopping()) {
            break;
        }
        pause(report, left);
        report = look(request.sid);
        // A call that rings may be tried at any time; after a failure its back-off holds.
        may_drive = !is_failure(report) || !report.call || !report.call->due_at ||
                    *report.call->due_at <= m_store.now();
    }
    return report;
}

pipeline::Policy eager(pipeline::Policy policy) {
    policy.start_while_ringing = true;
    policy.twiml_grace = {}; // whoever asks by name knows that no TwiML records the call
    policy.backoff_base = std::chrono::seconds{2};
    return policy;
}

} // namespace callctl::app
