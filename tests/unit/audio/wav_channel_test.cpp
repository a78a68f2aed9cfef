#include "made_audio.hpp"

#include "audio/wav.hpp"

#include <gtest/gtest.h>

namespace callctl::audio {
namespace {

class ReadChannel : public MadeAudio {
  protected:
    // The samples of a WAV file in memory, read back by libsndfile.
    Samples samples_of(const std::string& bytes, SF_INFO& format) {
        const std::string target = path("back.wav");
        std::ofstream{target, std::ios::binary} << bytes;
        format = {};
        SNDFILE* const in = sf_open(target.c_str(), SFM_READ, &format);
        EXPECT_NE(in, nullptr) << sf_strerror(nullptr);
        Samples samples(static_cast<std::size_t>(format.frames * format.channels));
        sf_read_short(in, samples.data(), static_cast<sf_count_t>(samples.size()));
        sf_close(in);
        return samples;
    }
};

TEST_F(ReadChannel, SplitsToneFromSilence) {
    const Samples left = tone(20'000, 0.3);
    const auto file = wav(interleaved(left, Samples(20'000, 0)), 2, SF_FORMAT_PCM_16);
    const auto first = read_channel(file, 0);
    const auto second = read_channel(file, 1);
    ASSERT_TRUE(first && second);
    SF_INFO format{};
    EXPECT_EQ(samples_of(first->wav, format), left);
    EXPECT_EQ(format.channels, 1);
    EXPECT_EQ(format.samplerate, 8000);
    EXPECT_EQ(format.format, SF_FORMAT_WAV | SF_FORMAT_PCM_16);
    EXPECT_EQ(samples_of(second->wav, format), Samples(20'000, 0));
    EXPECT_GT(first->loudest_rms, 0.2);
    EXPECT_EQ(second->loudest_rms, 0.0);
    EXPECT_EQ(first->duration.count(), 2500);
}

TEST_F(ReadChannel, HeaderSaysTheSizesOfWhatIsThere) {
    const auto channel = read_channel(wav(tone(8000, 0.3), 1, SF_FORMAT_PCM_16), 0);
    ASSERT_TRUE(channel);
    EXPECT_EQ(channel->wav.size(), 44U + 16'000U);
    EXPECT_TRUE(inspect_wav(file(channel->wav), std::chrono::seconds{1}));
}

TEST_F(ReadChannel, KeepsTheFilesOwnRate) {
    const auto channel = read_channel(wav(tone(16'000, 0.3), 1, SF_FORMAT_PCM_16, 16'000), 0);
    ASSERT_TRUE(channel);
    SF_INFO format{};
    (void)samples_of(channel->wav, format);
    EXPECT_EQ(format.samplerate, 16'000);
    EXPECT_EQ(channel->duration.count(), 1000);
}

TEST_F(ReadChannel, LineNoiseIsSilence) {
    const auto file = wav(interleaved(noise(16'000, 40), tone(16'000, 0.2)), 2, SF_FORMAT_PCM_16);
    EXPECT_LT(read_channel(file, 0)->loudest_rms, k_silence_rms);
    EXPECT_GT(read_channel(file, 1)->loudest_rms, k_silence_rms);
}

TEST_F(ReadChannel, DecodesMuLawAndALaw) {
    for (const int encoding : {SF_FORMAT_ULAW, SF_FORMAT_ALAW}) {
        const Samples left = tone(8000, 0.3);
        const auto channel = read_channel(wav(interleaved(left, Samples(8000, 0)), 2, encoding), 0);
        ASSERT_TRUE(channel);
        SF_INFO format{};
        const Samples back = samples_of(channel->wav, format);
        ASSERT_EQ(back.size(), left.size());
        for (std::size_t i = 0; i < back.size(); ++i) {
            ASSERT_NEAR(back[i], left[i], 600) << i; // the step of the law at that loudness
        }
    }
}

TEST_F(ReadChannel, ThatIsNotThereIsBadMedia) {
    const auto mono = wav(tone(8000, 0.3), 1, SF_FORMAT_PCM_16);
    EXPECT_EQ(read_channel(mono, 1).error().reason, call::Reason::bad_media);
    EXPECT_EQ(read_channel(mono, -1).error().reason, call::Reason::bad_media);
}

TEST_F(ReadChannel, OfWhatIsNoWavIsBadMedia) {
    EXPECT_EQ(read_channel(path("absent"), 0).error().reason, call::Reason::bad_media);
    EXPECT_EQ(read_channel(file("{}"), 0).error().reason, call::Reason::bad_media);
    const auto flac = wav(tone(8000, 0.3), 1, SF_FORMAT_PCM_16, 8000, SF_FORMAT_FLAC);
    EXPECT_EQ(read_channel(flac, 0).error().detail.rfind("no WAV file that we read", 0), 0U);
    const auto floats = wav(tone(8000, 0.3), 1, SF_FORMAT_FLOAT);
    EXPECT_EQ(read_channel(floats, 0).error().reason, call::Reason::bad_media);
}

} // namespace
} // namespace callctl::audio
