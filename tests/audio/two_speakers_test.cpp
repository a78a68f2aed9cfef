// Conversations of synthetic voices whose turns are known, over a noisy line.
#include "audio/activity.hpp"
#include "audio/packing.hpp"
#include "audio/survey.hpp"
#include "sim/library.hpp"
#include "sim/speech.hpp"
#include "support/made_audio.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <random>

namespace callctl::audio {
namespace {

using std::chrono::milliseconds;

struct Said {
    int channel;
    int start_ms;
    const char* text;
};

// With an answer that comes at once, an interruption and a pause in the middle of a turn.
const std::vector<Said> k_english{
    {1, 700, "Good morning, dental clinic, this is Dana speaking, how can I help you?"},
    {0, 5300, "Hello. I would like to book an appointment for a check up."},
    {1, 9000, "Of course."},
    {1, 11'500, "Would Tuesday at ten be fine for you?"},
    {0, 14'200, "No, I work on Tuesdays."},
    {0, 17'600, "Is there anything on Thursday afternoon, or maybe on Friday in the morning?"},
    {1, 19'300, "Thursday."},
    {1, 23'000, "Thursday at four. See you then, goodbye."},
    {0, 26'500, "Thank you, goodbye."}};

const std::vector<Said> k_hebrew{{1, 900, "שלום, מרפאת השיניים, מדברת דנה, איך אפשר לעזור?"},
                                 {0, 6000, "שלום, אני רוצה לקבוע תור לבדיקה בבקשה."},
                                 {1, 10'500, "בשמחה. מתאים לך יום שלישי בעשר בבוקר?"},
                                 {0, 15'500, "לא, ביום שלישי אני עובד."},
                                 {1, 19'000, "אז ביום חמישי בארבע אחר הצהריים."},
                                 {0, 23'500, "מצוין, תודה רבה ולהתראות."}};

// The hiss of an analogue line.
Samples line_noise(std::size_t count, unsigned seed) {
    std::mt19937 generator{seed};
    std::normal_distribution<double> hiss{0.0, 90.0}; // -51 dB of full scale
    Samples samples(count);
    for (std::int16_t& sample : samples) {
        sample = static_cast<std::int16_t>(std::lround(hiss(generator)));
    }
    return samples;
}

struct Conversation {
    const char* name;
    const std::vector<Said>* lines;
    const char* language;
    std::vector<std::size_t> turns; ///< the lines a turn begins with
};

bool begins_with(const Region& region, const Said& said) {
    return std::abs(region.start.count() - said.start_ms) <= 300;
}

bool begins_a_sound(const std::vector<Package>& packages, const Said& said) {
    return std::ranges::any_of(packages, [&](const Package& package) {
        return package.channel == said.channel &&
               std::ranges::any_of(package.regions,
                                   [&](const Region& region) { return begins_with(region, said); });
    });
}

std::vector<Region> heard(const Samples& samples) {
    VoiceActivity activity{8'000};
    activity.add(samples);
    return activity.finish();
}

bool covers_most(const std::vector<Region>& regions, const sim::Spoken& spoken) {
    std::int64_t covered = 0;
    for (const Region& region : regions) {
        covered += std::max(std::min(region.end.count() * 8, spoken.until) -
                                std::max(region.start.count() * 8, spoken.from),
                            std::int64_t{0});
    }
    return 2 * covered > spoken.until - spoken.from;
}

class TwoSpeakers : public MadeAudio, public testing::WithParamInterface<Conversation> {};

TEST_P(TwoSpeakers, ComeBackInOrderWithTheirTimes) {
    if (!sim::EspeakSpeech::installed()) {
        GTEST_SKIP() << "espeak-ng is not installed: apt-get install espeak-ng";
    }
    sim::EspeakSpeech speech{path("speech")};
    constexpr std::size_t k_length = 32 * 8000;
    std::array<Samples, 2> channels{line_noise(k_length, 1), line_noise(k_length, 2)};
    for (const Said& said : *GetParam().lines) {
        const Samples voice =
            speech.say({said.channel == 0 ? sim::Voice::caller : sim::Voice::agent,
                        {},
                        said.text,
                        GetParam().language});
        Samples& channel = channels[static_cast<std::size_t>(said.channel)];
        const auto from = static_cast<std::size_t>(said.start_ms) * 8;
        for (std::size_t i = 0; i < voice.size() && from + i < channel.size(); ++i) {
            channel[from + i] = static_cast<std::int16_t>(channel[from + i] + voice[i] / 2);
        }
    }
    const auto found = survey(wav(interleaved(channels[0], channels[1]), 2, SF_FORMAT_ULAW));
    ASSERT_TRUE(found) << found.error().detail;
    const auto packages = packed(found->channels, {});
    for (const Said& said : *GetParam().lines) {
        EXPECT_TRUE(begins_a_sound(packages, said)) << said.text;
    }
    ASSERT_EQ(packages.size(), GetParam().turns.size());
    for (std::size_t i = 0; i < packages.size(); ++i) {
        const Said& said = (*GetParam().lines)[GetParam().turns[i]];
        EXPECT_EQ(packages[i].channel, said.channel) << said.text;
        EXPECT_TRUE(begins_with(packages[i].regions.front(), said)) << said.text;
    }
}

INSTANTIATE_TEST_SUITE_P(
    Languages, TwoSpeakers,
    testing::Values(Conversation{"english", &k_english, "en", {0, 1, 2, 4, 6, 7, 8}},
                    Conversation{"hebrew", &k_hebrew, "he", {0, 1, 2, 3, 4, 5}}),
    [](const auto& row) { return std::string{row.param.name}; });

// A goodbye is too little to tell a voice from music by, and then it is a voice.
TEST(EveryLine, IsHeardHoweverLongTheLineHumsAfterTheLast) {
    if (!sim::EspeakSpeech::installed()) {
        GTEST_SKIP() << "espeak-ng is not installed: apt-get install espeak-ng";
    }
    const support::TemporaryFolder folder;
    sim::EspeakSpeech speech{folder.path()};
    const sim::Library library{speech};
    for (const char* const name : {"en-appointment", "he-appointment"}) {
        const sim::Performance& call = library.performance(name);
        for (const sim::Track track : {sim::Track::caller, sim::Track::agent}) {
            for (std::int64_t hum = 0; hum <= 3 * 8'000; hum += 800) {
                const auto regions = heard(call.render(track, 0, call.length() + hum));
                for (const sim::Spoken& spoken : call.spoken()) {
                    const bool is_theirs =
                        (spoken.line->voice == sim::Voice::caller) == (track == sim::Track::caller);
                    EXPECT_TRUE(!is_theirs || covers_most(regions, spoken))
                        << name << ": " << spoken.line->text << ", then " << hum / 8 << " ms";
                }
            }
        }
    }
}

} // namespace
} // namespace callctl::audio
