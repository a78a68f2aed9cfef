#include "made_audio.hpp"

#include "audio/loudness.hpp"
#include "audio/wav.hpp"

#include <gtest/gtest.h>

namespace callctl::audio {
namespace {

double loudest(const Samples& samples, std::size_t block) {
    Loudness loudness{8000};
    for (std::size_t i = 0; i < samples.size(); i += block) {
        loudness.add(std::span{samples}.subspan(i, std::min(block, samples.size() - i)));
    }
    return loudness.loudest();
}

TEST(Loudness, NothingAndSilenceAreZero) {
    EXPECT_EQ(Loudness{8000}.loudest(), 0.0);
    EXPECT_EQ(loudest(Samples(8000, 0), 4096), 0.0);
}

TEST(Loudness, OfAToneIsItsRms) {
    EXPECT_NEAR(loudest(tone(8000, 0.5), 4096), 0.5 / std::numbers::sqrt2, 0.01);
}

TEST(Loudness, FullScaleIsOne) {
    EXPECT_DOUBLE_EQ(loudest(Samples(1600, -32768), 160), 1.0);
}

TEST(Loudness, OneLoudFrameInSilenceCounts) {
    Samples samples(80'000, 0);
    const Samples word = tone(160, 0.5);
    std::copy(word.begin(), word.end(), samples.begin() + 16'000);
    EXPECT_GT(loudest(samples, 4096), 0.3);
}

TEST(Loudness, DoesNotDependOnTheBlocks) {
    const Samples samples = noise(10'000, 3000);
    const double whole = loudest(samples, samples.size());
    EXPECT_DOUBLE_EQ(loudest(samples, 1), whole);
    EXPECT_DOUBLE_EQ(loudest(samples, 7), whole);
    EXPECT_DOUBLE_EQ(loudest(samples, 4096), whole);
}

TEST(Loudness, ARestOfAFrameCountsAsIfSilenceFollowed) {
    EXPECT_NEAR(loudest(Samples(40, -32768), 40), 0.5, 0.001); // a quarter of a frame
}

TEST(Loudness, LineNoiseLiesUnderTheSilenceGate) {
    EXPECT_LT(loudest(noise(80'000, 40), 4096), k_silence_rms);
    EXPECT_GT(loudest(noise(80'000, 400), 4096), k_silence_rms);
}

TEST(Loudness, AnAbsurdRateDoesNotDivideByZero) {
    Loudness loudness{0};
    loudness.add(Samples(10, -32768));
    EXPECT_DOUBLE_EQ(loudness.loudest(), 1.0);
}

} // namespace
} // namespace callctl::audio
