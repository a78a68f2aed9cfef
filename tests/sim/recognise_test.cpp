#include "sim/bench.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

namespace callctl::sim {
namespace {

Samples stretch(const char* dialogue, Track track, std::int64_t from, std::int64_t until,
                std::uint32_t call_ordinal = 0) {
    return tone_library().performance(dialogue).render(track, from, until - from, call_ordinal);
}

Recognised heard_in(const Samples& samples) {
    return tone_library().recognise(Channel{samples}, k_telephone_rate);
}

void append(Samples& packed, const Samples& more) {
    packed.insert(packed.end(), more.begin(), more.end());
}

TEST(Recognition, FindsEveryTrackOfEveryDialogue) {
    for (const Dialogue& dialogue : all_dialogues()) {
        const std::int64_t length = tone_library().performance(dialogue.id).length();
        for (const Track track : {Track::caller, Track::agent, Track::mix}) {
            const auto heard = heard_in(stretch(dialogue.id.c_str(), track, 0, length + 800));
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
    const Spoken& third = tone_library().performance("en-appointment").spoken()[2];
    const auto heard =
        heard_in(stretch("en-appointment", Track::agent, third.from - 1600, third.until + 1600));
    ASSERT_EQ(heard.utterances.size(), 1U);
    EXPECT_EQ(heard.utterances[0].text, third.line->text);
    EXPECT_EQ(heard.utterances[0].from_ms, 200);
}

TEST(Recognition, FindsWhatIsPackedFromAnywhereInItsOrder) {
    Samples packed;
    std::vector<std::string> texts;
    for (const char* const dialogue : {"en-appointment", "he-complaint", "en-interrupted"}) {
        const auto& lines = tone_library().performance(dialogue).spoken();
        for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
            const Track track = line->line->voice == Voice::caller ? Track::caller : Track::agent;
            append(packed, stretch(dialogue, track, std::max<std::int64_t>(line->from - 2000, 0),
                                   line->until + 2000));
            texts.push_back(line->line->text);
        }
    }
    const auto heard = heard_in(packed);
    ASSERT_EQ(heard.utterances.size(), texts.size());
    EXPECT_FALSE(heard.strange);
    for (std::size_t i = 0; i < texts.size(); ++i) {
        EXPECT_EQ(heard.utterances[i].text, texts[i]);
    }
}

TEST(Recognition, GivesEachWordToOnePartOfALineThatIsCut) {
    const Spoken& line = tone_library().performance("he-complaint").spoken()[1];
    for (std::int64_t cut = line.from + 400; cut < line.until; cut += 777) {
        const auto first =
            heard_in(stretch("he-complaint", Track::caller, line.from - 2000, cut)).utterances;
        const auto rest =
            heard_in(stretch("he-complaint", Track::caller, cut, line.until + 2000)).utterances;
        std::string both = first.empty() ? "" : first.front().text;
        both += (first.empty() || rest.empty() ? "" : " ");
        both += rest.empty() ? "" : rest.front().text;
        EXPECT_EQ(both, line.line->text) << cut;
    }
}

TEST(Recognition, HearsOneCallOnly) {
    const auto heard = heard_in(stretch("he-complaint", Track::caller, 777, 90'000, 4711));
    EXPECT_EQ(heard.call_ordinal, 4711U);
    EXPECT_EQ(heard.track, "he-complaint/caller");
    EXPECT_FALSE(heard.utterances.empty());
    EXPECT_EQ(heard_in(stretch("he-complaint", Track::caller, 0, 8000)).call_ordinal, 0U);
}

TEST(Recognition, KnowsStrangeSound) {
    Samples noise;
    for (std::uint64_t i = 0; i < 16'000; ++i) {
        noise.push_back(static_cast<std::int16_t>(dice(1, 2, 3, i) * 20'000.0 - 10'000.0));
    }
    const auto heard = heard_in(noise);
    EXPECT_TRUE(heard.strange);
    EXPECT_TRUE(heard.utterances.empty());
    EXPECT_FALSE(heard.silent);
}

// Marks alone are not enough: what was made louder or mixed with something is not what was said.
TEST(Recognition, IsOfTheSoundNotOfItsMarks) {
    const Spoken& line = tone_library().performance("en-appointment").spoken()[0];
    Samples spoilt = stretch("en-appointment", Track::agent, line.from, line.until);
    for (std::int16_t& sample : spoilt) {
        sample = static_cast<std::int16_t>(sample + 64);
    }
    const auto heard = heard_in(spoilt);
    EXPECT_TRUE(heard.strange);
    EXPECT_TRUE(heard.utterances.empty());
}

TEST(Recognition, HearsWordsBesideStrangeSound) {
    const Spoken& line = tone_library().performance("en-appointment").spoken()[0];
    Samples packed(8000, 3000);
    append(packed, stretch("en-appointment", Track::agent, line.from, line.until));
    append(packed, Samples(8000, 3000));
    const auto heard = heard_in(packed);
    EXPECT_TRUE(heard.strange);
    ASSERT_EQ(heard.utterances.size(), 1U);
    EXPECT_EQ(heard.utterances[0].text, line.line->text);
    EXPECT_NEAR(static_cast<double>(heard.utterances[0].from_ms), 1000.0, 1.0);
}

TEST(Mark, SurvivesACutAnywhere) {
    const Samples samples = stretch("he-complaint", Track::caller, 0, 8000, 4711);
    for (const std::ptrdiff_t cut : {0, 1, 159, 160, 777}) {
        const Samples rest(samples.begin() + cut, samples.begin() + cut + 2 * k_mark_samples - 1);
        const auto found = find_mark(Channel{rest}, 0, std::ssize(rest));
        ASSERT_TRUE(found) << cut;
        EXPECT_EQ(found->mark.call_ordinal, 4711U);
        EXPECT_EQ(found->mark.frame * k_mark_samples, cut + found->at);
    }
    EXPECT_FALSE(find_mark(Channel{}, 0, 0));
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
