#include "pipeline/news.hpp"

#include "call/progress.hpp"
#include "pipeline/decide.hpp"
#include "pipeline/outcome.hpp"

#include <algorithm>

namespace callctl::pipeline {
namespace {

using base::Time;
using call::Call;
using call::Change;
using call::Reason;
using call::Stage;
using call::Status;

// A recording that goes on is shown as such before anybody has been asked about it.
void show_recording(Change& change, const Call& call) {
    const auto state = call.facts.recording.state;
    const bool under_way =
        state == call::RecordingState::in_progress || state == call::RecordingState::processing;
    if (change.stage == Stage::recording && under_way &&
        call.status(Stage::recording) != Status::recording) {
        change.statuses[static_cast<std::size_t>(Stage::recording)] = Status::recording;
    }
}

// That there is a file of this recording has closed the recording stage.
bool is_settled(const Call& call) {
    return call.status(Stage::recording) == Status::completed &&
           call.facts.recording.state == call::RecordingState::completed;
}

// It was given up because its recording has no file, or never got one.
bool lacks_file(const Call& call) {
    switch (call.reason.value_or(Reason::not_ready)) {
    case Reason::expired:
        return !call::is_final(call.facts.recording.state);
    case Reason::deleted:
    case Reason::not_found:
    case Reason::absent:
        return call.status(Stage::transcript) == Status::failed;
    default:
        return false;
    }
}

bool transcript_has_begun(const Call& call) {
    const auto status = call.status(Stage::transcript).value_or(Status::pending);
    const bool waits_for_file = call.reason == Reason::not_ready;
    return status != Status::pending || call.attempts > 0 || (call.reason && !waits_for_file);
}

// What is heard of another recording than the call's. Of one that is settled nothing takes the
// place once its transcript has begun, and before that, where Twilio has told of it, only one that
// has its file too. A call that lacks a file takes any that is there.
call::CallFacts heeded(const Call& call, call::CallFacts news) {
    const auto& known = call.facts.recording;
    const bool of_another = known.sid && news.recording.sid && known.sid != news.recording.sid;
    if (!of_another) {
        return news;
    }
    const bool has_file = news.recording.state == call::RecordingState::completed;
    const bool told_by_twilio = !known.source.empty();
    if (has_file && lacks_file(call)) {
        news.recording.replaces_known = true;
    } else if (is_settled(call) && (transcript_has_begun(call) || (told_by_twilio && !has_file))) {
        news.recording = {};
        news.recording_count = std::max(news.recording_count, 2);
    }
    return news;
}

// A call at rest with the recording stage closed on "there is none", and now there is one; or by
// the host's word without a recording that could be transcribed, and now there is one that can.
bool wakes_up(const Call& call, const call::CallFacts& merged) {
    if (call.status(Stage::recording) == Status::completed) {
        Call opened = call;
        call::open_skipped(opened, Stage::recording);
        return merged.recording.sid != call.facts.recording.sid &&
               call::first_undone(opened.statuses) == Stage::transcript;
    }
    // Given up because nothing was heard of it, and now something is.
    const bool out_of_sight = call.reason == Reason::not_found || call.reason == Reason::expired;
    if (out_of_sight && merged.state != call.facts.state) {
        return true;
    }
    return merged.recording.state != call.facts.recording.state ||
           merged.recording.sid != call.facts.recording.sid;
}

} // namespace

Change on_news(const Call& call, const call::CallFacts& news, Time now, const Policy& policy) {
    const call::CallFacts heard = heeded(call, news);
    Call updated = call;
    updated.facts = call::merged(call.facts, heard);
    const bool says_something = updated.facts != call.facts;
    const bool resting = !call.due_at;
    if (!says_something || (resting && !wakes_up(call, updated.facts))) {
        Change change = change_of(call, Observe{}, now); // which changes nothing yet
        change.facts = heard;
        return change;
    }
    if (resting) {
        updated.due_at = now;
        updated.attempts = 0;
        updated.crashes = 0;
        call::open_skipped(updated, Stage::recording);
    }
    const Step step = next_step(updated, now, policy);
    Change change = change_of(updated, step, now);
    for (const Stage stage : call::k_stages) {
        auto& status = change.statuses[static_cast<std::size_t>(stage)];
        if (!status && updated.status(stage) != call.status(stage)) {
            status = updated.status(stage);
        }
    }
    change.facts = heard;
    const bool must_ask = !providers_of(step).empty();
    if (must_ask) {
        change.stage = call::open_stage(updated).value_or(updated.stage);
        change.due_at = now;
        show_recording(change, updated);
    }
    return change;
}

} // namespace callctl::pipeline
