#include "audio/activity.hpp"
#include "support/made_audio.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace callctl::audio {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t k_second = 8000;

std::vector<Region> heard(const Samples& samples, ActivityRules rules = {}) {
    VoiceActivity activity{8000, rules};
    activity.add(samples);
    return activity.finish();
}

Samples quiet(std::size_t count) {
    return noise(count, 60); // -61 dB, a good line
}

void expect_near(milliseconds found, int wanted_ms, int tolerance_ms) {
    EXPECT_NEAR(static_cast<double>(found.count()), wanted_ms, tolerance_ms);
}

TEST(VoiceActivity, HearsNothingInSilenceAndLineNoise) {
    EXPECT_TRUE(heard({}).empty());
    EXPECT_TRUE(heard(Samples(60 * k_second, 0)).empty());
    for (const int peak : {1, 60, 200, 800, 3000}) {
        EXPECT_TRUE(heard(noise(60 * k_second, peak)).empty()) << peak;
    }
}

TEST(VoiceActivity, HearsSpeechBetweenPauses) {
    for (const int line : {0, 60, 200}) {
        Samples samples = noise(2 * k_second, std::max(line, 1));
        samples += mixed(babble(3 * k_second, 0.3), noise(k_second, std::max(line, 1)));
        samples += noise(4 * k_second, std::max(line, 1));
        samples += mixed(babble(k_second, 0.3), noise(k_second, std::max(line, 1)));
        samples += noise(2 * k_second, std::max(line, 1));
        const auto regions = heard(samples);
        ASSERT_EQ(regions.size(), 2U) << line;
        expect_near(regions[0].start, 2000, 60);
        expect_near(regions[0].end, 5000, 120);
        expect_near(regions[1].start, 9000, 60);
        expect_near(regions[1].end, 10'000, 120);
        EXPECT_GT(regions[0].level_db, -25.0F);
        EXPECT_LT(regions[0].floor_db, -40.0F);
    }
}

TEST(VoiceActivity, HearsSpeechThatFillsTheWholeRecording) {
    const auto regions = heard(babble(20 * k_second, 0.3));
    ASSERT_FALSE(regions.empty());
    expect_near(regions.front().start, 0, 60);
    expect_near(regions.back().end, 20'000, 200);
}

TEST(VoiceActivity, AdaptsToTheLevelOfTheLine) {
    for (const double peak : {0.02, 0.1, 0.9}) {
        Samples samples = quiet(3 * k_second);
        samples += mixed(babble(2 * k_second, peak), quiet(k_second));
        samples += quiet(3 * k_second);
        EXPECT_EQ(heard(samples).size(), 1U) << peak;
    }
}

// As bad converters add it.
TEST(VoiceActivity, HearsSpeechOnAConstantOffset) {
    Samples plain = quiet(2 * k_second);
    plain += mixed(babble(2 * k_second, 0.1), quiet(k_second));
    plain += quiet(2 * k_second);
    for (const int offset : {-12'000, -1'000, 1'000, 12'000}) {
        Samples shifted = plain;
        for (std::int16_t& sample : shifted) {
            sample = static_cast<std::int16_t>(sample + offset);
        }
        const auto regions = heard(shifted);
        ASSERT_EQ(regions.size(), 1U) << offset;
        expect_near(regions[0].start, 2000, 60);
        expect_near(regions[0].end, 4000, 120);
    }
    EXPECT_TRUE(heard(Samples(5 * k_second, 9'000)).empty()) << "nothing but the offset";
}

TEST(VoiceActivity, FollowsAnOffsetThatComesLate) {
    Samples samples(10 * k_second, 0);
    Samples later = quiet(30 * k_second);
    later += mixed(babble(2 * k_second, 0.1), quiet(k_second));
    later += quiet(2 * k_second);
    for (std::int16_t& sample : later) {
        sample = static_cast<std::int16_t>(sample + 3'000);
    }
    samples += later;
    const auto regions = heard(samples);
    ASSERT_EQ(regions.size(), 1U);
    expect_near(regions[0].start, 40'000, 60);
    expect_near(regions[0].end, 42'000, 120);
}

TEST(VoiceActivity, LeavesOutMusicOnHold) {
    Samples samples = quiet(3 * k_second);
    samples += music(60 * k_second, 0.3);
    samples += quiet(3 * k_second);
    EXPECT_TRUE(heard(samples).empty());
}

TEST(VoiceActivity, HearsSpeechBeforeAndAfterMusic) {
    Samples samples = mixed(babble(4 * k_second, 0.3), quiet(k_second));
    samples += quiet(7 * k_second);
    samples += music(30 * k_second, 0.2);
    samples += quiet(7 * k_second);
    samples += mixed(babble(4 * k_second, 0.3), quiet(k_second));
    const auto regions = heard(samples);
    ASSERT_EQ(regions.size(), 2U);
    expect_near(regions[0].start, 0, 60);
    expect_near(regions[1].start, 48'000, 60);
}

TEST(VoiceActivity, LeavesOutRingingTones) {
    Samples samples;
    for (int i = 0; i < 5; ++i) { // two seconds of every six (ITU-T E.180)
        samples += mixed(tone(2 * k_second, 0.1), quiet(k_second));
        samples += quiet(4 * k_second);
    }
    EXPECT_TRUE(heard(samples).empty());
}

TEST(VoiceActivity, LeavesOutABurstOfNoise) {
    for (const std::size_t tenths : {8U, 20U, 60U}) {
        Samples samples = quiet(3 * k_second);
        samples += noise(tenths * static_cast<std::size_t>(k_second) / 10, 6000);
        samples += quiet(3 * k_second);
        EXPECT_TRUE(heard(samples).empty()) << tenths;
    }
}

TEST(VoiceActivity, LeavesOutClicks) {
    Samples samples = quiet(10 * k_second);
    for (std::size_t at = k_second; at + 400 < samples.size(); at += k_second) {
        std::fill_n(samples.begin() + static_cast<std::ptrdiff_t>(at), 400, std::int16_t{20'000});
    }
    EXPECT_TRUE(heard(samples).empty());
}

TEST(VoiceActivity, CutsWhoNeverPauses) {
    const auto regions = heard(mixed(babble(100 * k_second, 0.3), quiet(k_second)));
    ASSERT_GE(regions.size(), 4U);
    for (std::size_t i = 0; i < regions.size(); ++i) {
        EXPECT_LE(regions[i].end - regions[i].start, milliseconds{30'000});
        if (i > 0) {
            EXPECT_EQ(regions[i].start, regions[i - 1].end) << "a sound lost between them";
        }
    }
}

TEST(VoiceActivity, CutsWhoPausesJustBeforeTheCut) {
    for (std::size_t hundredths = 2940; hundredths <= 3060; hundredths += 5) {
        Samples samples = mixed(babble(hundredths * 80, 0.3), quiet(k_second));
        samples += quiet(3 * k_second);
        samples += mixed(babble(2 * k_second, 0.3), quiet(k_second));
        samples += quiet(2 * k_second);
        const auto regions = heard(samples);
        ASSERT_GE(regions.size(), 2U) << hundredths;
        for (std::size_t i = 0; i < regions.size(); ++i) {
            EXPECT_LT(regions[i].start, regions[i].end) << hundredths;
            EXPECT_TRUE(i == 0 || regions[i].start >= regions[i - 1].end) << hundredths;
        }
        expect_near(regions.back().start, static_cast<int>(hundredths) * 10 + 3000, 60);
    }
}

TEST(VoiceActivity, TimesHoldAtAnyRate) {
    for (const int rate : {8000, 11'025, 16'000, 44'100}) {
        const auto second = static_cast<std::size_t>(rate);
        Samples samples = noise(2 * second, 60);
        samples += babble(2 * second, 0.3, rate);
        samples += noise(3 * second, 60);
        VoiceActivity activity{rate};
        activity.add(samples);
        const auto regions = activity.finish();
        ASSERT_EQ(regions.size(), 1U) << rate;
        expect_near(regions[0].start, 2000, 60);
    }
}

RC_GTEST_PROP(VoiceActivity, DoesNotDependOnTheBlocksItIsFed, ()) {
    static const Samples k_samples = [] {
        Samples made = quiet(k_second);
        made += babble(3 * k_second, 0.3);
        made += quiet(2 * k_second);
        made += babble(k_second, 0.2);
        return made += quiet(k_second);
    }();
    static const auto k_whole = heard(k_samples);
    VoiceActivity activity{8000};
    for (std::size_t at = 0; at < k_samples.size();) {
        const std::size_t size =
            std::min(*rc::gen::inRange<std::size_t>(1, 9000), k_samples.size() - at);
        activity.add(std::span{k_samples}.subspan(at, size));
        at += size;
    }
    RC_ASSERT(activity.finish() == k_whole);
}

RC_GTEST_PROP(VoiceActivity, RegionsAreInOrderAndInsideTheRecording, ()) {
    const auto bursts = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 4));
    Samples samples;
    for (const int kind : bursts) {
        const auto length = *rc::gen::inRange<std::size_t>(1, 3 * k_second);
        samples += kind == 0   ? quiet(length)
                   : kind == 1 ? babble(length, 0.3)
                   : kind == 2 ? music(length, 0.3)
                               : Samples(length, std::int16_t{-32'768});
    }
    milliseconds before{0};
    for (const Region& region : heard(samples)) {
        RC_ASSERT(region.start >= before);
        RC_ASSERT(region.end > region.start);
        before = region.end;
    }
    RC_ASSERT(before.count() <= static_cast<std::int64_t>(samples.size()) / 8);
}

} // namespace
} // namespace callctl::audio
