#include "pipeline/outcome.hpp"

#include "call/progress.hpp"
#include "pipeline/decide.hpp"

#include <algorithm>

namespace callctl::pipeline {
namespace {

using base::Time;
using call::Call;
using call::Change;
using call::Failure;
using call::Reason;
using call::ReasonClass;
using call::Stage;
using call::Status;

std::size_t index(Stage stage) {
    return static_cast<std::size_t>(stage);
}

Change unchanged(const Call& call) {
    return Change{.stage = call.stage,
                  .reason = call.reason,
                  .detail = call.detail,
                  .attempts = call.attempts,
                  .crashes = call.crashes,
                  .due_at = call.due_at,
                  .seen_news = call.news};
}

void set_status(Change& change, const Call& call, Stage stage, Status status) {
    if (call.status(stage) != status) {
        change.statuses[index(stage)] = status;
    }
}

// A stage is done: the next one that is not begins, with a clean slate, now.
void move_on(Change& change, const Call& call, Stage done, Time now) {
    change.reason = std::nullopt;
    change.detail.clear();
    change.attempts = 0;
    change.crashes = 0;
    change.due_at = std::nullopt;
    change.stage = done;
    for (std::size_t i = index(done) + 1; i < call::k_stages.size(); ++i) {
        const Stage stage = call::k_stages[i];
        const auto status = call.status(stage);
        if ((!status || !call::is_done(*status)) && !change.due_at) {
            change.stage = stage;
            change.due_at = now;
        }
    }
}

void skip_from(Change& change, const Call& call, Stage first, std::optional<Reason> reason) {
    for (std::size_t i = index(first); i < call::k_stages.size(); ++i) {
        if (call.status(call::k_stages[i]) != Status::completed) {
            set_status(change, call, call::k_stages[i], Status::skipped);
        }
    }
    change.stage = first;
    change.reason = reason;
    change.due_at = std::nullopt;
}

void give_up(Change& change, const Call& call, Stage stage, std::optional<Reason> reason) {
    set_status(change, call, stage, Status::failed);
    change.stage = stage;
    change.reason = reason;
    change.due_at = std::nullopt;
}

void settle(Change& change, const Call& call, const Settle& step, Time now) {
    change.detail.clear();
    if (step.status == Status::completed) {
        set_status(change, call, step.stage, Status::completed);
        move_on(change, call, step.stage, now);
    } else if (step.status == Status::skipped) {
        skip_from(change, call, step.stage, step.reason);
    } else {
        give_up(change, call, step.stage, step.reason);
    }
}

Stage stage_of(const Call& call) {
    return call::open_stage(call).value_or(call.stage);
}

// What a stage shows while it waits for its next try.
Status waiting_status(const Call& call, Stage stage, ReasonClass reason_class) {
    if (stage == Stage::recording) {
        // A question to Twilio that failed says nothing about the recording itself.
        const auto status = call.status(stage);
        return status == Status::recording ? Status::recording : Status::pending;
    }
    return reason_class == ReasonClass::transient ? Status::failed : Status::pending;
}

Policy::Milliseconds since_end(const Call& call, Time now) {
    const Time end = call.facts.ended_at.value_or(call.facts.heard_at.value_or(call.created_at));
    return std::chrono::duration_cast<Policy::Milliseconds>(now - end);
}

// Right after a recording's end its file is asked for often, later rarely.
Time media_retry(const Call& call, const Failure& failure, const Circumstances& given) {
    const auto pause = std::clamp<Policy::Milliseconds>(
        since_end(call, given.now) / 4, std::chrono::seconds{1}, given.policy.pause_cap);
    return given.now + std::max(pause, failure.retry_after.value_or(pause));
}

void try_again(Change& change, const Call& call, Stage stage, const Failure& failure, Time at) {
    set_status(change, call, stage, waiting_status(call, stage, call::class_of(failure.reason)));
    change.stage = stage;
    change.reason = failure.reason;
    change.due_at = at;
}

void fail_attempt(Change& change, const Call& call, Stage stage, const Failure& failure,
                  const Circumstances& given) {
    change.attempts = call.attempts + 1;
    if (change.attempts >= given.policy.attempts_of(stage)) {
        const bool never_came = failure.reason == Reason::not_ready;
        give_up(change, call, stage, never_came ? Reason::not_found : failure.reason);
        return;
    }
    try_again(change, call, stage, failure,
              given.now +
                  backoff(change.attempts, failure.retry_after, given.chance, given.policy));
}

void wait_for_media(Change& change, const Call& call, Stage stage, const Failure& failure,
                    const Circumstances& given) {
    if (since_end(call, given.now) > given.policy.processing_patience) {
        fail_attempt(change, call, stage, failure, given);
    } else {
        try_again(change, call, stage, failure, media_retry(call, failure, given));
    }
}

// The work is done again from its beginning, and a full disk stays full for a while.
Policy::Milliseconds pause_of_this_host(const Call& call, const Circumstances& given) {
    return std::clamp<Policy::Milliseconds>(since_end(call, given.now) / 4,
                                            given.policy.first_pause, given.policy.pause_cap);
}

void wait_for_provider(Change& change, const Call& call, Stage stage, const Failure& failure,
                       const Circumstances& given) {
    if (failure.reason == Reason::interrupted) { // by ourselves: the next worker goes on at once
        try_again(change, call, stage, failure, given.now);
        return;
    }
    const auto pause = failure.reason == Reason::local_fault
                           ? pause_of_this_host(call, given)
                           : provider_pause(failure, given.provider_failures + 1, given.policy)
                                 .value_or(failure.retry_after.value_or(given.policy.first_pause));
    try_again(change, call, stage, failure,
              given.now + backoff(1, pause, given.chance, given.policy));
}

bool is_outage(const Call& call, const Failure& failure, const Circumstances& given) {
    return is_provider_failure(failure.reason) &&
           given.provider_failures + 1 >= given.policy.failures_to_close &&
           since_end(call, given.now) <= given.policy.outage_patience;
}

/// Nothing was sent, or not the last request, or that was refused: no recording begins by it.
bool started_nothing(const Failure& failure, const Usage& usage) {
    constexpr int k_request_timeout = 408;
    const bool refused = failure.http_status >= 400 && failure.http_status < 500 &&
                         failure.http_status != k_request_timeout;
    return usage.requests == 0 || refused || failure.reason == Reason::provider_closed;
}

void after_failure(Change& change, const Call& call, const Failure& failure,
                   const Circumstances& given) {
    const Stage stage = stage_of(call);
    change.detail = failure.detail;
    switch (call::class_of(failure.reason)) {
    case ReasonClass::wait:
        if (failure.reason == Reason::not_ready) {
            wait_for_media(change, call, stage, failure, given);
            break;
        }
        [[fallthrough]];
    case ReasonClass::account:
        wait_for_provider(change, call, stage, failure, given);
        break;
    case ReasonClass::transient:
        if (is_outage(call, failure, given)) {
            wait_for_provider(change, call, stage, failure, given);
        } else {
            fail_attempt(change, call, stage, failure, given);
        }
        break;
    case ReasonClass::permanent:
        if (failure.reason == Reason::deleted && call.facts.recording_count > 1) {
            // Another one may be there: Twilio is asked before this is the last word.
            change.facts.recording = {.sid = call.facts.recording.sid,
                                      .state = call::RecordingState::deleted};
            try_again(change, call, stage, failure, given.now);
            break;
        }
        give_up(change, call, stage, failure.reason);
        break;
    case ReasonClass::nothing:
        skip_from(change, call, stage, failure.reason);
        break;
    }
}

void after_success(Change& change, const Call& call, const Step& step, const Learnt& learnt,
                   Time now) {
    change.facts = learnt.facts;
    const auto refused_at = learnt.facts.start_refused_at;
    if (refused_at && refused_at != call.facts.start_refused_at) {
        change.facts.start_refused_at = now; // it was asked for later than the step was decided
    }
    change.artefacts = learnt.artefacts;
    change.detail.clear();
    if (std::holds_alternative<Transcribe>(step)) {
        settle(change, call, Settle{Stage::transcript, Status::completed, std::nullopt}, now);
    } else if (std::holds_alternative<Summarise>(step)) {
        settle(change, call, Settle{Stage::summary, Status::completed, std::nullopt}, now);
    } else {
        // Facts were gathered; what they mean is the next decision's, but for the one that is
        // always the same, which need not be written apart.
        change.reason = std::nullopt;
        change.attempts = 0;
        change.crashes = 0; // it got further, as after any stage
        change.due_at = now;
        if (stage_of(call) == Stage::recording &&
            call::merged(call.facts, learnt.facts).recording.state ==
                call::RecordingState::completed) {
            settle(change, call, Settle{Stage::recording, Status::completed, std::nullopt}, now);
        }
    }
}

call::AttemptEnd attempt_end(const call::Outcome<Learnt>& outcome, const Usage& usage, bool burnt) {
    call::AttemptEnd end{.request_id = usage.request_id,
                         .requests = usage.requests,
                         .audio_ms = usage.audio_ms,
                         .cost_micros = usage.cost_micros,
                         .burnt = burnt};
    if (!outcome) {
        const Failure& failure = outcome.error();
        end.reason = failure.reason;
        end.detail = failure.detail;
        end.http_status = failure.http_status;
        if (!failure.request_id.empty()) {
            end.request_id = failure.request_id;
        }
    }
    return end;
}

} // namespace

std::optional<Change> caught_up(const Call& call, Time now) {
    const auto stage = call::open_stage(call);
    if (!stage || *stage == call.stage) {
        return std::nullopt;
    }
    Change change = unchanged(call);
    change.stage = *stage;
    change.reason = std::nullopt;
    change.detail.clear();
    change.attempts = 0;
    change.crashes = 0;
    change.due_at = now;
    return change;
}

Change change_of(const Call& call, const Step& step, Time now) {
    Change change = unchanged(call);
    if (const auto* const decided = std::get_if<Settle>(&step)) {
        settle(change, call, *decided, now);
    } else if (const auto* const wait = std::get_if<Wait>(&step)) {
        change.stage = stage_of(call);
        set_status(change, call, change.stage, wait->status);
        change.reason = wait->reason;
        change.due_at = wait->until;
    } else if (std::holds_alternative<Rest>(step)) {
        change.due_at = std::nullopt;
        if (!call::open_stage(call) && call::end_of(call.reason) != Status::skipped) {
            move_on(change, call, Stage::summary, now); // the host has ended what it waited for
        }
    }
    return change;
}

Change after(const Call& call, const Step& step, const call::Outcome<Learnt>& outcome,
             const Usage& usage, const Circumstances& circumstances) {
    Change change = unchanged(call);
    if (outcome) {
        after_success(change, call, step, *outcome, circumstances.now);
    } else {
        after_failure(change, call, outcome.error(), circumstances);
        if (std::holds_alternative<StartRecording>(step) &&
            started_nothing(outcome.error(), usage)) {
            change.facts.start_refused_at = circumstances.now;
        }
    }
    const bool burnt = outcome.has_value() || change.attempts > call.attempts;
    change.attempt = attempt_end(outcome, usage, burnt);
    return change;
}

} // namespace callctl::pipeline
