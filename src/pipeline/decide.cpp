#include "pipeline/decide.hpp"

#include "call/progress.hpp"

#include <algorithm>

namespace callctl::pipeline {
namespace {

using base::Time;
using call::Call;
using call::CallFacts;
using call::Reason;
using call::RecordingState;
using call::Stage;
using call::Status;

// Twilio's codes of an absent recording (Twilio error dictionary).
constexpr int k_recording_too_short = 16101;
constexpr int k_recording_silent = 16102;

template <class Action>
Step act_or_wait(Action action, Time at, Time now, Reason reason, Status status) {
    if (at <= now) {
        return action;
    }
    return Wait{at, reason, status};
}

Step fail(Reason reason) {
    return Settle{Stage::recording, Status::failed, reason};
}

Step skip(Reason reason) {
    return Settle{Stage::recording, Status::skipped, reason};
}

// When the call ended, as far as anybody has told us.
Time end_of(const Call& call) {
    return call.facts.ended_at.value_or(call.facts.heard_at.value_or(call.created_at));
}

Time heard(const Call& call) {
    return call.facts.heard_at.value_or(call.created_at);
}

// The pause before the next look grows with the time that has passed since `since`: 1, 1.25, 1.6 s
// ... Polling stays quick while things are fresh and becomes rare while they drag on.
Time next_look(Time last, Time since, const Policy& policy) {
    const auto passed = std::chrono::duration_cast<Policy::Milliseconds>(last - since);
    const auto pause =
        std::clamp<Policy::Milliseconds>(passed / 4, std::chrono::seconds{2}, policy.pause_cap);
    return last + pause;
}

Step absent(const CallFacts& facts) {
    switch (facts.recording.error_code.value_or(0)) {
    case k_recording_too_short:
        return skip(Reason::too_short);
    case k_recording_silent:
        return skip(Reason::silent);
    default:
        return fail(Reason::absent);
    }
}

// A call that says nothing for so long is over, but that is only believed after a look at it.
bool is_expired(const Call& call, const Policy& policy) {
    const Time end = heard(call) + policy.longest_call;
    return call.facts.observed_at && *call.facts.observed_at > end;
}

bool overstays(const Call& call, Time now, const Policy& policy) {
    return now - heard(call) > policy.longest_call;
}

// Twilio's resources are eventually consistent: a call that its webhooks tell of is not unknown
// because it was not found once.
Step unknown_call(const Call& call, Time now, const Policy& policy) {
    const CallFacts& facts = call.facts;
    const Time last = facts.observed_at.value_or(now);
    const bool told_of = facts.heard_at && facts.state != call::CallState::unknown;
    const Time since = call::is_terminal(facts.state) ? end_of(call) : heard(call);
    const auto patience =
        call::is_terminal(facts.state) ? policy.settle_window : policy.longest_call;
    const bool believed =
        facts.observations >= policy.unknown_checks && (!told_of || last - since >= patience);
    if (believed) {
        return fail(Reason::not_found);
    }
    const Time at = facts.observed_at ? next_look(last, since, policy) : now;
    return act_or_wait(Observe{}, at, now, Reason::not_ready, Status::pending);
}

// A recording is known and goes on, or is being finished.
Step recording_under_way(const Call& call, Time now, const Policy& policy) {
    const CallFacts& facts = call.facts;
    const Time last = facts.observed_at.value_or(heard(call));
    if (!call::is_terminal(facts.state)) {
        if (is_expired(call, policy)) {
            return fail(Reason::expired);
        }
        return act_or_wait(Observe{}, last + policy.live_poll, now, Reason::call_live,
                           Status::recording);
    }
    const Time end = end_of(call);
    if (last - end > policy.processing_patience) { // nobody may have been there to ask since
        return fail(Reason::expired);
    }
    const Time at = last < end ? end + policy.callback_grace : next_look(last, end, policy);
    return act_or_wait(Observe{}, at, now, Reason::not_ready, Status::recording);
}

// The call is over and nobody knows of a recording.
Step ended_without_recording(const Call& call, Time now, const Policy& policy) {
    const CallFacts& facts = call.facts;
    if (call::is_unanswered(facts.state) && !facts.answered_at) {
        return skip(Reason::no_answer);
    }
    const Time end = end_of(call);
    const bool asked_since = facts.observed_at && *facts.observed_at >= end;
    if (asked_since && *facts.observed_at - end >= policy.settle_window) {
        const bool brief = facts.duration && *facts.duration < policy.shortest_recording;
        return brief ? skip(Reason::too_short) : fail(Reason::not_recorded);
    }
    const Time at =
        asked_since ? next_look(*facts.observed_at, end, policy) : end + policy.callback_grace;
    return act_or_wait(Observe{}, at, now, Reason::not_ready, Status::pending);
}

Time next_start(const CallFacts& facts, const Policy& policy) {
    const bool quick = facts.start_refusals < policy.quick_starts;
    return *facts.start_refused_at + (quick ? policy.start_retry : policy.ring_poll);
}

// The call is live or may become live, and nobody knows of a recording.
Step unrecorded_live_call(const Call& call, Time now, const Policy& policy) {
    const CallFacts& facts = call.facts;
    if (is_expired(call, policy)) {
        return fail(Reason::expired);
    }
    if (overstays(call, now, policy)) {
        return Observe{};
    }
    // TwiML that was asked for after a refusal may record the call.
    if (facts.asked_by_twiml_at > facts.start_refused_at) {
        const Time at = *facts.asked_by_twiml_at + policy.twiml_answer + policy.callback_grace;
        return act_or_wait(StartRecording{}, at, now, Reason::call_live, Status::pending);
    }
    if (facts.start_refused_at && facts.start_refusals > 0) {
        return act_or_wait(StartRecording{}, next_start(facts, policy), now, Reason::call_live,
                           Status::pending);
    }
    if (facts.state == call::CallState::in_progress || policy.start_while_ringing) {
        const bool ours_may_come = facts.direction != call::Direction::inbound;
        const auto grace = ours_may_come ? policy.twiml_grace : Policy::Milliseconds{0};
        return act_or_wait(StartRecording{}, facts.answered_at.value_or(heard(call)) + grace, now,
                           Reason::call_live, Status::pending);
    }
    const Time at = facts.observed_at ? *facts.observed_at + policy.ring_poll : now;
    return act_or_wait(Observe{}, at, now, Reason::call_live, Status::pending);
}

// The recording that we know of has no file. Another one of the call may have one: only Twilio
// knows, and its word counts once the call has been over for a while.
std::optional<Step> look_for_another(const Call& call, Time now, const Policy& policy) {
    const CallFacts& facts = call.facts;
    const Time end = end_of(call);
    const bool asked_since = facts.observed_at && *facts.observed_at >= end;
    if (facts.recording_count < 2 ||
        (asked_since && *facts.observed_at - end >= policy.settle_window)) {
        return std::nullopt;
    }
    const Time at =
        asked_since ? next_look(*facts.observed_at, end, policy) : end + policy.callback_grace;
    return act_or_wait(Observe{}, at, now, Reason::not_ready, Status::recording);
}

Step recording_step(const Call& call, Time now, const Policy& policy) {
    const CallFacts& facts = call.facts;
    if (call::is_final(facts.recording.state) &&
        facts.recording.state != RecordingState::completed) {
        if (const auto look = look_for_another(call, now, policy)) {
            return *look;
        }
    }
    switch (facts.recording.state) {
    case RecordingState::completed:
        return Settle{Stage::recording, Status::completed, std::nullopt};
    case RecordingState::absent:
        return absent(facts);
    case RecordingState::failed:
        return fail(Reason::encrypted);
    case RecordingState::deleted:
        return fail(Reason::deleted);
    case RecordingState::in_progress:
    case RecordingState::processing:
        if (facts.recording.sid || !call::is_terminal(facts.state)) {
            return recording_under_way(call, now, policy);
        }
        break; // somebody's word for it, without a name: Twilio's list decides
    case RecordingState::none:
        break;
    }
    // The host's row names a recording, whatever else it says of the call.
    if (facts.recording.sid && !facts.observed_at) {
        return Observe{};
    }
    if (facts.parent) {
        return skip(Reason::not_eligible);
    }
    if (facts.unknown_to_twilio) {
        return unknown_call(call, now, policy);
    }
    return call::is_terminal(facts.state) ? ended_without_recording(call, now, policy)
                                          : unrecorded_live_call(call, now, policy);
}

// The host's row says `completed` without naming a recording: it is looked for as if it did not,
// but none is started.
Step unnamed_recording(const Call& call, Time now, const Policy& policy) {
    Step step = recording_step(call, now, policy);
    if (const auto* const settled = std::get_if<Settle>(&step)) {
        return settled->status == Status::completed
                   ? Settle{Stage::transcript, Status::failed, Reason::not_recorded}
                   : Settle{Stage::transcript, settled->status, settled->reason};
    }
    if (std::holds_alternative<StartRecording>(step)) {
        const Time last = call.facts.observed_at.value_or(now - policy.live_poll);
        return act_or_wait(Observe{}, last + policy.live_poll, now, Reason::call_live,
                           Status::pending);
    }
    if (const auto* const wait = std::get_if<Wait>(&step)) {
        return Wait{wait->until, wait->reason, Status::pending};
    }
    return step;
}

// The file does not come, as where the host took the recording for finished: of several recordings
// another one may have its file. Not for ever, for a look counts as progress.
bool another_may_be_there(const Call& call, Time now, const Policy& policy) {
    const CallFacts& facts = call.facts;
    const Time end = end_of(call);
    return facts.recording_count > 1 && !call::is_final(facts.recording.state) &&
           call.reason == Reason::not_ready && now - end <= policy.processing_patience &&
           next_look(facts.observed_at.value_or(end), end, policy) <= now;
}

Step transcript_step(const Call& call, Time now, const Policy& policy) {
    if (call.facts.recording.state == RecordingState::deleted) {
        // A reason that stands there tells that Twilio was not asked since.
        if (call.facts.recording_count > 1 && call.reason) {
            return Observe{};
        }
        return Settle{Stage::transcript, Status::failed, Reason::deleted};
    }
    if (!call.facts.recording.sid) {
        return unnamed_recording(call, now, policy);
    }
    if (another_may_be_there(call, now, policy)) {
        return Observe{};
    }
    return Transcribe{*call.facts.recording.sid};
}

Step summary_step(const Call& call) {
    const std::string& text = call.transcript.empty() ? call.live_transcript : call.transcript;
    if (text.find_first_not_of(" \t\r\n") == std::string::npos) {
        return Settle{Stage::summary, Status::skipped, Reason::no_speech};
    }
    return Summarise{};
}

} // namespace

Step next_step(const Call& call, Time now, const Policy& policy) {
    const auto stage = call::open_stage(call);
    if (!stage || !call.due_at) {
        return Rest{};
    }
    if (call.crashes >= policy.max_crashes) {
        return Settle{*stage, Status::failed, Reason::crashed};
    }
    // A back-off is under way: only the recording stage may have its own reasons to be quicker.
    if (*call.due_at > now && *stage != Stage::recording) {
        return Wait{*call.due_at, call.reason.value_or(Reason::not_ready),
                    call.status(*stage).value_or(Status::pending)};
    }
    switch (*stage) {
    case Stage::recording:
        return recording_step(call, now, policy);
    case Stage::transcript:
        return transcript_step(call, now, policy);
    case Stage::summary:
        return summary_step(call);
    }
    return Rest{}; // GCOV_EXCL_LINE: every stage has its case
}

} // namespace callctl::pipeline
