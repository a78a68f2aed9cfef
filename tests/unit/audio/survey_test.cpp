#include "audio/survey.hpp"
#include "support/made_audio.hpp"

#include <gtest/gtest.h>

namespace callctl::audio {
namespace {

class SurveyOf : public MadeAudio {};

Samples talk(std::size_t before, std::size_t speech, std::size_t after) {
    Samples samples = noise(before, 60);
    samples += babble(speech, 0.3);
    return samples += noise(after, 60);
}

TEST_F(SurveyOf, HearsEachChannelApart) {
    const Samples left = talk(8000, 16'000, 40'000);
    const Samples right = talk(32'000, 16'000, 16'000);
    const auto found = survey(wav(interleaved(left, right), 2, SF_FORMAT_PCM_16));
    ASSERT_TRUE(found);
    ASSERT_EQ(found->channels.size(), 2U);
    ASSERT_EQ(found->channels[0].size(), 1U);
    ASSERT_EQ(found->channels[1].size(), 1U);
    EXPECT_NEAR(static_cast<double>(found->channels[0][0].start.count()), 1000, 60);
    EXPECT_NEAR(static_cast<double>(found->channels[1][0].start.count()), 4000, 60);
    EXPECT_EQ(found->info.duration.count(), 8000);
}

TEST_F(SurveyOf, HearsTheSameInEveryEncoding) {
    const Samples both = interleaved(talk(8000, 16'000, 8000), talk(16'000, 8000, 8000));
    const auto plain = survey(wav(both, 2, SF_FORMAT_PCM_16));
    ASSERT_TRUE(plain);
    for (const int encoding : {SF_FORMAT_ULAW, SF_FORMAT_ALAW}) {
        const auto found = survey(wav(both, 2, encoding));
        ASSERT_TRUE(found);
        ASSERT_EQ(found->channels[0].size(), plain->channels[0].size());
        EXPECT_NEAR(static_cast<double>(found->channels[0][0].start.count()),
                    static_cast<double>(plain->channels[0][0].start.count()), 30);
    }
}

TEST_F(SurveyOf, OfWhatIsNoWavIsBadMedia) {
    EXPECT_EQ(survey(path("absent")).error().reason, call::Reason::bad_media);
    EXPECT_EQ(survey(file("<html>")).error().reason, call::Reason::bad_media);
}

} // namespace
} // namespace callctl::audio
