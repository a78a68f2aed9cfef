#include "pipeline/outcome.hpp"

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
        auto status = call.status(stage);
        if (status == Status::skipped) {
            // Skipped because this stage seemed to have nothing; it has something after all.
            set_status(change, call, stage, Status::pending);
            status = Status::pending;
        }
        const bool open = !status || *status != Status::completed;
        if (open && !change.due_at) {
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
    return open_stage(call).value_or(call.stage);
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

// Right after a recording's end its file is asked for often, later rarely, and in the end no more.
std::optional<Time> media_retry(const Call& call, Time now, const Policy& policy) {
    const Time end = call.facts.ended_at.value_or(call.facts.heard_at.value_or(call.created_at));
    const auto passed = std::chrono::duration_cast<Policy::Milliseconds>(now - end);
    if (passed > policy.processing_patience) {
        return std::nullopt;
    }
    return now +
           std::clamp<Policy::Milliseconds>(passed / 4, std::chrono::seconds{1}, policy.pause_cap);
}

void try_again(Change& change, const Call& call, Stage stage, const Failure& failure, Time at) {
    set_status(change, call, stage, waiting_status(call, stage, call::class_of(failure.reason)));
    change.stage = stage;
    change.reason = failure.reason;
    change.due_at = at;
}

void wait_for(Change& change, const Call& call, Stage stage, const Failure& failure,
              const Circumstances& given) {
    if (failure.reason == Reason::not_ready) {
        if (const auto at = media_retry(call, given.now, given.policy)) {
            try_again(change, call, stage, failure, *at);
        } else {
            give_up(change, call, stage, Reason::not_found);
        }
        return;
    }
    const auto pause =
        provider_pause(failure, 1, given.policy).value_or(given.policy.unreachable_pause);
    try_again(change, call, stage, failure,
              given.now + backoff(1, pause, given.chance, given.policy));
}

void fail_attempt(Change& change, const Call& call, Stage stage, const Failure& failure,
                  const Circumstances& given) {
    change.attempts = call.attempts + 1;
    if (change.attempts >= given.policy.attempts_of(stage)) {
        give_up(change, call, stage, failure.reason);
        return;
    }
    try_again(change, call, stage, failure,
              given.now +
                  backoff(change.attempts, failure.retry_after, given.chance, given.policy));
}

void after_failure(Change& change, const Call& call, const Failure& failure,
                   const Circumstances& given) {
    const Stage stage = stage_of(call);
    change.detail = failure.detail;
    switch (call::class_of(failure.reason)) {
    case ReasonClass::wait:
    case ReasonClass::account:
        wait_for(change, call, stage, failure, given);
        break;
    case ReasonClass::transient:
        fail_attempt(change, call, stage, failure, given);
        break;
    case ReasonClass::permanent:
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
    change.artefacts = learnt.artefacts;
    change.detail.clear();
    if (std::holds_alternative<Transcribe>(step)) {
        settle(change, call, Settle{Stage::transcript, Status::completed, std::nullopt}, now);
    } else if (std::holds_alternative<Summarise>(step)) {
        settle(change, call, Settle{Stage::summary, Status::completed, std::nullopt}, now);
    } else {
        // Facts were gathered; what they mean is the next decision's.
        change.reason = std::nullopt;
        change.attempts = 0;
        change.due_at = now;
    }
}

call::AttemptEnd attempt_end(const call::Outcome<Learnt>& outcome, const Usage& usage) {
    call::AttemptEnd end{.request_id = usage.request_id,
                         .requests = usage.requests,
                         .audio_ms = usage.audio_ms,
                         .cost_micros = usage.cost_micros};
    if (!outcome) {
        const Failure& failure = outcome.error();
        end.reason = failure.reason;
        end.detail = failure.detail;
        end.http_status = failure.http_status;
        if (!failure.request_id.empty()) {
            end.request_id = failure.request_id;
        }
        end.burnt = call::class_of(failure.reason) == ReasonClass::transient;
    }
    return end;
}

// A recording that goes on is shown as such before anybody has been asked about it.
void show_recording(Change& change, const Call& call) {
    const auto state = call.facts.recording.state;
    const bool under_way =
        state == call::RecordingState::in_progress || state == call::RecordingState::processing;
    if (change.stage == Stage::recording && under_way) {
        set_status(change, call, Stage::recording, Status::recording);
    }
}

// A call at rest with the recording stage closed on "there is none", and now there is one.
bool wakes_up(const Call& call, const call::CallFacts& merged) {
    const auto recording = call.status(Stage::recording);
    if (recording == Status::completed) {
        return false;
    }
    return merged.recording.state != call.facts.recording.state ||
           merged.recording.sid != call.facts.recording.sid;
}

} // namespace

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
    }
    change.attempt = attempt_end(outcome, usage);
    return change;
}

Change on_news(const Call& call, const call::CallFacts& news, Time now, const Policy& policy) {
    Call updated = call;
    updated.facts = call::merged(call.facts, news);
    const bool says_something = updated.facts != call.facts;
    const bool resting = !call.due_at;
    if (!says_something || (resting && !wakes_up(call, updated.facts))) {
        Change change = unchanged(call);
        change.facts = news;
        return change;
    }
    if (resting) {
        updated.due_at = now;
        updated.attempts = 0;
    }
    const Step step = next_step(updated, now, policy);
    Change change = change_of(updated, step, now);
    change.facts = news;
    const bool must_ask = provider_of(step).has_value();
    if (must_ask) {
        change.stage = stage_of(updated);
        change.due_at = now;
        show_recording(change, updated);
    }
    return change;
}

} // namespace callctl::pipeline
