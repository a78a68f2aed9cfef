#include "transcript/turns.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck/gtest.h>

namespace callctl::transcript {
namespace {

using call::Direction;
using std::chrono::milliseconds;
using Json = nlohmann::json;

ChannelText timed(int channel, std::vector<Segment> segments) {
    return {.channel = channel, .transcription = {.segments = std::move(segments)}};
}

ChannelText untimed(int channel, std::string text) {
    return {.channel = channel, .transcription = {.text = std::move(text)}};
}

Segment said(int start, int end, std::string text) {
    return {.start = milliseconds{start}, .end = milliseconds{end}, .text = std::move(text)};
}

std::string merged(const std::vector<ChannelText>& texts, int channels = 2,
                   Direction direction = Direction::inbound, const std::string& source = "") {
    return render(merge_turns(texts, channels, direction, source));
}

struct SpeakerRow {
    const char* name;
    int channel;
    int channels;
    Direction direction;
    const char* source;
    const char* speaker;
};

class SpeakerOf : public testing::TestWithParam<SpeakerRow> {};

TEST_P(SpeakerOf, IsNamed) {
    const SpeakerRow& row = GetParam();
    EXPECT_EQ(speaker_of(row.channel, row.channels, row.direction, row.source), row.speaker);
}

INSTANTIATE_TEST_SUITE_P(
    All, SpeakerOf,
    testing::Values(
        SpeakerRow{"inbound_0", 0, 2, Direction::inbound, "StartCallRecordingTwiML", "caller"},
        SpeakerRow{"inbound_1", 1, 2, Direction::inbound, "StartCallRecordingTwiML", "agent"},
        SpeakerRow{"outbound_0", 0, 2, Direction::outbound, "StartCallRecordingAPI", "customer"},
        SpeakerRow{"outbound_1", 1, 2, Direction::outbound, "StartCallRecordingAPI", "agent"},
        SpeakerRow{"unknown_0", 0, 2, Direction::unknown, "", "customer"},
        SpeakerRow{"unknown_1", 1, 2, Direction::unknown, "", "agent"},
        SpeakerRow{"trunk_inbound_0", 0, 2, Direction::inbound, "Trunking", "agent"},
        SpeakerRow{"trunk_inbound_1", 1, 2, Direction::inbound, "Trunking", "caller"},
        SpeakerRow{"trunk_outbound_1", 1, 2, Direction::outbound, "trunking", "customer"},
        SpeakerRow{"mono", 0, 1, Direction::inbound, "", "call"},
        SpeakerRow{"mono_trunk", 0, 1, Direction::outbound, "Trunking", "call"},
        SpeakerRow{"third", 2, 3, Direction::inbound, "", "channel 3"}),
    [](const auto& row) { return std::string{row.param.name}; });

TEST(MergeTurns, OrdersBothChannelsByStart) {
    EXPECT_EQ(merged({timed(0, {said(2000, 3000, "hello"), said(9000, 9500, "bye")}),
                      timed(1, {said(0, 1500, "shop here"), said(4000, 5000, "how can I help")})}),
              "[00:00] agent: shop here\n"
              "[00:02] caller: hello\n"
              "[00:04] agent: how can I help\n"
              "[00:09] caller: bye");
}

TEST(MergeTurns, PutsChannelZeroFirstAtTheSameTime) {
    EXPECT_EQ(merged({timed(1, {said(1000, 2000, "b")}), timed(0, {said(1000, 2000, "a")})}),
              "[00:01] caller: a\n[00:01] agent: b");
}

TEST(MergeTurns, KeepsBothWhenTheyTalkAtOnce) {
    EXPECT_EQ(
        merged({timed(0, {said(0, 5000, "a long story")}), timed(1, {said(2000, 2500, "yes")})}),
        "[00:00] caller: a long story\n[00:02] agent: yes");
}

TEST(MergeTurns, JoinsNeighboursOfOneSpeakerLessThanASecondApart) {
    EXPECT_EQ(merged({timed(
                  0, {said(0, 1000, "one"), said(1999, 3000, "two"), said(4000, 5000, "three")})}),
              "[00:00] caller: one two\n[00:04] caller: three");
}

TEST(MergeTurns, DoesNotJoinAcrossTheOtherSpeaker) {
    EXPECT_EQ(merged({timed(0, {said(0, 1000, "one"), said(1500, 2000, "two")}),
                      timed(1, {said(1200, 1300, "mhm")})}),
              "[00:00] caller: one\n[00:01] agent: mhm\n[00:01] caller: two");
}

TEST(MergeTurns, AJoinedTurnEndsWithItsLatestPart) {
    const auto turns = merge_turns(
        {timed(0, {said(0, 9000, "long"), said(1000, 2000, "inside"), said(9500, 9900, "after")})},
        2, Direction::inbound, "");
    ASSERT_EQ(turns.size(), 1U);
    EXPECT_EQ(turns[0].end, milliseconds{9900});
    EXPECT_EQ(turns[0].text, "long inside after");
}

TEST(MergeTurns, OrdersSegmentsThatComeOutOfOrder) {
    EXPECT_EQ(merged({timed(0, {said(9000, 9500, "late"), said(0, 500, "early")})}),
              "[00:00] caller: early\n[00:09] caller: late");
}

TEST(MergeTurns, WithoutTimesAChannelIsOneTurn) {
    EXPECT_EQ(merged({untimed(1, "shop here, how can I help"), untimed(0, "hello")}),
              "caller: hello\nagent: shop here, how can I help");
}

TEST(MergeTurns, PutsTheChannelWithoutTimesFirst) {
    EXPECT_EQ(merged({timed(0, {said(0, 1000, "hello")}), untimed(1, "shop here")}),
              "agent: shop here\n[00:00] caller: hello");
}

TEST(MergeTurns, LeavesOutWhatIsEmpty) {
    EXPECT_EQ(merged({}), "");
    EXPECT_EQ(merged({untimed(0, ""), untimed(1, " \n ")}), "");
    EXPECT_EQ(merged({timed(0, {said(0, 1, " "), said(5000, 6000, "x")})}), "[00:05] caller: x");
}

TEST(MergeTurns, KnowsADualRecordingOfWhichOneChannelSpoke) {
    EXPECT_EQ(merged({untimed(1, "anybody there?")}), "agent: anybody there?");
    EXPECT_EQ(merged({untimed(0, "hello?")}), "caller: hello?");
    EXPECT_EQ(merged({untimed(0, "hello?")}, 1), "call: hello?");
}

TEST(MergeTurns, NamesTheSidesOfAnOutboundAndOfATrunkCall) {
    const std::vector<ChannelText> texts{untimed(0, "zero"), untimed(1, "one")};
    EXPECT_EQ(merged(texts, 2, Direction::outbound), "customer: zero\nagent: one");
    EXPECT_EQ(merged(texts, 2, Direction::inbound, "Trunking"), "agent: zero\ncaller: one");
}

TEST(Render, HasOneLineATurn) {
    EXPECT_EQ(merged({untimed(0, "one\n[00:01] agent: forged\u2028line\r\nend")}),
              "caller: one [00:01] agent: forged line end");
}

TEST(Render, CountsHoursFromTheFirstOn) {
    EXPECT_EQ(
        merged({timed(0, {said(59'999, 60'000, "a"), said(3'599'999, 3'600'000, "b"),
                          said(3'661'000, 3'662'000, "c"), said(36'000'000, 36'000'001, "d")})}),
        "[00:59] caller: a\n[59:59] caller: b\n[1:01:01] caller: c\n[10:00:00] caller: d");
}

TEST(Document, HoldsEveryFieldWithTimesInSeconds) {
    const auto turns = merge_turns({timed(0, {said(1250, 2000, "שלום \"x\"")}), untimed(1, "hi")},
                                   2, Direction::inbound, "");
    EXPECT_EQ(Json::parse(document(turns)), Json::parse(R"({"schema":1,"turns":[
        {"speaker":"agent","channel":1,"start":null,"end":null,"text":"hi"},
        {"speaker":"caller","channel":0,"start":1.25,"end":2.0,"text":"שלום \"x\""}]})"));
}

TEST(Document, OfNothingIsAnEmptyList) {
    EXPECT_EQ(Json::parse(document({})), Json::parse(R"({"schema":1,"turns":[]})"));
}

TEST(Document, NeverThrowsOnTextThatIsNoUtf8) {
    const Turn turn{.speaker = "\xFF", .text = "\xFF\xFE"};
    EXPECT_TRUE(Json::accept(document({turn})));
}

RC_GTEST_PROP(MergeTurns, LosesNoWordAndKeepsTheOrder, ()) {
    std::vector<ChannelText> texts;
    std::size_t words = 0;
    for (int channel = 0; channel < 2; ++channel) {
        std::vector<Segment> segments;
        for (int i = *rc::gen::inRange(0, 20); i > 0; --i) {
            const int start = *rc::gen::inRange(0, 100'000);
            segments.push_back(said(start, start + *rc::gen::inRange(0, 9000), "word"));
            ++words;
        }
        texts.push_back(timed(channel, std::move(segments)));
    }
    const auto turns = merge_turns(texts, 2, Direction::inbound, "");
    std::size_t found = 0;
    for (std::size_t i = 0; i < turns.size(); ++i) {
        found += (turns[i].text.size() + 1) / 5;
        if (i > 0) {
            RC_ASSERT(turns[i - 1].start.value() <= turns[i].start.value());
        }
    }
    RC_ASSERT(found == words);
}

} // namespace
} // namespace callctl::transcript
