#include "audio/excerpt.hpp"
#include "audio/survey.hpp"
#include "audio/wav.hpp"
#include "support/made_audio.hpp"

#include <gtest/gtest.h>

namespace callctl::audio {
namespace {

class Excerpt : public MadeAudio {
  protected:
    [[nodiscard]] static call::Outcome<std::string> cut(const std::string& from, int channel,
                                                        std::vector<Span> spans,
                                                        Encoding encoding = Encoding::wav) {
        auto reader = WavReader::open(from);
        return reader ? excerpt(*reader, channel, spans, encoding) : base::fail(reader.error());
    }

    // The samples of an audio file in memory, read back by libsndfile.
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

using std::chrono::milliseconds;

Samples part(const Samples& samples, std::ptrdiff_t from, std::ptrdiff_t until) {
    return {samples.begin() + from, samples.begin() + until};
}

TEST_F(Excerpt, SplitsToneFromSilence) {
    const Samples left = tone(20'000, 0.3);
    const auto both = wav(interleaved(left, Samples(20'000, 0)), 2, SF_FORMAT_PCM_16);
    const auto first = cut(both, 0, {{milliseconds{0}, milliseconds{2500}}});
    const auto second = cut(both, 1, {{milliseconds{0}, milliseconds{2500}}});
    ASSERT_TRUE(first && second);
    SF_INFO format{};
    EXPECT_EQ(samples_of(*first, format), left);
    EXPECT_EQ(format.channels, 1);
    EXPECT_EQ(format.samplerate, 8000);
    EXPECT_EQ(format.format, SF_FORMAT_WAV | SF_FORMAT_PCM_16);
    EXPECT_EQ(samples_of(*second, format), Samples(20'000, 0));
}

TEST_F(Excerpt, PutsItsSpansOneAfterTheOther) {
    const Samples left = noise(24'000, 9000);
    const auto both = wav(interleaved(left, Samples(24'000, 0)), 2, SF_FORMAT_PCM_16);
    const auto made =
        cut(both, 0,
            {{milliseconds{125}, milliseconds{250}}, {milliseconds{2000}, milliseconds{2500}}});
    ASSERT_TRUE(made);
    Samples expected = part(left, 1000, 2000);
    const Samples later = part(left, 16'000, 20'000);
    expected.insert(expected.end(), later.begin(), later.end());
    SF_INFO format{};
    EXPECT_EQ(samples_of(*made, format), expected);
    EXPECT_EQ(made->size(), 44U + 10'000U);
    EXPECT_TRUE(inspect_wav(file(*made), std::nullopt));
}

TEST_F(Excerpt, EndsWithTheRecording) {
    const auto mono = wav(tone(8000, 0.3), 1, SF_FORMAT_PCM_16);
    const auto made = cut(mono, 0, {{milliseconds{900}, milliseconds{5000}}});
    ASSERT_TRUE(made);
    EXPECT_EQ(made->size(), 44U + 1600U);
    EXPECT_TRUE(cut(mono, 0, {{milliseconds{5000}, milliseconds{6000}}}));
}

TEST_F(Excerpt, AsFlacHoldsTheSameSamplesInFewerBytes) {
    const Samples left = tone(80'000, 0.3);
    const auto mono = wav(left, 1, SF_FORMAT_PCM_16);
    const auto made = cut(mono, 0, {{milliseconds{0}, milliseconds{10'000}}}, Encoding::flac);
    ASSERT_TRUE(made);
    EXPECT_EQ(made->substr(0, 4), "fLaC");
    EXPECT_LT(made->size(), 100'000U);
    SF_INFO format{};
    EXPECT_EQ(samples_of(*made, format), left);
    EXPECT_EQ(format.format & SF_FORMAT_TYPEMASK, SF_FORMAT_FLAC);
}

// Requests are measured as if the samples were sent as they are, less a hundredth.
TEST_F(Excerpt, AsFlacOfFullNoiseIsLongerByLessThanAHundredth) {
    for (const std::size_t count : {40'000U, 800'000U}) {
        const auto loud = wav(noise(count, 32'767), 1, SF_FORMAT_PCM_16);
        const auto made =
            cut(loud, 0, {{milliseconds{0}, milliseconds{count / 8}}}, Encoding::flac);
        ASSERT_TRUE(made);
        EXPECT_GT(made->size(), count) << "noise, which nothing makes small";
        EXPECT_LT(made->size(), count * 2 + count * 2 / 100);
    }
}

TEST_F(Excerpt, KeepsTheFilesOwnRate) {
    const auto made = cut(wav(tone(16'000, 0.3), 1, SF_FORMAT_PCM_16, 16'000), 0,
                          {{milliseconds{0}, milliseconds{1000}}});
    ASSERT_TRUE(made);
    SF_INFO format{};
    EXPECT_EQ(samples_of(*made, format).size(), 16'000U);
    EXPECT_EQ(format.samplerate, 16'000);
}

TEST_F(Excerpt, DecodesMuLawAndALaw) {
    for (const int encoding : {SF_FORMAT_ULAW, SF_FORMAT_ALAW}) {
        const Samples left = tone(8000, 0.3);
        const auto made = cut(wav(interleaved(left, Samples(8000, 0)), 2, encoding), 0,
                              {{milliseconds{500}, milliseconds{1000}}});
        ASSERT_TRUE(made);
        SF_INFO format{};
        const Samples back = samples_of(*made, format);
        ASSERT_EQ(back.size(), 4000U);
        for (std::size_t i = 0; i < back.size(); ++i) {
            ASSERT_NEAR(back[i], left[i + 4000], 600) << i; // the step of the law at that loudness
        }
    }
}

TEST_F(Excerpt, OfWhatIsNoWavIsBadMedia) {
    EXPECT_EQ(WavReader::open(path("absent")).error().reason, call::Reason::bad_media);
    EXPECT_EQ(WavReader::open(file("{}")).error().reason, call::Reason::bad_media);
    const auto flac = wav(tone(8000, 0.3), 1, SF_FORMAT_PCM_16, 8000, SF_FORMAT_FLAC);
    EXPECT_EQ(WavReader::open(flac).error().detail.rfind("no WAV file that we read", 0), 0U);
    const auto floats = wav(tone(8000, 0.3), 1, SF_FORMAT_FLOAT);
    EXPECT_EQ(WavReader::open(floats).error().reason, call::Reason::bad_media);
}

} // namespace
} // namespace callctl::audio
