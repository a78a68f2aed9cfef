#include "call/facts.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace callctl::call {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct CallStateRow {
    CallState state;
    std::string ours;
    std::string twilio;
    bool terminal;
    bool unanswered;
};

// Twilio, Call resource: "Call status values".
const std::vector<CallStateRow> k_call_rows{
    {CallState::unknown, "unknown", "unknown", false, false},
    {CallState::queued, "queued", "queued", false, false},
    {CallState::initiated, "initiated", "initiated", false, false},
    {CallState::ringing, "ringing", "ringing", false, false},
    {CallState::in_progress, "in_progress", "in-progress", false, false},
    {CallState::completed, "completed", "completed", true, false},
    {CallState::busy, "busy", "busy", true, true},
    {CallState::failed, "failed", "failed", true, true},
    {CallState::no_answer, "no_answer", "no-answer", true, true},
    {CallState::canceled, "canceled", "canceled", true, true},
};

class CallStateSpelling : public testing::TestWithParam<CallStateRow> {};

TEST_P(CallStateSpelling, IsOursAndTwilios) {
    const CallStateRow& row = GetParam();
    EXPECT_EQ(to_string(row.state), row.ours);
    EXPECT_EQ(parse_call_state(row.ours), row.state);
    EXPECT_EQ(parse_call_state(row.twilio), row.state);
}

TEST_P(CallStateSpelling, SaysWhetherTheCallIsOver) {
    EXPECT_EQ(is_terminal(GetParam().state), GetParam().terminal);
    EXPECT_EQ(is_unanswered(GetParam().state), GetParam().unanswered);
}

INSTANTIATE_TEST_SUITE_P(All, CallStateSpelling, testing::ValuesIn(k_call_rows),
                         [](const auto& row) { return row.param.ours; });

TEST(CallState, IsUnknownInEveryOtherSpelling) {
    for (const char* text : {"", "answered", "In-Progress", "in progress", "inprogress",
                             "cancelled", "completed ", "-", "no--answer"}) {
        EXPECT_EQ(parse_call_state(text), CallState::unknown) << text;
    }
    EXPECT_EQ(parse_call_state(std::string{"busy\0", 5}), CallState::unknown);
    EXPECT_EQ(to_string(static_cast<CallState>(99)), "unknown");
}

struct RecordingStateRow {
    RecordingState state;
    std::string ours;
    std::string twilio;
    bool final;
};

// Twilio, Recording resource and recordingStatusCallback.
const std::vector<RecordingStateRow> k_recording_rows{
    {RecordingState::none, "none", "none", false},
    {RecordingState::in_progress, "in_progress", "in-progress", false},
    {RecordingState::processing, "processing", "processing", false},
    {RecordingState::completed, "completed", "completed", true},
    {RecordingState::absent, "absent", "absent", true},
    {RecordingState::failed, "failed", "failed", true},
    {RecordingState::deleted, "deleted", "deleted", true},
};

class RecordingStateSpelling : public testing::TestWithParam<RecordingStateRow> {};

TEST_P(RecordingStateSpelling, IsOursAndTwilios) {
    const RecordingStateRow& row = GetParam();
    EXPECT_EQ(to_string(row.state), row.ours);
    EXPECT_EQ(parse_recording_state(row.ours), row.state);
    EXPECT_EQ(parse_recording_state(row.twilio), row.state);
}

TEST_P(RecordingStateSpelling, SaysWhetherMoreWillBeHeard) {
    EXPECT_EQ(is_final(GetParam().state), GetParam().final);
}

INSTANTIATE_TEST_SUITE_P(All, RecordingStateSpelling, testing::ValuesIn(k_recording_rows),
                         [](const auto& row) { return row.param.ours; });

TEST(RecordingState, TakesTheFinerStatesOfCreateAndUpdate) {
    EXPECT_EQ(parse_recording_state("paused"), RecordingState::in_progress);
    EXPECT_EQ(parse_recording_state("stopped"), RecordingState::processing);
}

TEST(RecordingState, IsNothingWhenNewToUs) {
    for (const char* text : {"", "Completed", "in progress", "transcribing", "completed\n"}) {
        EXPECT_EQ(parse_recording_state(text), std::nullopt) << text;
    }
    EXPECT_EQ(to_string(static_cast<RecordingState>(99)), "unknown");
}

TEST(Direction, IsReadFromTwiliosSpelling) {
    EXPECT_EQ(parse_direction("inbound"), Direction::inbound);
    EXPECT_EQ(parse_direction("outbound"), Direction::outbound);
    EXPECT_EQ(parse_direction("outbound-api"), Direction::outbound);
    EXPECT_EQ(parse_direction("outbound-dial"), Direction::outbound);
    for (const char* text : {"", "Inbound", "inbound-api", "trunking-originating", "unknown"}) {
        EXPECT_EQ(parse_direction(text), Direction::unknown) << text;
    }
}

TEST(Direction, IsReadAsItIsWritten) {
    for (const Direction direction :
         {Direction::unknown, Direction::inbound, Direction::outbound}) {
        EXPECT_EQ(parse_direction(to_string(direction)), direction);
    }
    EXPECT_EQ(to_string(Direction::inbound), "inbound");
    EXPECT_EQ(to_string(Direction::outbound), "outbound");
    EXPECT_EQ(to_string(static_cast<Direction>(99)), "unknown");
}

constexpr base::Time k_answer{seconds{1'000}};

CallFacts answered_and_recorded(milliseconds later) {
    CallFacts facts;
    facts.answered_at = k_answer;
    facts.recording.started_at = k_answer + later;
    return facts;
}

TEST(HeadLoss, IsRecordingStartMinusAnswer) {
    EXPECT_EQ(head_loss(answered_and_recorded(milliseconds{2'500})), milliseconds{2'500});
    EXPECT_EQ(head_loss(answered_and_recorded(seconds{1})), seconds{1});
    EXPECT_EQ(head_loss(answered_and_recorded(seconds{0})), seconds{0});
}

TEST(HeadLoss, IsNoneWhenTheRecordingStartedBeforeTheAnswer) {
    EXPECT_EQ(head_loss(answered_and_recorded(milliseconds{-1})), seconds{0});
    EXPECT_EQ(head_loss(answered_and_recorded(seconds{-30})), seconds{0});
}

TEST(HeadLoss, IsUnknownWhileEitherTimeIs) {
    CallFacts facts;
    EXPECT_EQ(head_loss(facts), std::nullopt);
    facts.answered_at = k_answer;
    EXPECT_EQ(head_loss(facts), std::nullopt);
    facts.answered_at.reset();
    facts.recording.started_at = k_answer;
    EXPECT_EQ(head_loss(facts), std::nullopt);
    facts.heard_at = k_answer;
    EXPECT_EQ(head_loss(facts), std::nullopt);
}

TEST(HeadLoss, CountsFromOurTwimlWhenThatAnsweredTheCall) {
    CallFacts facts = answered_and_recorded(seconds{3});
    facts.answered_at.reset();
    facts.asked_by_twiml_at = k_answer + seconds{1};
    EXPECT_EQ(head_loss(facts), seconds{2});
    facts.answered_at = k_answer;
    EXPECT_EQ(head_loss(facts), seconds{3}) << "a told answer counts before our guess";
}

TEST(HeadLoss, ForgivesARoundedSecondWhereTwimlPutTheRecordingFirst) {
    CallFacts facts = answered_and_recorded(seconds{1});
    facts.recording.source = "StartCallRecordingTwiML";
    EXPECT_EQ(head_loss(facts), seconds{0});
    facts.recording.started_at = k_answer + milliseconds{1'001};
    EXPECT_EQ(head_loss(facts), milliseconds{1'001});
    facts.recording.started_at = k_answer + seconds{1};
    facts.recording.source = "StartCallRecordingAPI";
    EXPECT_EQ(head_loss(facts), seconds{1});
}

} // namespace
} // namespace callctl::call
