// What merged() makes of two pieces of news, case by case.
#include "unit/call/arbitrary_facts.hpp"

#include <gtest/gtest.h>

#include <string>

namespace callctl::call {
namespace {

using std::chrono::seconds;

base::Time at(int second) {
    return base::Time{seconds{second}};
}

CallFacts told(CallState state) {
    return {.state = state};
}

RecordingFacts recording(char sid, RecordingState state, std::optional<int> start = std::nullopt) {
    RecordingFacts facts{.sid = recording_sid(sid), .state = state};
    if (start) {
        facts.started_at = at(*start);
    }
    return facts;
}

CallFacts with(const RecordingFacts& recording) {
    return {.recording = recording};
}

TEST(MergedCall, TakesTheFurtherOfEveryTwoStates) {
    for (std::size_t low = 0; low < k_call_order.size(); ++low) {
        for (std::size_t high = low; high < k_call_order.size(); ++high) {
            const CallState left = k_call_order.at(low);
            const CallState right = k_call_order.at(high);
            EXPECT_EQ(merged(told(left), told(right)).state, right)
                << to_string(left) << " then " << to_string(right);
            EXPECT_EQ(merged(told(right), told(left)).state, right)
                << to_string(right) << " then " << to_string(left);
        }
    }
}

TEST(MergedCall, StaysOverOnceItIsOver) {
    for (const CallState end : k_call_order) {
        for (const CallState late : k_call_order) {
            EXPECT_EQ(is_terminal(merged(told(end), told(late)).state),
                      is_terminal(end) || is_terminal(late));
        }
    }
}

TEST(MergedRecording, TakesTheFurtherOfEveryTwoStates) {
    for (std::size_t low = 0; low < k_recording_order.size(); ++low) {
        for (std::size_t high = low; high < k_recording_order.size(); ++high) {
            const auto left = recording('1', k_recording_order.at(low));
            const auto right = recording('1', k_recording_order.at(high));
            EXPECT_EQ(merged(left, right), right);
            EXPECT_EQ(merged(right, left), right);
        }
    }
}

TEST(MergedCall, LearnsWhatItDidNotKnow) {
    CallFacts news{.state = CallState::ringing,
                   .direction = Direction::outbound,
                   .twilio_direction = "outbound-api",
                   .from = "+12025550123",
                   .to = "+972501234567",
                   .parent = base::CallSid::parse("CA" + std::string(32, '9')),
                   .heard_at = at(1),
                   .answered_at = at(2),
                   .ended_at = at(3),
                   .duration = seconds{1},
                   .asked_by_twiml_at = at(1),
                   .unknown_to_twilio = true,
                   .recording = {.sid = recording_sid('1'),
                                 .state = RecordingState::completed,
                                 .source = "StartCallRecordingAPI",
                                 .channels = 2,
                                 .duration = seconds{1},
                                 .started_at = at(2),
                                 .error_code = 16'101},
                   .recording_count = 1,
                   .observed_at = at(4),
                   .observations = 2,
                   .start_refused_at = at(1),
                   .start_refusals = 3};
    EXPECT_EQ(merged(CallFacts{}, news), news);
    EXPECT_EQ(merged(news, CallFacts{}), news) << "nothing is emptied";
}

TEST(MergedCall, KeepsWhatDoesNotChangeAsFirstTold) {
    const CallFacts first{.direction = Direction::inbound,
                          .twilio_direction = "inbound",
                          .from = "+1",
                          .to = "+2",
                          .parent = base::CallSid::parse("CA" + std::string(32, '1')),
                          .recording = {.source = "DialVerb", .channels = 1, .error_code = 1}};
    const CallFacts second{.direction = Direction::outbound,
                           .twilio_direction = "outbound-dial",
                           .from = "+3",
                           .to = "+4",
                           .parent = base::CallSid::parse("CA" + std::string(32, '2')),
                           .recording = {.source = "Conference", .channels = 2, .error_code = 2}};
    EXPECT_EQ(merged(first, second), first);
    EXPECT_EQ(merged(second, first), second);
}

TEST(MergedCall, CountsTheEarliestTimesAndTheLongestDurations) {
    const CallFacts early{.heard_at = at(1),
                          .answered_at = at(2),
                          .ended_at = at(8),
                          .duration = seconds{5},
                          .asked_by_twiml_at = at(1),
                          .recording = {.duration = seconds{5}, .started_at = at(2)}};
    const CallFacts late{.heard_at = at(2),
                         .answered_at = at(3),
                         .ended_at = at(9),
                         .duration = seconds{6},
                         .asked_by_twiml_at = at(2),
                         .recording = {.duration = seconds{6}, .started_at = at(3)}};
    CallFacts expected = early;
    expected.duration = seconds{6};
    expected.recording.duration = seconds{6};
    EXPECT_EQ(merged(early, late), expected);
    EXPECT_EQ(merged(late, early), expected);
}

TEST(MergedCall, CountsTheLatestQuestionsAndRefusals) {
    const CallFacts early{
        .observed_at = at(1), .observations = 1, .start_refused_at = at(1), .start_refusals = 1};
    const CallFacts late{
        .observed_at = at(2), .observations = 2, .start_refused_at = at(2), .start_refusals = 2};
    EXPECT_EQ(merged(early, late), late);
    EXPECT_EQ(merged(late, early), late);
}

TEST(MergedCall, IsUnknownToTwilioWhenTheLatestAnswerSaidSo) {
    const CallFacts known{.observed_at = at(1)};
    const CallFacts unknown{.unknown_to_twilio = true, .observed_at = at(2)};
    const CallFacts known_again{.observed_at = at(3)};
    EXPECT_TRUE(merged(known, unknown).unknown_to_twilio);
    EXPECT_TRUE(merged(unknown, known).unknown_to_twilio) << "an older answer says nothing new";
    EXPECT_FALSE(merged(unknown, known_again).unknown_to_twilio);
    EXPECT_FALSE(merged(known_again, unknown).unknown_to_twilio);
    EXPECT_TRUE(merged(CallFacts{}, unknown).unknown_to_twilio);
}

TEST(MergedCall, IsAsKnownToTwilioAsBeforeWhenNobodyAsked) {
    const CallFacts unknown{.unknown_to_twilio = true, .observed_at = at(2)};
    EXPECT_TRUE(merged(unknown, told(CallState::ringing)).unknown_to_twilio);
    EXPECT_FALSE(merged(CallFacts{}, CallFacts{.unknown_to_twilio = true}).unknown_to_twilio);
}

TEST(MergedRecording, WithoutSidBelongsToTheOneThatIsKnown) {
    const auto known = recording('1', RecordingState::in_progress, 5);
    const RecordingFacts nameless{.state = RecordingState::completed, .channels = 2};
    auto expected = known;
    expected.state = RecordingState::completed;
    expected.channels = 2;
    EXPECT_EQ(merged(known, nameless), expected);
    EXPECT_EQ(merged(nameless, known), expected);
    EXPECT_EQ(merged(with(known), with(nameless)).recording_count, 1);
}

TEST(MergedCall, CountsTheRecordingItKnows) {
    EXPECT_EQ(merged(CallFacts{}, CallFacts{}).recording_count, 0);
    const auto one = with(recording('1', RecordingState::in_progress));
    EXPECT_EQ(merged(CallFacts{}, one).recording_count, 1);
    EXPECT_EQ(merged(one, one).recording_count, 1);
}

TEST(MergedCall, CountsASecondRecordingAndEachOnce) {
    const auto first = with(recording('1', RecordingState::in_progress, 1));
    const auto second = with(recording('2', RecordingState::in_progress, 2));
    const auto both = merged(first, second);
    EXPECT_EQ(both.recording_count, 2);
    EXPECT_EQ(merged(both, second).recording_count, 2);
    EXPECT_EQ(merged(both, first).recording_count, 2);
}

TEST(MergedCall, BelievesALongerListOfTwilios) {
    auto listed = with(recording('1', RecordingState::completed));
    listed.recording_count = 3;
    const auto one = with(recording('1', RecordingState::completed));
    EXPECT_EQ(merged(one, listed).recording_count, 3);
    EXPECT_EQ(merged(listed, one).recording_count, 3);
    EXPECT_EQ(merged(listed, with(recording('2', RecordingState::completed))).recording_count, 3);
}

// Of two recordings: which is kept, whichever was told first.
struct Choice {
    std::string name;
    RecordingFacts kept;
    RecordingFacts other;
};

class TwoRecordings : public testing::TestWithParam<Choice> {};

TEST_P(TwoRecordings, KeepsOneInEitherOrder) {
    const auto& [name, kept, other] = GetParam();
    EXPECT_EQ(merged(kept, other), kept);
    EXPECT_EQ(merged(other, kept), kept);
}

INSTANTIATE_TEST_SUITE_P(
    All, TwoRecordings,
    testing::Values(
        Choice{"ThatStartedFirst", recording('2', RecordingState::in_progress, 1),
               recording('1', RecordingState::in_progress, 2)},
        Choice{"ThatStartedFirstThoughNotDone", recording('2', RecordingState::in_progress, 1),
               recording('1', RecordingState::completed, 2)},
        Choice{"WhoseStartIsKnown", recording('2', RecordingState::in_progress, 9),
               recording('1', RecordingState::in_progress)},
        Choice{"OfTheSmallerSid", recording('1', RecordingState::in_progress),
               recording('2', RecordingState::in_progress)},
        Choice{"OfTheSmallerSidAtTheSameStart", recording('1', RecordingState::in_progress, 1),
               recording('2', RecordingState::in_progress, 1)},
        Choice{"BeforeAnAbsentOne", recording('2', RecordingState::in_progress, 9),
               recording('1', RecordingState::absent, 1)},
        Choice{"BeforeAFailedOne", recording('2', RecordingState::completed, 9),
               recording('1', RecordingState::failed, 1)},
        Choice{"BeforeADeletedOne", recording('2', RecordingState::processing),
               recording('1', RecordingState::deleted, 1)},
        Choice{"ThatStartedFirstOfTwoWithoutFile", recording('2', RecordingState::absent, 1),
               recording('1', RecordingState::failed, 2)}),
    [](const auto& row) { return row.param.name; });

// What the header cannot promise: facts hold one recording, so what was told of the other before
// the kept one came to nothing is gone. The count says that Twilio has to be asked.
TEST(TwoRecordings, KeepTheOneThatIsThereInsteadOfTheOther) {
    CallFacts old;
    old.recording = {.sid = recording_sid('1'),
                     .state = RecordingState::processing,
                     .started_at = base::Time{seconds{1}}};
    CallFacts news;
    news.recording = {.sid = recording_sid('2'),
                      .state = RecordingState::completed,
                      .started_at = base::Time{seconds{2}}};
    EXPECT_EQ(merged(old, news).recording.sid, recording_sid('1'));
    news.recording.replaces_known = true;
    const CallFacts facts = merged(old, merged(CallFacts{}, news));
    EXPECT_EQ(facts.recording.sid, recording_sid('2'));
    EXPECT_FALSE(facts.recording.replaces_known);
    EXPECT_EQ(facts.recording_count, 2);
}

TEST(TwoRecordings, ForgetsTheOneItDoesNotKeep) {
    const auto kept = with(recording('1', RecordingState::in_progress, 1));
    const auto other = with(recording('2', RecordingState::completed, 2));
    const auto nothing = with(recording('1', RecordingState::absent, 1));
    const auto in_order = merged(merged(kept, other), nothing);
    EXPECT_EQ(in_order.recording.state, RecordingState::absent);
    EXPECT_EQ(in_order.recording_count, 2);
    const auto reordered = merged(merged(kept, nothing), other);
    EXPECT_EQ(reordered.recording, other.recording);
    EXPECT_EQ(reordered.recording_count, 2);
    EXPECT_EQ(merged(in_order, other).recording, other.recording) << "asked again, it is found";
}

} // namespace
} // namespace callctl::call
