#include "transcript/turns.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck/gtest.h>

namespace callctl::transcript {
namespace {

using call::Direction;
using std::chrono::milliseconds;
using Json = nlohmann::json;

Utterance said(int channel, int start, int end, std::string text) {
    return {.channel = channel,
            .segment = {
                .start = milliseconds{start}, .end = milliseconds{end}, .text = std::move(text)}};
}

const Recorded k_inbound{.channels = 2, .direction = Direction::inbound};

std::string merged(const std::vector<Utterance>& utterances, const Recorded& recorded = k_inbound) {
    return render(merge_turns(utterances, recorded, {}));
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
    EXPECT_EQ(speaker_of(row.channel, {row.channels, row.direction, row.source}, {}), row.speaker);
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

TEST(SpeakerOf, FollowsTheMapOfTheDirection) {
    const Speakers swapped{.inbound = {"agent", "caller"}, .outbound = {"bot", "lead"}};
    EXPECT_EQ(speaker_of(0, {2, Direction::inbound, ""}, swapped), "agent");
    EXPECT_EQ(speaker_of(1, {2, Direction::inbound, ""}, swapped), "caller");
    EXPECT_EQ(speaker_of(0, {2, Direction::outbound, ""}, swapped), "bot");
    EXPECT_EQ(speaker_of(1, {2, Direction::outbound, "Trunking"}, swapped), "bot");
}

TEST(MergeTurns, OrdersBothChannelsByStart) {
    EXPECT_EQ(merged({said(0, 2000, 3000, "hello"), said(0, 9000, 9500, "bye"),
                      said(1, 0, 1500, "shop here"), said(1, 4000, 5000, "how can I help")}),
              "[00:00] agent: shop here\n"
              "[00:02] caller: hello\n"
              "[00:04] agent: how can I help\n"
              "[00:09] caller: bye");
}

TEST(MergeTurns, PutsChannelZeroFirstAtTheSameTime) {
    EXPECT_EQ(merged({said(1, 1000, 2000, "b"), said(0, 1000, 2000, "a")}),
              "[00:01] caller: a\n[00:01] agent: b");
}

TEST(MergeTurns, KeepsBothWhenTheyTalkAtOnce) {
    EXPECT_EQ(merged({said(0, 0, 5000, "a long story"), said(1, 2000, 2500, "yes")}),
              "[00:00] caller: a long story\n[00:02] agent: yes");
}

TEST(MergeTurns, JoinsNeighboursOfOneSpeakerLessThanASecondApart) {
    EXPECT_EQ(
        merged({said(0, 0, 1000, "one"), said(0, 1999, 3000, "two"), said(0, 4000, 5000, "three")}),
        "[00:00] caller: one two\n[00:04] caller: three");
}

TEST(MergeTurns, DoesNotJoinAcrossTheOtherSpeaker) {
    EXPECT_EQ(
        merged({said(0, 0, 1000, "one"), said(0, 1500, 2000, "two"), said(1, 1200, 1300, "mhm")}),
        "[00:00] caller: one\n[00:01] agent: mhm\n[00:01] caller: two");
}

TEST(MergeTurns, PartsAMonologueEveryMinute) {
    EXPECT_EQ(merged({said(0, 0, 25'000, "one"), said(0, 25'100, 59'000, "two"),
                      said(0, 59'100, 80'000, "three")}),
              "[00:00] caller: one two\n[00:59] caller: three");
}

TEST(MergeTurns, AJoinedTurnEndsWithItsLatestPart) {
    const auto turns = merge_turns(
        {said(0, 0, 9000, "long"), said(0, 1000, 2000, "inside"), said(0, 9500, 9900, "after")},
        k_inbound, {});
    ASSERT_EQ(turns.size(), 1U);
    EXPECT_EQ(turns[0].end, milliseconds{9900});
    EXPECT_EQ(turns[0].text, "long inside after");
}

TEST(MergeTurns, OrdersWhatComesOutOfOrder) {
    EXPECT_EQ(merged({said(0, 9000, 9500, "late"), said(0, 0, 500, "early")}),
              "[00:00] caller: early\n[00:09] caller: late");
}

TEST(MergeTurns, LeavesOutWhatIsEmpty) {
    EXPECT_EQ(merged({}), "");
    EXPECT_EQ(merged({said(0, 0, 1, " \n "), said(0, 5000, 6000, "x")}), "[00:05] caller: x");
}

TEST(MergeTurns, KnowsARecordingInWhichOneSideSpoke) {
    EXPECT_EQ(merged({said(1, 0, 500, "anybody there?")}), "[00:00] agent: anybody there?");
    EXPECT_EQ(merged({said(0, 0, 500, "hello?")}), "[00:00] caller: hello?");
    EXPECT_EQ(merged({said(0, 0, 500, "hello?")}, {.channels = 1}), "[00:00] call: hello?");
}

TEST(Render, HasOneLineATurn) {
    EXPECT_EQ(merged({said(0, 0, 900, "one\n[00:01] agent: forged\u2028line\r\nend")}),
              "[00:00] caller: one [00:01] agent: forged line end");
}

TEST(Render, CountsHoursFromTheFirstOn) {
    EXPECT_EQ(merged({said(0, 59'999, 60'000, "a"), said(0, 3'599'999, 3'600'000, "b"),
                      said(0, 3'661'000, 3'662'000, "c"), said(0, 36'000'000, 36'000'001, "d")}),
              "[00:59] caller: a\n[59:59] caller: b\n[1:01:01] caller: c\n[10:00:00] caller: d");
}

TEST(Document, HoldsEveryFieldWithTimesInSeconds) {
    const auto turns = merge_turns({said(0, 1250, 2000, "שלום \"x\"")}, k_inbound, {});
    const std::vector<Doubted> dropped{{said(1, 3000, 3500, "thank you"), Doubt::stock_phrase}};
    EXPECT_EQ(Json::parse(document(turns, dropped)), Json::parse(R"({"schema":1,"turns":[
        {"speaker":"caller","channel":0,"start":1.25,"end":2.0,"text":"שלום \"x\""}],"dropped":[
        {"reason":"stock_phrase","channel":1,"start":3.0,"end":3.5,"text":"thank you"}]})"));
}

TEST(Document, OfNothingIsTwoEmptyLists) {
    EXPECT_EQ(Json::parse(document({}, {})),
              Json::parse(R"({"schema":1,"turns":[],"dropped":[]})"));
}

TEST(Document, NeverThrowsOnTextThatIsNoUtf8) {
    const Turn turn{.speaker = "\xFF", .text = "\xFF\xFE"};
    EXPECT_TRUE(Json::accept(document({turn}, {{said(0, 0, 1, "\xFF"), Doubt::no_words}})));
}

RC_GTEST_PROP(MergeTurns, LosesNoWordAndKeepsTheOrder, ()) {
    std::vector<Utterance> utterances;
    for (int i = *rc::gen::inRange(0, 40); i > 0; --i) {
        const int start = *rc::gen::inRange(0, 100'000);
        utterances.push_back(
            said(*rc::gen::inRange(0, 2), start, start + *rc::gen::inRange(0, 9000), "word"));
    }
    const auto turns = merge_turns(utterances, k_inbound, {});
    std::size_t found = 0;
    for (std::size_t i = 0; i < turns.size(); ++i) {
        found += (turns[i].text.size() + 1) / 5;
        if (i > 0) {
            RC_ASSERT(turns[i - 1].start <= turns[i].start);
        }
    }
    RC_ASSERT(found == utterances.size());
}

} // namespace
} // namespace callctl::transcript
