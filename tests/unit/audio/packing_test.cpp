#include "audio/packing.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <tuple>

namespace callctl::audio {
namespace {

using std::chrono::milliseconds;
using Channels = std::vector<std::vector<Region>>;

Region region(int start, int end) {
    return {.start = milliseconds{start},
            .end = milliseconds{end},
            .level_db = -20.0F,
            .floor_db = -60.0F};
}

Span span(int start, int end) {
    return {milliseconds{start}, milliseconds{end}};
}

PackingRules until_full(int longest_ms) {
    return {.packing = Packing::until_full, .longest = milliseconds{longest_ms}};
}

TEST(Packing, OfNothingIsNothing) {
    EXPECT_TRUE(packed({}, {}).empty());
    EXPECT_TRUE(packed({{}, {}}, {}).empty());
}

TEST(Packing, LeavesOutAChannelWithNextToNoSpeech) {
    EXPECT_TRUE(packed({{region(1000, 1150), region(5000, 5140)}, {}}, {}).empty());
    EXPECT_EQ(packed({{region(1000, 1150), region(5000, 5150)}, {}}, {}).size(), 2U);
}

TEST(Packing, ByTurnsSendsOneTurnAtATime) {
    const auto packages = packed(
        {{region(1000, 3000), region(3400, 5000), region(9000, 10'000)}, {region(5500, 8000)}}, {});
    ASSERT_EQ(packages.size(), 3U);
    EXPECT_EQ(packages[0].channel, 0);
    EXPECT_EQ(packages[0].regions.size(), 2U);
    EXPECT_EQ(packages[0].spans, (std::vector{span(750, 5250)})) << "a short pause is sent, too";
    EXPECT_EQ(packages[1].channel, 1);
    EXPECT_EQ(packages[1].spans, (std::vector{span(5250, 8250)}));
    EXPECT_EQ(packages[2].spans, (std::vector{span(8750, 10'250)}));
}

TEST(Packing, ByTurnsLetsAShortTurnWaitForMoreOfItsSpeaker) {
    const auto packages = packed({{region(1000, 2000), region(4500, 8500), region(10'000, 11'000)},
                                  {region(20'000, 21'000)}},
                                 {});
    ASSERT_EQ(packages.size(), 3U);
    EXPECT_EQ(packages[0].regions.size(), 2U) << "a pause of 2.5 s after one second";
    EXPECT_EQ(packages[0].spans, (std::vector{span(750, 2250), span(4250, 8750)}));
    EXPECT_EQ(packages[1].regions.size(), 1U) << "a pause of 1.5 s after five";
}

TEST(Packing, ByTurnsDoesNotJoinAShortTurnAcrossALongPauseOrAnAnswer) {
    EXPECT_EQ(packed({{region(0, 1000), region(4000, 5000)}, {}}, {}).size(), 2U);
    EXPECT_EQ(packed({{region(0, 1000), region(3000, 4000)}, {region(1500, 2500)}}, {}).size(), 3U);
}

TEST(Packing, ByTurnsEndsATurnWhereTheOtherAnswers) {
    const auto packages = packed({{region(0, 2000), region(2900, 4000)}, {region(2100, 2800)}}, {});
    ASSERT_EQ(packages.size(), 3U);
    EXPECT_EQ(packages[1].channel, 1);
}

TEST(Packing, ByTurnsIsNotInterruptedByAYes) {
    const auto packages = packed({{region(0, 2000), region(2700, 4000)}, {region(2200, 2600)}}, {});
    ASSERT_EQ(packages.size(), 2U);
    EXPECT_EQ(packages[0].regions.size(), 2U);
}

TEST(Packing, ByTurnsCutsALongTurnInAPause) {
    std::vector<Region> regions;
    for (int at = 0; at < 100'000; at += 5000) {
        regions.push_back(region(at, at + 4600));
    }
    const auto packages = packed({regions}, {});
    ASSERT_EQ(packages.size(), 4U);
    for (const Package& package : packages) {
        EXPECT_LE(package.duration(), milliseconds{30'000});
    }
}

TEST(Packing, UntilFullLeavesOutTheSilenceBetween) {
    const auto packages =
        packed({{region(1000, 3000), region(60'000, 62'000), region(120'000, 125'000)}, {}},
               until_full(1'200'000));
    ASSERT_EQ(packages.size(), 1U);
    EXPECT_EQ(packages[0].spans,
              (std::vector{span(750, 3250), span(59'750, 62'250), span(119'750, 125'250)}));
    EXPECT_EQ(packages[0].duration(), milliseconds{10'500});
}

TEST(Packing, AirNeverReachesIntoTheNextRegion) {
    const auto packages = packed({{region(100, 1000), region(1310, 2000)}}, until_full(1500));
    ASSERT_EQ(packages.size(), 2U);
    EXPECT_EQ(packages[0].spans, (std::vector{span(0, 1155)}));
    EXPECT_EQ(packages[1].spans, (std::vector{span(1155, 2250)}));
}

std::vector<Span> places(const Package& package, int from, int until) {
    return in_the_call(package, milliseconds{from}, milliseconds{until}, milliseconds{1000});
}

TEST(InTheCall, GoesBackAcrossTheCutsAndDrawsInToTheSpeech) {
    const auto package =
        packed({{region(1000, 3000), region(60'000, 62'000)}, {}}, until_full(60'000)).front();
    EXPECT_EQ(places(package, 0, 2500), (std::vector{span(1000, 3000)}));
    EXPECT_EQ(places(package, 2500, 5000), (std::vector{span(60'000, 62'000)}));
    EXPECT_EQ(places(package, 750, 1250), (std::vector{span(1500, 2000)}));
    EXPECT_EQ(places(package, 9000, 9100), (std::vector{span(62'250, 62'250)})) << "beyond the end";
}

TEST(InTheCall, IsInTwoPlacesAcrossALongPause) {
    const auto package =
        packed({{region(1000, 3000), region(60'000, 62'000)}, {}}, until_full(60'000)).front();
    EXPECT_EQ(places(package, 0, 99'000), (std::vector{span(1000, 3000), span(60'000, 62'000)}));
    const auto close =
        packed({{region(1000, 3000), region(3800, 5000)}, {}}, until_full(60'000)).front();
    EXPECT_EQ(places(close, 0, 99'000), (std::vector{span(1000, 5000)}));
}

TEST(SoundOf, IsThatOfTheRegionsInside) {
    auto package =
        packed({{region(1000, 3000), region(60'000, 62'000)}, {}}, until_full(60'000)).front();
    package.regions[1].level_db = -45.0F;
    const Sound sound = sound_of(package.regions, span(2000, 3000));
    EXPECT_EQ(sound.speech, milliseconds{1000});
    EXPECT_EQ(sound.level_db, -20.0F);
    EXPECT_EQ(sound_of(package.regions, span(60'000, 61'000)).level_db, -45.0F);
    EXPECT_EQ(sound_of(package.regions, span(10'000, 11'000)).speech, milliseconds{0});
}

Channels arbitrary_channels() {
    Channels channels(2);
    for (auto& regions : channels) {
        int at = 0;
        for (int i = *rc::gen::inRange(0, 40); i > 0; --i) {
            at += *rc::gen::inRange(300, 4000);
            const int end = at + *rc::gen::inRange(100, 30'000);
            regions.push_back(region(at, end));
            at = end;
        }
    }
    return channels;
}

RC_GTEST_PROP(Packing, SendsEverySoundOnceWithinTheLimits, ()) {
    const Channels channels = arbitrary_channels();
    PackingRules rules{.packing = *rc::gen::element(Packing::by_turns, Packing::until_full),
                       .longest = milliseconds{*rc::gen::inRange(31'000, 200'000)},
                       .least_speech = milliseconds{0}};
    const auto packages = packed(channels, rules);
    Channels back(2);
    std::vector<milliseconds> sent_until(2, milliseconds{0});
    for (const Package& package : packages) {
        const auto channel = static_cast<std::size_t>(package.channel);
        RC_ASSERT(package.duration() <= rules.longest);
        back[channel].insert(back[channel].end(), package.regions.begin(), package.regions.end());
        for (const Span& sent : package.spans) {
            RC_ASSERT(sent.start >= sent_until[channel]);
            RC_ASSERT(sent.end > sent.start);
            sent_until[channel] = sent.end;
        }
        for (const Region& inside : package.regions) {
            const bool covered = std::ranges::any_of(package.spans, [&](const Span& sent) {
                return sent.start <= inside.start && inside.end <= sent.end;
            });
            RC_ASSERT(covered);
        }
    }
    RC_ASSERT(back == channels);
    RC_ASSERT(std::ranges::is_sorted(
        packages, {}, [](const Package& package) { return package.regions.front().start; }));
}

TEST(Halved, CutsInAPauseNearTheMiddle) {
    const auto packages =
        packed({{region(1000, 3000), region(3400, 5000), region(5400, 9000)}}, until_full(60'000));
    const auto halves = halved(packages.at(0));
    ASSERT_EQ(halves.size(), 2U);
    EXPECT_EQ(halves[0].regions.size(), 2U);
    EXPECT_EQ(halves[0].spans, (std::vector{span(750, 5200)}));
    EXPECT_EQ(halves[1].regions.size(), 1U);
    EXPECT_EQ(halves[1].spans, (std::vector{span(5200, 9250)}));
}

TEST(Halved, IsThePackageItselfWithoutAPause) {
    const auto packages = packed({{region(1000, 30'000)}}, until_full(60'000));
    const auto halves = halved(packages.at(0));
    ASSERT_EQ(halves.size(), 1U);
    EXPECT_EQ(halves[0].spans, packages[0].spans);
}

RC_GTEST_PROP(Halved, LosesNoSoundAndSendsNoneTwice, ()) {
    const auto packages = packed(arbitrary_channels(), until_full(120'000));
    RC_PRE(!packages.empty());
    const Package& package = packages[*rc::gen::inRange<std::size_t>(0, packages.size())];
    std::vector<Region> regions;
    milliseconds sent{0};
    for (const Package& half : halved(package)) {
        RC_ASSERT(!half.regions.empty());
        RC_ASSERT(half.spans.front().start <= half.regions.front().start);
        RC_ASSERT(half.spans.back().end >= half.regions.back().end);
        regions.insert(regions.end(), half.regions.begin(), half.regions.end());
        sent += half.duration();
    }
    RC_ASSERT(regions == package.regions);
    RC_ASSERT(sent == package.duration());
}

RC_GTEST_PROP(InTheCall, KeepsOrderAndStaysWithinThePackage, ()) {
    const auto packages = packed(arbitrary_channels(), until_full(120'000));
    RC_PRE(!packages.empty());
    const Package& package = packages[*rc::gen::inRange<std::size_t>(0, packages.size())];
    const auto total = static_cast<int>(package.duration().count());
    const int from = *rc::gen::inRange(0, total);
    const int until = *rc::gen::inRange(from, total + 1000);
    const auto found = places(package, from, until);
    RC_ASSERT(!found.empty());
    milliseconds last{0};
    for (const Span& place : found) {
        RC_ASSERT(place.start >= last);
        RC_ASSERT(place.start <= place.end);
        RC_ASSERT(place.start >= package.regions.front().start);
        RC_ASSERT(place.end <= std::max(package.regions.back().end, place.start));
        last = place.end;
    }
}

} // namespace
} // namespace callctl::audio
