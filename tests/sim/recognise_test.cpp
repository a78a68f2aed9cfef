#include "sim/bench.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace callctl::sim {
namespace {

Samples stretch(const char* dialogue, Track track, std::int64_t from, std::int64_t until) {
    Samples samples;
    for (std::int64_t at = from; at < until; ++at) {
        samples.push_back(tone_library().performance(dialogue).sample(track, at));
    }
    return samples;
}

TEST(Recognition, FindsEveryTrackOfEveryDialogue) {
    for (const Dialogue& dialogue : all_dialogues()) {
        const std::int64_t length = tone_library().performance(dialogue.id).length();
        for (const Track track : {Track::caller, Track::agent, Track::mix}) {
            const auto heard = tone_library().recognise(
                {1, 8000, stretch(dialogue.id.c_str(), track, 0, length + 800)});
            EXPECT_FALSE(heard.strange) << dialogue.id;
            const auto belongs = std::ranges::count_if(dialogue.lines, [&](const Line& line) {
                return track == Track::mix ||
                       (line.voice == Voice::caller) == (track == Track::caller);
            });
            ASSERT_EQ(std::ssize(heard.utterances), belongs) << dialogue.id;
            EXPECT_EQ(heard.silent, belongs == 0) << dialogue.id;
        }
    }
}

TEST(Recognition, FindsChunksAndKeepsTheirTime) {
    const auto& made = tone_library().performance("en-appointment");
    const Spoken& third = made.spoken[2];
    const Samples chunk =
        stretch("en-appointment", Track::agent, third.from - 1600, third.until + 1600);
    const auto heard = tone_library().recognise({1, 8000, chunk});
    ASSERT_EQ(heard.utterances.size(), 1U);
    EXPECT_EQ(heard.utterances[0].text, third.line->text);
    EXPECT_EQ(heard.utterances[0].from_ms, 200);
}

TEST(Recognition, FindsSeveralStretchesInOne) {
    const auto& made = tone_library().performance("en-appointment");
    Samples packed =
        stretch("en-appointment", Track::caller, made.spoken[1].from, made.spoken[1].until);
    const Samples more =
        stretch("en-appointment", Track::caller, made.spoken[5].from, made.spoken[5].until);
    packed.insert(packed.end(), more.begin(), more.end());
    const auto heard = tone_library().recognise({1, 8000, packed});
    ASSERT_EQ(heard.utterances.size(), 2U);
    EXPECT_EQ(heard.utterances[1].text, made.spoken[5].line->text);
}

TEST(Recognition, KnowsStrangeSound) {
    Samples noise;
    for (std::uint64_t i = 0; i < 16'000; ++i) {
        noise.push_back(static_cast<std::int16_t>(dice(1, 2, 3, i) * 20'000.0 - 10'000.0));
    }
    const auto heard = tone_library().recognise({1, 8000, noise});
    EXPECT_TRUE(heard.strange);
    EXPECT_TRUE(heard.utterances.empty());
    EXPECT_FALSE(heard.silent);
}

TEST(Watermark, SurvivesACutAnywhere) {
    Samples samples = stretch("he-complaint", Track::caller, 0, 8000);
    watermark(samples, 4711);
    for (const std::ptrdiff_t cut : {0, 1, 95, 96, 777}) {
        const Samples rest(samples.begin() + cut, samples.end());
        EXPECT_EQ(read_watermark(rest), 4711U) << cut;
    }
    EXPECT_EQ(read_watermark(stretch("he-complaint", Track::caller, 0, 8000)), std::nullopt);
    EXPECT_EQ(read_watermark({}), std::nullopt);
}

TEST(Wav, IsReadBackAsWritten) {
    const Wav wav{2, 8000, {1, -2, 300, -32768}};
    const auto read = read_wav(write_wav(wav));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->channels, 2);
    EXPECT_EQ(read->samples, wav.samples);
}

TEST(Wav, IsRefusedWhenItIsNone) {
    for (const std::string bad : {"", "RIFF", "RIFF....WAVE", "<xml/>", "ID3.............."}) {
        EXPECT_FALSE(read_wav(bad)) << bad;
    }
}

TEST(Resampling, KeepsATone) {
    Samples tone;
    for (int i = 0; i < 22'050; ++i) {
        tone.push_back(
            static_cast<std::int16_t>(10'000.0 * std::sin(2.0 * 3.14159265 * 1000.0 * i / 22'050)));
    }
    const Samples out = resampled(tone, 22'050, 8000);
    ASSERT_EQ(out.size(), 8000U);
    int crossings = 0;
    for (std::size_t i = 1; i < out.size(); ++i) {
        crossings += (out[i - 1] < 0) != (out[i] < 0) ? 1 : 0;
    }
    EXPECT_NEAR(crossings, 2000, 4);
    EXPECT_NEAR(loudest_rms(out, 8000), 10'000.0 / 32'768 / std::sqrt(2.0), 0.01);
}

TEST(Resampling, KeepsOutWhatWouldFoldBack) {
    Samples tone;
    for (int i = 0; i < 22'050; ++i) {
        tone.push_back(
            static_cast<std::int16_t>(10'000.0 * std::sin(2.0 * 3.14159265 * 7000.0 * i / 22'050)));
    }
    const Samples out = resampled(tone, 22'050, 8000);
    const Samples middle(out.begin() + 1000, out.end() - 1000);
    EXPECT_LT(loudest_rms(middle, 8000), 0.002);
}

class Espeak : public testing::TestWithParam<const char*> {};

TEST_P(Espeak, SpeaksAndIsKept) {
    if (!EspeakSpeech::installed()) {
        GTEST_SKIP() << "espeak-ng is not installed: apt-get install espeak-ng";
    }
    const auto folder = std::filesystem::temp_directory_path() /
                        ("callctl-sim-speech-" + std::to_string(getpid()) + GetParam());
    const Line line{Voice::agent,
                    {},
                    find_dialogue(std::string{GetParam()} + "-appointment")->lines[0].text,
                    GetParam()};
    EspeakSpeech speech{folder.string()};
    const Samples first = speech.say(line);
    EXPECT_GT(first.size(), 8000U);
    EXPECT_GT(loudest_rms(first, 8000), 0.05);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator{folder}, {}), 1);
    EXPECT_EQ(speech.say(line), first);
    EXPECT_NE(speech.say({Voice::caller, {}, line.text, line.language}), first);
    std::filesystem::remove_all(folder);
}

INSTANTIATE_TEST_SUITE_P(Languages, Espeak, testing::Values("he", "en"));

} // namespace
} // namespace callctl::sim
