#include "app/placing.hpp"

#include <gtest/gtest.h>

namespace callctl::app {
namespace {

using std::chrono::milliseconds;
using transcript::Segment;
using transcript::Transcription;

audio::Region region(int start, int end) {
    return {.start = milliseconds{start},
            .end = milliseconds{end},
            .level_db = -20.0F,
            .floor_db = -60.0F};
}

audio::Span span(int start, int end) {
    return {milliseconds{start}, milliseconds{end}};
}

Segment segment(int start, int end, std::string text) {
    return {.start = milliseconds{start}, .end = milliseconds{end}, .text = std::move(text)};
}

// Two stretches of speech on channel 1 with the silence between left out.
audio::Package package() {
    return {.channel = 1,
            .regions = {region(10'000, 12'000), region(60'000, 63'000)},
            .spans = {span(9750, 12'250), span(59'750, 63'250)}};
}

TEST(PackingRules, FillARequestWhereTheServerGivesTimes) {
    transcript::Server server;
    server.response_format = "verbose_json";
    EXPECT_EQ(packing_rules(server, k_telephone).packing, audio::Packing::until_full);
    server.response_format = "json";
    EXPECT_EQ(packing_rules(server, k_telephone).packing, audio::Packing::by_turns);
}

TEST(PackingRules, KeepTheBodyWithinTheServersBytes) {
    transcript::Server server;
    server.longest = std::chrono::hours{3};
    for (const int rate : {8000, 16'000, 48'000}) {
        const auto rules = packing_rules(server, {.channels = 2, .sample_rate = rate});
        const auto bytes = rules.longest.count() * rate * 2 / 1000;
        EXPECT_LE(bytes, static_cast<std::int64_t>(transcript::audio_room(server))) << rate;
        EXPECT_GT(bytes, 20'000'000) << rate;
    }
}

TEST(PackingRules, HaveNoRoomInFewerBytesThanTheRestOfTheRequestTakes) {
    const audio::WavInfo studio{.channels = 2, .sample_rate = 48'000};
    transcript::Server server{.max_bytes = 100'000};
    EXPECT_TRUE(has_room(server, k_telephone));
    EXPECT_FALSE(has_room(server, studio));
    server.prompt = std::string(30'000, 'p');
    EXPECT_FALSE(has_room(server, k_telephone));
    server.max_bytes = 1'000'000;
    EXPECT_TRUE(has_room(server, studio));
}

TEST(PackingRules, KeepToTheServersSeconds) {
    transcript::Server server;
    server.longest = milliseconds{60'000};
    EXPECT_EQ(packing_rules(server, k_telephone).longest, milliseconds{60'000});
}

TEST(ActivityRules, CutSpeechSoThatEveryPieceFitsIntoARequest) {
    transcript::Server server;
    server.longest = milliseconds{20'000};
    const auto activity = activity_rules(server, k_telephone);
    const auto packing = packing_rules(server, k_telephone);
    EXPECT_LE(activity.longest + 2 * packing.air, packing.longest);
    server.longest = std::chrono::minutes{20};
    EXPECT_EQ(activity_rules(server, k_telephone).longest, audio::ActivityRules{}.longest);
}

TEST(Placed, PutsSegmentsBackIntoTheCall) {
    const Transcription heard{.text = "one two",
                              .segments = {segment(0, 2300, "one"), segment(2600, 5900, "two")}};
    const auto placed_texts = placed(package(), heard);
    ASSERT_EQ(placed_texts.size(), 2U);
    EXPECT_EQ(placed_texts[0].channel, 1);
    EXPECT_EQ(placed_texts[0].segment.start, milliseconds{10'000});
    EXPECT_EQ(placed_texts[0].segment.end, milliseconds{12'000});
    EXPECT_EQ(placed_texts[1].segment.start, milliseconds{60'000});
    EXPECT_EQ(placed_texts[1].heard.speech, milliseconds{3000});
    EXPECT_EQ(placed_texts[1].heard.level_db, -20.0F);
}

TEST(Placed, KeepsTheScores) {
    Segment scored = segment(0, 2000, "one");
    scored.no_speech_prob = 0.9;
    const auto placed_texts = placed(package(), {.segments = {scored}});
    ASSERT_EQ(placed_texts.size(), 1U);
    EXPECT_EQ(placed_texts[0].segment.no_speech_prob, 0.9);
}

TEST(Placed, WithoutTimesIsOneUtteranceFromTheFirstSoundToTheLast) {
    audio::Package turn = package();
    turn.regions = {region(10'000, 12'000), region(12'600, 15'000)};
    turn.spans = {span(9750, 15'250)};
    const auto placed_texts = placed(turn, Transcription{.text = "one two"});
    ASSERT_EQ(placed_texts.size(), 1U);
    EXPECT_EQ(placed_texts[0].segment.start, milliseconds{10'000});
    EXPECT_EQ(placed_texts[0].segment.end, milliseconds{15'000});
    EXPECT_EQ(placed_texts[0].segment.text, "one two");
    EXPECT_EQ(placed_texts[0].heard.speech, milliseconds{4400});
}

TEST(Placed, PartsWhatRunsAcrossALongPause) {
    for (const Transcription& heard :
         {Transcription{.segments = {segment(0, 6000, "Hold on. Now I am back.")}},
          Transcription{.text = "Hold on. Now I am back."}}) {
        const auto placed_texts = placed(package(), heard);
        ASSERT_EQ(placed_texts.size(), 2U);
        EXPECT_EQ(placed_texts[0].segment.start, milliseconds{10'000});
        EXPECT_EQ(placed_texts[0].segment.end, milliseconds{12'000});
        EXPECT_EQ(placed_texts[1].segment.start, milliseconds{60'000});
        EXPECT_EQ(placed_texts[0].segment.text + " " + placed_texts[1].segment.text,
                  "Hold on. Now I am back.");
        EXPECT_FALSE(placed_texts[0].segment.text.empty());
    }
}

TEST(Placed, OfNoWordsIsNothing) {
    EXPECT_TRUE(placed(package(), Transcription{}).empty());
}

TEST(Placed, TakesTheTimesOfAWholeRecordingAsTheyAre) {
    const audio::Survey survey{.info = k_telephone, .channels = {{region(1000, 2000)}, {}}};
    const auto placed_texts = placed(
        survey, {.channel = 0, .transcription = {.segments = {segment(900, 2100, "hello")}}});
    ASSERT_EQ(placed_texts.size(), 1U);
    EXPECT_EQ(placed_texts[0].segment.start, milliseconds{900});
    EXPECT_EQ(placed_texts[0].heard.speech, milliseconds{1000});
}

TEST(Placed, SpreadsWordsWithoutTimesOverTheSpeechOfTheirChannelAlone) {
    const audio::Survey survey{
        .info = k_telephone,
        .channels = {{region(1000, 3000), region(3500, 4000), region(600'000, 602'500)}, {}}};
    const auto placed_texts =
        placed(survey, {.channel = 0, .transcription = {.text = "Good day. And good bye."}});
    ASSERT_EQ(placed_texts.size(), 2U);
    EXPECT_EQ(placed_texts[0].segment.start, milliseconds{1000});
    EXPECT_EQ(placed_texts[0].segment.end, milliseconds{4000});
    EXPECT_EQ(placed_texts[1].segment.start, milliseconds{600'000});
    EXPECT_EQ(placed_texts[0].segment.text + " " + placed_texts[1].segment.text,
              "Good day. And good bye.");
}

TEST(Placed, KnowsNoSoundBehindWordsWhereNobodySpoke) {
    const audio::Survey survey{.info = k_telephone, .channels = {{region(1000, 2000)}, {}}};
    for (const int channel : {1, 7}) {
        const auto placed_texts = placed(
            survey, {.channel = channel, .transcription = {.segments = {segment(0, 900, "you")}}});
        ASSERT_EQ(placed_texts.size(), 1U);
        EXPECT_EQ(placed_texts[0].heard.speech, milliseconds{0});
    }
}

TEST(LacksTimes, OnlyWhereManyWordsCannotBeFound) {
    EXPECT_TRUE(lacks_times(package(), {.text = "many words"}));
    EXPECT_FALSE(lacks_times(package(), {.text = ""}));
    EXPECT_FALSE(lacks_times(package(), {.text = "x", .segments = {segment(0, 1, "x")}}));
    audio::Package turn = package();
    turn.regions = {region(10'000, 12'000), region(12'600, 15'000)};
    EXPECT_FALSE(lacks_times(turn, {.text = "a turn"}));
}

} // namespace
} // namespace callctl::app
