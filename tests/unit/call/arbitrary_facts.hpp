// Random knowledge of one call, made of few values so that news often agree and often collide.
#pragma once

#include "call/facts.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <array>
#include <optional>
#include <ostream>
#include <string>

namespace callctl::call {

/// Lowest first: each state gives way to those behind it.
inline constexpr std::array k_call_order{
    CallState::unknown,     CallState::queued,   CallState::initiated, CallState::ringing,
    CallState::in_progress, CallState::canceled, CallState::no_answer, CallState::failed,
    CallState::busy,        CallState::completed};
inline constexpr std::array k_recording_order{
    RecordingState::none,   RecordingState::in_progress, RecordingState::processing,
    RecordingState::absent, RecordingState::failed,      RecordingState::completed,
    RecordingState::deleted};

inline base::RecordingSid recording_sid(char digit) {
    return *base::RecordingSid::parse("RE" + std::string(32, digit));
}

template <class T>
rc::Gen<std::optional<T>> optional_of(rc::Gen<T> values) {
    return rc::gen::apply(
        [](bool known, T value) { return known ? std::optional{std::move(value)} : std::nullopt; },
        rc::gen::arbitrary<bool>(), std::move(values));
}

inline rc::Gen<base::Time> few_times() {
    return rc::gen::map(rc::gen::inRange(0, 20),
                        [](int count) { return base::Time{std::chrono::seconds{count}}; });
}

inline rc::Gen<std::chrono::seconds> few_durations() {
    return rc::gen::map(rc::gen::inRange(0, 20),
                        [](int count) { return std::chrono::seconds{count}; });
}

inline rc::Gen<CallState> call_states() {
    return rc::gen::map(rc::gen::inRange(0, static_cast<int>(CallState::canceled) + 1),
                        [](int value) { return static_cast<CallState>(value); });
}

inline rc::Gen<RecordingState> recording_states() {
    return rc::gen::map(rc::gen::inRange(0, static_cast<int>(RecordingState::deleted) + 1),
                        [](int value) { return static_cast<RecordingState>(value); });
}

/// Values that do not change in the life of a call.
struct FixedValues {
    rc::Gen<std::optional<base::RecordingSid>> sid;
    rc::Gen<std::string> text;
    rc::Gen<std::optional<int>> number;
    rc::Gen<Direction> direction;
    rc::Gen<std::optional<base::CallSid>> parent;
};

inline rc::Gen<RecordingFacts> recordings(const FixedValues& fixed) {
    return rc::gen::build<RecordingFacts>(
        rc::gen::set(&RecordingFacts::sid, fixed.sid),
        rc::gen::set(&RecordingFacts::state, recording_states()),
        rc::gen::set(&RecordingFacts::source, fixed.text),
        rc::gen::set(&RecordingFacts::channels, fixed.number),
        rc::gen::set(&RecordingFacts::duration, optional_of(few_durations())),
        rc::gen::set(&RecordingFacts::started_at, optional_of(few_times())),
        rc::gen::set(&RecordingFacts::error_code, fixed.number));
}

inline rc::Gen<CallFacts> facts(const FixedValues& fixed) {
    const auto built = rc::gen::build<CallFacts>(
        rc::gen::set(&CallFacts::state, call_states()),
        rc::gen::set(&CallFacts::direction, fixed.direction),
        rc::gen::set(&CallFacts::twilio_direction, fixed.text),
        rc::gen::set(&CallFacts::from, fixed.text), rc::gen::set(&CallFacts::to, fixed.text),
        rc::gen::set(&CallFacts::parent, fixed.parent),
        rc::gen::set(&CallFacts::heard_at, optional_of(few_times())),
        rc::gen::set(&CallFacts::answered_at, optional_of(few_times())),
        rc::gen::set(&CallFacts::ended_at, optional_of(few_times())),
        rc::gen::set(&CallFacts::duration, optional_of(few_durations())),
        rc::gen::set(&CallFacts::asked_by_twiml_at, optional_of(few_times())),
        rc::gen::set(&CallFacts::recording, recordings(fixed)),
        rc::gen::set(&CallFacts::recording_count, rc::gen::inRange(0, 4)),
        rc::gen::set(&CallFacts::observed_at, optional_of(few_times())),
        rc::gen::set(&CallFacts::observations, rc::gen::inRange(0, 5)),
        rc::gen::set(&CallFacts::start_refused_at, optional_of(few_times())),
        rc::gen::set(&CallFacts::start_refusals, rc::gen::inRange(0, 5)));
    return rc::gen::map(built, [](CallFacts made) {
        // Twilio gives one answer at one time, and without a question there is no answer.
        made.unknown_to_twilio =
            made.observed_at && made.observed_at->time_since_epoch().count() % 3'000'000 == 0;
        made.recording_count = std::max(made.recording_count, made.recording.sid ? 1 : 0);
        return made;
    });
}

/// News that agree about what does not change; each may know it or not.
inline rc::Gen<CallFacts> agreeing_news() {
    const auto parent = *base::CallSid::parse("CA" + std::string(32, '9'));
    return facts({.sid = optional_of(rc::gen::just(recording_sid('1'))),
                  .text = rc::gen::element<std::string>("", "told"),
                  .number = optional_of(rc::gen::just(2)),
                  .direction = rc::gen::element(Direction::unknown, Direction::inbound),
                  .parent = optional_of(rc::gen::just(parent))});
}

/// News that may contradict each other about everything, with up to three recordings.
inline rc::Gen<CallFacts> any_news() {
    const auto sid = rc::gen::map(rc::gen::element('1', '2', '3'), recording_sid);
    const auto parent = rc::gen::map(rc::gen::element('8', '9'), [](char digit) {
        return *base::CallSid::parse("CA" + std::string(32, digit));
    });
    return facts(
        {.sid = optional_of(sid),
         .text = rc::gen::element<std::string>("", "one", "other"),
         .number = optional_of(rc::gen::inRange(1, 3)),
         .direction = rc::gen::element(Direction::unknown, Direction::inbound, Direction::outbound),
         .parent = optional_of(parent)});
}

/// What tells one counterexample from another.
inline std::ostream& operator<<(std::ostream& out, const RecordingFacts& facts) {
    out << (facts.sid ? facts.sid->str().substr(0, 3) : "no sid") << ' ' << to_string(facts.state);
    return out << " start " << (facts.started_at ? base::format_iso8601(*facts.started_at) : "-");
}

inline std::ostream& operator<<(std::ostream& out, const CallFacts& facts) {
    return out << to_string(facts.state) << ", " << facts.recording << ", " << facts.recording_count
               << " recordings, from '" << facts.from << "'";
}

} // namespace callctl::call
