#include "unit/pipeline/calls.hpp"

#include "call/progress.hpp"
#include "call/reopening.hpp"
#include "pipeline/decide.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <tuple>

namespace callctl::pipeline {
namespace {

using call::Call;
using call::CallState;
using call::Reason;
using call::RecordingState;
using call::Stage;
using call::Status;
using namespace std::chrono_literals;

Step recording(Status status, std::optional<Reason> reason = std::nullopt) {
    return Settle{Stage::recording, status, reason};
}

Step wait(base::Time until, Reason reason, Status status = Status::pending) {
    return Wait{until, reason, status};
}

// --- The recording stage: every call state against every recording state ---

// What the table says of a cell, in the words of the table.
enum class Cell {
    observe,
    start,
    wait_live, // recorded and live: looked at again a minute after it was heard of, which is now
    settled,   // completed
    too_short,
    encrypted,
    deleted,
    no_answer,
    processing, // over and not asked about since: asked now
};

struct Row {
    CallState call;
    std::array<Cell, 7> cells; // by RecordingState
};

// The columns are none, in_progress, processing, completed, absent (16101), failed, deleted.
constexpr std::array k_table{
    Row{CallState::unknown,
        {Cell::observe, Cell::wait_live, Cell::wait_live, Cell::settled, Cell::too_short,
         Cell::encrypted, Cell::deleted}},
    Row{CallState::queued,
        {Cell::observe, Cell::wait_live, Cell::wait_live, Cell::settled, Cell::too_short,
         Cell::encrypted, Cell::deleted}},
    Row{CallState::initiated,
        {Cell::observe, Cell::wait_live, Cell::wait_live, Cell::settled, Cell::too_short,
         Cell::encrypted, Cell::deleted}},
    Row{CallState::ringing,
        {Cell::observe, Cell::wait_live, Cell::wait_live, Cell::settled, Cell::too_short,
         Cell::encrypted, Cell::deleted}},
    Row{CallState::in_progress,
        {Cell::start, Cell::wait_live, Cell::wait_live, Cell::settled, Cell::too_short,
         Cell::encrypted, Cell::deleted}},
    Row{CallState::completed,
        {Cell::processing, Cell::processing, Cell::processing, Cell::settled, Cell::too_short,
         Cell::encrypted, Cell::deleted}},
    Row{CallState::busy,
        {Cell::no_answer, Cell::processing, Cell::processing, Cell::settled, Cell::too_short,
         Cell::encrypted, Cell::deleted}},
    Row{CallState::failed,
        {Cell::no_answer, Cell::processing, Cell::processing, Cell::settled, Cell::too_short,
         Cell::encrypted, Cell::deleted}},
    Row{CallState::no_answer,
        {Cell::no_answer, Cell::processing, Cell::processing, Cell::settled, Cell::too_short,
         Cell::encrypted, Cell::deleted}},
    Row{CallState::canceled,
        {Cell::no_answer, Cell::processing, Cell::processing, Cell::settled, Cell::too_short,
         Cell::encrypted, Cell::deleted}},
};

constexpr std::array k_recording_states{RecordingState::none,       RecordingState::in_progress,
                                        RecordingState::processing, RecordingState::completed,
                                        RecordingState::absent,     RecordingState::failed,
                                        RecordingState::deleted};

Step expected(Cell cell) {
    switch (cell) {
    case Cell::observe:
    case Cell::wait_live:
    case Cell::processing:
        return Observe{};
    case Cell::start:
        return StartRecording{};
    case Cell::settled:
        return recording(Status::completed);
    case Cell::too_short:
        return recording(Status::skipped, Reason::too_short);
    case Cell::encrypted:
        return recording(Status::failed, Reason::encrypted);
    case Cell::deleted:
        return recording(Status::failed, Reason::deleted);
    case Cell::no_answer:
        return recording(Status::skipped, Reason::no_answer);
    }
    return Rest{};
}

Call call_of(CallState state, RecordingState recording_state) {
    Call call = with_state(state);
    call.facts.recording.state = recording_state;
    if (recording_state != RecordingState::none) {
        call.facts.recording.sid = k_recording;
    }
    if (recording_state == RecordingState::absent) {
        call.facts.recording.error_code = 16101;
    }
    return call;
}

class RecordingTable : public testing::TestWithParam<std::tuple<std::size_t, std::size_t>> {};

TEST_P(RecordingTable, DecidesEveryCallStateAgainstEveryRecordingState) {
    const auto [row, column] = GetParam();
    const Call call = call_of(k_table[row].call, k_recording_states[column]);
    EXPECT_EQ(next_step(call, k_now, k_policy), expected(k_table[row].cells[column]))
        << name_of(next_step(call, k_now, k_policy));
}

TEST_P(RecordingTable, WaitsForWhatIsTooYoungToBeAskedAbout) {
    const auto [row, column] = GetParam();
    Call call = call_of(k_table[row].call, k_recording_states[column]);
    // Asked just now: whatever would be asked again waits, and names a time in the future.
    call.facts.observed_at = k_now;
    call.facts.observations = 1;
    const Step step = next_step(call, k_now, k_policy);
    EXPECT_FALSE(std::holds_alternative<Observe>(step));
    if (const auto* const pause = std::get_if<Wait>(&step)) {
        EXPECT_GT(pause->until, k_now);
    }
}

INSTANTIATE_TEST_SUITE_P(
    Decide, RecordingTable,
    testing::Combine(testing::Range(std::size_t{0}, k_table.size()),
                     testing::Range(std::size_t{0}, k_recording_states.size())),
    [](const auto& row) {
        return std::string{to_string(k_table[std::get<0>(row.param)].call)} + "_with_" +
               std::string{to_string(k_recording_states[std::get<1>(row.param)])};
    });

// --- Every combination of statuses, call state, recording state and reason ---

// A walk over everything that the decision reads, with what must hold of every answer.
class EveryCall : public testing::TestWithParam<Stage> {};

void check_every_answer(const Call& call, const Step& step) {
    const auto stage = call::open_stage(call);
    const std::string what = std::string{name_of(step)} + " for " +
                             std::string{to_string(call.facts.state)} + "/" +
                             std::string{to_string(call.facts.recording.state)};
    if (!stage) {
        EXPECT_EQ(step, Step{Rest{}}) << what;
        return;
    }
    // A call that is due and not done is never left without a next step.
    EXPECT_FALSE(std::holds_alternative<Rest>(step)) << what;
    if (const auto* const pause = std::get_if<Wait>(&step)) {
        EXPECT_GT(pause->until, k_now) << what;
    }
    if (const auto* const settle = std::get_if<Settle>(&step)) {
        EXPECT_EQ(settle->stage, *stage) << what;
        EXPECT_EQ(settle->reason.has_value(), settle->status != Status::completed) << what;
    }
    if (std::holds_alternative<StartRecording>(step)) {
        EXPECT_EQ(*stage, Stage::recording) << what;
        EXPECT_FALSE(is_terminal(call.facts.state)) << what;
        EXPECT_EQ(call.facts.recording.state, RecordingState::none) << what;
    }
    EXPECT_EQ(std::holds_alternative<Transcribe>(step),
              *stage == Stage::transcript && call.facts.recording.sid &&
                  call.facts.recording.state != RecordingState::deleted)
        << what;
    if (std::holds_alternative<Summarise>(step)) {
        EXPECT_EQ(*stage, Stage::summary) << what;
    }
}

TEST_P(EveryCall, HasAnAnswerThatFits) {
    const Stage stage = GetParam();
    std::vector<std::optional<Status>> statuses{std::nullopt};
    statuses.insert(statuses.end(), call::k_statuses.begin(), call::k_statuses.end());
    std::vector<std::optional<Reason>> reasons{std::nullopt};
    for (const call::ReasonInfo& info : call::all_reasons()) {
        reasons.emplace_back(info.reason);
    }
    int checked = 0;
    for (const auto& status : statuses) {
        for (const Row& row : k_table) {
            for (const RecordingState recording_state : k_recording_states) {
                for (const auto& reason : reasons) {
                    Call call = call_of(row.call, recording_state);
                    for (const Stage before : call::k_stages) {
                        if (before < stage) {
                            set_status(call, before, Status::completed);
                        }
                    }
                    call.statuses[static_cast<std::size_t>(stage)] = status;
                    call.stage = stage;
                    call.reason = reason;
                    call.transcript = "words";
                    check_every_answer(call, next_step(call, k_now, k_policy));
                    ++checked;
                }
            }
        }
    }
    EXPECT_EQ(checked, 7 * 10 * 7 * static_cast<int>(call::all_reasons().size() + 1));
}

TEST_P(EveryCall, RestsWithoutATime) {
    Call call = blank_call();
    call.stage = GetParam();
    call.due_at = std::nullopt;
    EXPECT_EQ(next_step(call, k_now, k_policy), Step{Rest{}});
}

INSTANTIATE_TEST_SUITE_P(Decide, EveryCall, testing::ValuesIn(call::k_stages),
                         [](const auto& row) { return std::string{to_string(row.param)}; });

// --- Single rules of the recording stage ---

TEST(RecordingStep, GivesTheCallbackOfOurTwimlItsTime) {
    Call call = with_state(CallState::ringing);
    call.facts.asked_by_twiml_at = k_now - 1s;
    EXPECT_EQ(next_step(call, k_now, k_policy), wait(k_now + 4s, Reason::call_live));
    call.facts.asked_by_twiml_at = k_now - 5s;
    EXPECT_EQ(next_step(call, k_now, k_policy), Step{StartRecording{}});
}

TEST(RecordingStep, LeavesAnAnsweredOutboundCallToOurTwimlForAMoment) {
    Policy policy;
    policy.twiml_grace = 2s;
    Call call = with_state(CallState::in_progress);
    call.facts.answered_at = k_now - 500ms;
    for (const auto direction : {call::Direction::outbound, call::Direction::unknown}) {
        call.facts.direction = direction;
        EXPECT_EQ(next_step(call, k_now, policy), wait(k_now + 1500ms, Reason::call_live));
        EXPECT_EQ(next_step(call, k_now + 1500ms, policy), Step{StartRecording{}});
    }
    call.facts.direction = call::Direction::inbound;
    EXPECT_EQ(next_step(call, k_now, policy), Step{StartRecording{}})
        << "it is answered by TwiML, which was not ours";
    call.facts.direction = call::Direction::outbound;
    EXPECT_EQ(next_step(call, k_now, k_policy), Step{StartRecording{}});
}

TEST(RecordingStep, TriesAgainQuicklyAfterARefusalAndSlowlyAfterMany) {
    Call call = with_state(CallState::ringing);
    call.facts.start_refused_at = k_now;
    call.facts.start_refusals = 1;
    EXPECT_EQ(next_step(call, k_now, k_policy), wait(k_now + 400ms, Reason::call_live));
    EXPECT_EQ(next_step(call, k_now + 400ms, k_policy), Step{StartRecording{}});
    call.facts.start_refusals = k_policy.quick_starts;
    EXPECT_EQ(next_step(call, k_now, k_policy), wait(k_now + 5s, Reason::call_live));
}

TEST(RecordingStep, WaitsForTheTwimlThatWasAskedForAfterARefusal) {
    Call call = with_state(CallState::in_progress);
    call.facts.start_refused_at = k_now - 1s;
    call.facts.asked_by_twiml_at = k_now;
    EXPECT_EQ(next_step(call, k_now, k_policy),
              wait(k_now + k_policy.callback_grace, Reason::call_live));
    call.facts.start_refused_at = k_now + 1s;
    EXPECT_EQ(next_step(call, k_now + 2s, k_policy), Step{StartRecording{}});
}

// Another application is asked for its part of the TwiML first.
TEST(RecordingStep, WaitsForTwimlThatMayStillLeave) {
    Call call = with_state(CallState::in_progress);
    call.facts.asked_by_twiml_at = k_now;
    Policy policy;
    policy.twiml_answer = 10s;
    EXPECT_EQ(next_step(call, k_now + 6s, policy),
              wait(k_now + 10s + policy.callback_grace, Reason::call_live));
}

TEST(RecordingStep, StartsWhileRingingOnlyWhenAsked) {
    const Call call = with_state(CallState::ringing);
    EXPECT_EQ(next_step(call, k_now, k_policy), Step{Observe{}});
    Policy eager;
    eager.start_while_ringing = true;
    EXPECT_EQ(next_step(call, k_now, eager), Step{StartRecording{}});
}

TEST(RecordingStep, LooksForTheRecordingOfARefusedCallThatHasEnded) {
    Call call = with_state(CallState::completed);
    call.facts.start_refused_at = k_now;
    call.facts.start_refusals = 3;
    EXPECT_EQ(next_step(call, k_now, k_policy), Step{Observe{}});
}

TEST(RecordingStep, BelievesAfterTheWindowThatThereIsNone) {
    Call call = with_state(CallState::completed);
    call.facts.ended_at = k_now - 2min;
    call.facts.observed_at = k_now - 1s;
    EXPECT_FALSE(std::holds_alternative<Settle>(next_step(call, k_now, k_policy)));
    call.facts.observed_at = k_now;
    EXPECT_EQ(next_step(call, k_now, k_policy), recording(Status::failed, Reason::not_recorded));
    call.facts.duration = 1s;
    EXPECT_EQ(next_step(call, k_now, k_policy), recording(Status::skipped, Reason::too_short));
}

TEST(RecordingStep, AsksBeforeItSaysThatAnAnsweredCallWasNotRecorded) {
    Call call = with_state(CallState::failed);
    call.facts.answered_at = k_now - 40s;
    EXPECT_EQ(next_step(call, k_now, k_policy), Step{Observe{}});
}

TEST(RecordingStep, LooksLessOftenTheLongerItTakes) {
    Call call = with_state(CallState::completed);
    call.facts.recording.sid = k_recording;
    call.facts.recording.state = RecordingState::processing;
    call.facts.ended_at = k_now - 4s;
    call.facts.observed_at = k_now;
    EXPECT_EQ(next_step(call, k_now, k_policy),
              wait(k_now + 2s, Reason::not_ready, Status::recording));
    call.facts.ended_at = k_now - 400s;
    EXPECT_EQ(next_step(call, k_now, k_policy),
              wait(k_now + 100s, Reason::not_ready, Status::recording));
    call.facts.ended_at = k_now - 20h;
    EXPECT_EQ(next_step(call, k_now, k_policy),
              wait(k_now + 10min, Reason::not_ready, Status::recording));
}

TEST(RecordingStep, ExpiresWhenARecordingIsNeverFinished) {
    Call call = with_state(CallState::completed);
    call.facts.recording.sid = k_recording;
    call.facts.recording.state = RecordingState::processing;
    call.facts.heard_at = k_now - 26h;
    call.facts.ended_at = k_now - 25h;
    for (const base::Time last_asked : {call.facts.heard_at.value(), k_now - 24h}) {
        call.facts.observed_at = last_asked;
        EXPECT_EQ(next_step(call, k_now, k_policy), Step{Observe{}}) << "asked once more first";
    }
    call.facts.observed_at = k_now;
    EXPECT_EQ(next_step(call, k_now, k_policy), recording(Status::failed, Reason::expired));
}

TEST(RecordingStep, ExpiresWhenACallNeverEnds) {
    for (const auto recording_state : {RecordingState::none, RecordingState::in_progress}) {
        Call call = with_state(CallState::in_progress);
        call.facts.recording.state = recording_state;
        call.facts.heard_at = k_now - 27h;
        EXPECT_EQ(next_step(call, k_now, k_policy), Step{Observe{}})
            << "its end may have been told to nobody";
        call.facts.observed_at = k_now - 90min;
        EXPECT_EQ(next_step(call, k_now, k_policy), Step{Observe{}});
        call.facts.observed_at = k_now;
        EXPECT_EQ(next_step(call, k_now, k_policy), recording(Status::failed, Reason::expired));
    }
}

TEST(RecordingStep, AsksTwilioOnceAboutAChildLegThatWasSetBack) {
    Call call = with_state(CallState::completed);
    call.facts.answered_at = k_now - 2h;
    call.facts.ended_at = k_now - 1h;
    call.facts.parent = k_sid;
    call::set_back(call, Stage::recording, k_now);
    EXPECT_EQ(next_step(call, k_now, k_policy), Step{Observe{}});
    call::CallFacts told{.parent = k_sid, .observed_at = k_now, .observations = 1};
    Call without = call;
    without.facts = call::merged(call.facts, told);
    EXPECT_EQ(next_step(without, k_now, k_policy),
              recording(Status::skipped, Reason::not_eligible));
    told.recording = {.sid = k_recording, .state = RecordingState::completed};
    call.facts = call::merged(call.facts, told);
    EXPECT_EQ(next_step(call, k_now, k_policy), recording(Status::completed));
}

TEST(RecordingStep, SkipsAChildLegButTakesItsOwnRecording) {
    Call call = with_state(CallState::in_progress);
    call.facts.parent = k_sid;
    EXPECT_EQ(next_step(call, k_now, k_policy), recording(Status::skipped, Reason::not_eligible));
    call.facts.recording.sid = k_recording;
    call.facts.recording.state = RecordingState::completed;
    EXPECT_EQ(next_step(call, k_now, k_policy), recording(Status::completed));
}

// The host's row, which nobody has told us of, contradicts itself.
TEST(RecordingStep, AsksForTheRecordingThatARowNamesBeforeItBelievesThatThereIsNone) {
    Call leg = with_state(CallState::completed);
    leg.facts.parent = k_sid;
    for (Call call : {leg, with_state(CallState::no_answer)}) {
        call.facts.recording.sid = k_recording;
        EXPECT_EQ(next_step(call, k_now, k_policy), Step{Observe{}});
        call.facts.observed_at = k_now;
        const Step step = next_step(call, k_now, k_policy);
        ASSERT_TRUE(std::holds_alternative<Settle>(step));
        EXPECT_EQ(std::get<Settle>(step).status, Status::skipped);
    }
}

TEST(RecordingStep, ReadsWhyARecordingIsAbsent) {
    Call call = call_of(CallState::completed, RecordingState::absent);
    call.facts.recording.error_code = 16102;
    EXPECT_EQ(next_step(call, k_now, k_policy), recording(Status::skipped, Reason::silent));
    call.facts.recording.error_code = std::nullopt;
    EXPECT_EQ(next_step(call, k_now, k_policy), recording(Status::failed, Reason::absent));
}

TEST(RecordingStep, LooksForAnotherRecordingWhereOneHasNoFile) {
    for (const RecordingState state :
         {RecordingState::absent, RecordingState::failed, RecordingState::deleted}) {
        Call call = call_of(CallState::completed, state);
        call.facts.recording_count = 2;
        EXPECT_EQ(next_step(call, k_now, k_policy), Step{Observe{}});
        call.facts.observed_at = k_now;
        const Step step = next_step(call, k_now, k_policy);
        ASSERT_TRUE(std::holds_alternative<Wait>(step)) << "the other may not be listed yet";
        EXPECT_GT(std::get<Wait>(step).until, k_now);
        call.facts.observed_at = *call.facts.ended_at + k_policy.settle_window;
        EXPECT_TRUE(
            std::holds_alternative<Settle>(next_step(call, *call.facts.observed_at, k_policy)))
            << "there is none";
        call.facts.recording_count = 1;
        call.facts.observed_at = std::nullopt;
        EXPECT_TRUE(std::holds_alternative<Settle>(next_step(call, k_now, k_policy)));
    }
}

TEST(RecordingStep, AsksAFewTimesForASidThatTwilioDoesNotKnow) {
    Call call = blank_call();
    call.facts.unknown_to_twilio = true;
    call.facts.observed_at = k_now;
    call.facts.observations = 1;
    EXPECT_EQ(next_step(call, k_now, k_policy), wait(k_now + 15s, Reason::not_ready));
    EXPECT_EQ(next_step(call, k_now + 15s, k_policy), Step{Observe{}});
    call.facts.observations = 4;
    EXPECT_EQ(next_step(call, k_now, k_policy), recording(Status::failed, Reason::not_found));
}

TEST(RecordingStep, AsksAboutAnUnknownCallThatNobodyHasLookedAt) {
    Call call = blank_call();
    call.facts.unknown_to_twilio = true;
    EXPECT_EQ(next_step(call, k_now, k_policy), Step{Observe{}});
}

// Such as of a host that writes `recording` and no more.
TEST(RecordingStep, BelievesInANamelessRecordingOfAnEndedCallOnlyWhatTwilioLists) {
    for (const auto state : {RecordingState::in_progress, RecordingState::processing}) {
        Call call = with_state(CallState::completed);
        call.facts.recording.state = state;
        call.facts.ended_at = k_now - 10min;
        EXPECT_EQ(next_step(call, k_now, k_policy), Step{Observe{}});
        call.facts.observed_at = k_now - 5min;
        EXPECT_EQ(next_step(call, k_now, k_policy),
                  recording(Status::failed, Reason::not_recorded));
    }
}

TEST(RecordingStep, DoesNotBelieveThatACallIsUnknownWhoseWebhooksCame) {
    Call call = with_state(CallState::in_progress);
    call.facts.unknown_to_twilio = true;
    call.facts.observations = 30;
    call.facts.observed_at = k_now;
    EXPECT_EQ(next_step(call, k_now, k_policy), wait(k_now + 15s, Reason::not_ready));
    call.facts.heard_at = k_now - 26h;
    EXPECT_EQ(next_step(call, k_now, k_policy), recording(Status::failed, Reason::not_found));

    call = with_state(CallState::completed);
    call.facts.unknown_to_twilio = true;
    call.facts.observations = 4;
    call.facts.observed_at = k_now;
    EXPECT_EQ(next_step(call, k_now, k_policy), wait(k_now + 7500ms, Reason::not_ready));
    call.facts.ended_at = k_now - 2min;
    EXPECT_EQ(next_step(call, k_now, k_policy), recording(Status::failed, Reason::not_found));
}

// --- The other stages ---

TEST(TranscriptStep, LooksForARecordingThatTheHostDidNotName) {
    Call call = recorded_call();
    call.facts.recording = {};
    EXPECT_EQ(next_step(call, k_now, k_policy), Step{Observe{}});
    call.facts.observations = 1;
    call.facts.observed_at = k_now;
    EXPECT_EQ(next_step(call, k_now, k_policy), wait(k_now + 7500ms, Reason::not_ready))
        << "the list of recordings may be behind";
    call.facts.ended_at = k_now - 2min;
    EXPECT_EQ(next_step(call, k_now, k_policy),
              (Step{Settle{Stage::transcript, Status::failed, Reason::not_recorded}}));
    call.facts.state = CallState::no_answer;
    call.facts.answered_at = std::nullopt;
    EXPECT_EQ(next_step(call, k_now, k_policy),
              (Step{Settle{Stage::transcript, Status::skipped, Reason::no_answer}}));
    call.facts.recording.state = RecordingState::completed;
    EXPECT_EQ(next_step(call, k_now, k_policy),
              (Step{Settle{Stage::transcript, Status::failed, Reason::not_recorded}}));
}

TEST(TranscriptStep, StartsNoRecordingOfItsOwn) {
    Call call = recorded_call();
    call.facts = with_state(CallState::in_progress).facts;
    EXPECT_EQ(next_step(call, k_now, k_policy), Step{Observe{}});
    call.facts.observed_at = k_now;
    EXPECT_EQ(next_step(call, k_now, k_policy), wait(k_now + 1min, Reason::call_live));
    call.facts.recording.state = RecordingState::processing;
    EXPECT_EQ(next_step(call, k_now, k_policy), wait(k_now + 1min, Reason::call_live))
        << "recording is no status of a transcript";
}

// As where the host shows a recording as completed that Twilio never finishes.
TEST(TranscriptStep, LooksForAnotherRecordingWhereTheFileDoesNotCome) {
    call::Call call = recorded_call();
    call.facts.recording.state = RecordingState::processing;
    call.facts.recording_count = 2;
    call.facts.ended_at = k_now - 2h;
    call.facts.observed_at = k_now - 1h;
    EXPECT_EQ(next_step(call, k_now, k_policy), Step{Transcribe{k_recording}}) << "first try";
    call.reason = Reason::not_ready;
    EXPECT_EQ(next_step(call, k_now, k_policy), Step{Observe{}});
    call.facts.observed_at = k_now;
    EXPECT_EQ(next_step(call, k_now, k_policy), Step{Transcribe{k_recording}}) << "just looked";
    call.facts.observed_at = k_now - 1h;
    call.facts.ended_at = k_now - 25h;
    EXPECT_EQ(next_step(call, k_now, k_policy), Step{Transcribe{k_recording}})
        << "its attempts run out";
    call.facts.ended_at = k_now - 2h;
    call.facts.recording_count = 1;
    EXPECT_EQ(next_step(call, k_now, k_policy), Step{Transcribe{k_recording}});
}

TEST(TranscriptStep, WaitsOutItsBackOff) {
    Call call = recorded_call();
    set_status(call, Stage::transcript, Status::failed);
    call.reason = Reason::provider_error;
    call.due_at = k_now + 1min;
    EXPECT_EQ(next_step(call, k_now, k_policy),
              wait(k_now + 1min, Reason::provider_error, Status::failed));
    EXPECT_EQ(next_step(call, k_now + 1min, k_policy), Step{Transcribe{k_recording}});
}

TEST(SummaryStep, TakesTheRealtimeTranscriptWhereThereIsNoOther) {
    Call call = transcribed_call();
    EXPECT_EQ(next_step(call, k_now, k_policy), Step{Summarise{}});
    call.transcript.clear();
    call.live_transcript = "hello";
    EXPECT_EQ(next_step(call, k_now, k_policy), Step{Summarise{}});
    call.live_transcript = " \n\t";
    EXPECT_EQ(next_step(call, k_now, k_policy),
              (Step{Settle{Stage::summary, Status::skipped, Reason::no_speech}}));
}

TEST(NextStep, SetsACallAsideOverWhichWorkersDied) {
    for (Call call : {blank_call(), recorded_call(), transcribed_call()}) {
        call.crashes = k_policy.max_crashes;
        EXPECT_EQ(next_step(call, k_now, k_policy),
                  (Step{Settle{call.stage, Status::failed, Reason::crashed}}));
    }
}

TEST(OpenStage, IsTheFirstThatIsNotDone) {
    EXPECT_EQ(call::open_stage(blank_call()), Stage::recording);
    EXPECT_EQ(call::open_stage(recorded_call()), Stage::transcript);
    EXPECT_EQ(call::open_stage(transcribed_call()), Stage::summary);
    Call done = transcribed_call();
    set_status(done, Stage::summary, Status::skipped);
    EXPECT_EQ(call::open_stage(done), std::nullopt);
}

TEST(OpenStage, GoesBackWhenASkippedRecordingTurnsUp) {
    Call call = with_state(CallState::completed);
    call.statuses.fill(Status::skipped);
    EXPECT_EQ(call::open_stage(call), std::nullopt);
    call.facts.recording.state = RecordingState::completed;
    EXPECT_EQ(call::open_stage(call), Stage::recording);
}

} // namespace
} // namespace callctl::pipeline
