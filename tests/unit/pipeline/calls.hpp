// Calls for the tests of this folder: plain values with one or two things changed.
#pragma once

#include "base/ids.hpp"
#include "base/time.hpp"
#include "call/call.hpp"
#include "pipeline/policy.hpp"

#include <chrono>
#include <string>

namespace callctl::pipeline {

inline const Policy k_policy{};
inline const base::CallSid k_sid = *base::CallSid::parse("CA" + std::string(32, 'a'));
inline const base::RecordingSid k_recording =
    *base::RecordingSid::parse("RE" + std::string(32, 'b'));
inline const base::RecordingSid k_other_recording =
    *base::RecordingSid::parse("RE" + std::string(32, 'c'));
/// 2026-01-01T12:00:00Z
inline constexpr base::Time k_now{std::chrono::microseconds{1'767'268'800'000'000}};

/// Due now, heard of a minute ago, nothing else known.
inline call::Call blank_call() {
    call::Call call{.sid = k_sid, .due_at = k_now};
    call.statuses.fill(call::Status::pending);
    call.created_at = k_now - std::chrono::minutes{1};
    call.facts.heard_at = call.created_at;
    return call;
}

inline call::Call with_state(call::CallState state) {
    call::Call call = blank_call();
    call.facts.state = state;
    if (call::is_terminal(state)) {
        call.facts.ended_at = k_now - std::chrono::seconds{30};
    }
    if (state == call::CallState::in_progress || state == call::CallState::completed) {
        call.facts.answered_at = k_now - std::chrono::seconds{50};
    }
    return call;
}

inline void set_status(call::Call& call, call::Stage stage, call::Status status) {
    call.statuses[static_cast<std::size_t>(stage)] = status;
}

/// The recording is done and can be transcribed.
inline call::Call recorded_call() {
    call::Call call = with_state(call::CallState::completed);
    set_status(call, call::Stage::recording, call::Status::completed);
    call.stage = call::Stage::transcript;
    call.facts.recording.sid = k_recording;
    call.facts.recording.state = call::RecordingState::completed;
    return call;
}

inline call::Call transcribed_call() {
    call::Call call = recorded_call();
    set_status(call, call::Stage::transcript, call::Status::completed);
    call.stage = call::Stage::summary;
    call.transcript = "[00:00] caller: hello";
    return call;
}

} // namespace callctl::pipeline
