#include "transcript/guard.hpp"

#include <gtest/gtest.h>

namespace callctl::transcript {
namespace {

using std::chrono::milliseconds;

constexpr float k_loud = -20.0F;
constexpr float k_faint = -48.0F;

// A text on a channel, with a sound as long as the segment.
Utterance heard(std::string text, float level_db = k_loud, int length_ms = 3000, int channel = 0) {
    return {.channel = channel,
            .segment = {.start = milliseconds{0},
                        .end = milliseconds{length_ms},
                        .text = std::move(text)},
            .heard = {milliseconds{length_ms}, level_db, -60.0F}};
}

std::string verdict(const Utterance& utterance, std::string_view prompt = "") {
    const Sifted result = sifted({utterance}, prompt);
    return result.dropped.empty() ? "kept" : std::string{to_string(result.dropped[0].doubt)};
}

struct Row {
    const char* name;
    const char* text;
    float level_db;
    const char* verdict;
};

class Guard : public testing::TestWithParam<Row> {};

TEST_P(Guard, Judges) {
    EXPECT_EQ(verdict(heard(GetParam().text, GetParam().level_db)), GetParam().verdict);
}

INSTANTIATE_TEST_SUITE_P(
    Texts, Guard,
    testing::Values(Row{"thanks_said_aloud", "Thank you.", k_loud, "kept"},
                    Row{"thanks_of_silence", "Thank you.", k_faint, "stock_phrase"},
                    Row{"hebrew_thanks_said_aloud", "תודה רבה!", k_loud, "kept"},
                    Row{"hebrew_thanks_of_silence", "תודה רבה!", k_faint, "stock_phrase"},
                    Row{"hebrew_with_niqqud", "תּוֹדָה רַבָּה", k_faint, "stock_phrase"},
                    Row{"subtitles", "כתוביות: אלעד שם טוב", k_faint, "stock_phrase"},
                    Row{"russian", "Спасибо за просмотр!", k_faint, "stock_phrase"},
                    Row{"phrase_in_a_sentence", "Thank you for watching my dog.", k_faint, "kept"},
                    Row{"quiet_words", "I would like to order a pizza", k_faint, "kept"},
                    Row{"music_sign", "♪♪♪", k_loud, "no_words"},
                    Row{"music_in_brackets", "[music]", k_loud, "no_words"},
                    Row{"silence_in_brackets", "(silence)", k_loud, "no_words"},
                    Row{"brackets_and_words", "[laughs] of course", k_loud, "kept"},
                    Row{"digits", "0 5 4 1 2 3 4 5 6 7", k_loud, "kept"}),
    [](const auto& row) { return std::string{row.param.name}; });

TEST(Guard, KeepsWhatItDoesNotDoubtInOrder) {
    const Sifted result =
        sifted({heard("one"), heard("[noise]"), heard("two"), heard("three", k_loud, 900, 1)}, "");
    ASSERT_EQ(result.kept.size(), 3U);
    EXPECT_EQ(result.kept[0].segment.text, "one");
    EXPECT_EQ(result.kept[2].segment.text, "three");
    ASSERT_EQ(result.dropped.size(), 1U);
    EXPECT_EQ(result.dropped[0].utterance.segment.text, "[noise]");
}

TEST(Guard, BelievesScoresOnlyTogether) {
    Utterance utterance = heard("Something or other");
    utterance.segment.no_speech_prob = 0.95;
    EXPECT_EQ(verdict(utterance), "kept") << "no word of the text's own score";
    utterance.segment.avg_logprob = -0.5;
    EXPECT_EQ(verdict(utterance), "kept");
    utterance.segment.avg_logprob = -1.2;
    EXPECT_EQ(verdict(utterance), "unsure");
    utterance.segment.no_speech_prob = 0.3;
    EXPECT_EQ(verdict(utterance), "kept");
}

TEST(Guard, NeedsLessOfTheScoresWhereTheSoundIsFaint) {
    Utterance utterance = heard("Something or other", k_faint);
    utterance.segment.no_speech_prob = 0.95;
    utterance.segment.avg_logprob = -0.5;
    EXPECT_EQ(verdict(utterance), "unsure");
}

TEST(Guard, BelievesTheServersCompressionRatioWhereOursIsHighToo) {
    Utterance utterance = heard("Something or other");
    utterance.segment.compression_ratio = 2.6;
    EXPECT_EQ(verdict(utterance), "kept") << "bytes of UTF-8, of a whole window";
    utterance = heard("and then we go on and on, and then we went on, and then we go on and on, "
                      "and then they go on, and then we go on");
    EXPECT_EQ(verdict(utterance), "kept");
    utterance.segment.compression_ratio = 2.6;
    EXPECT_EQ(verdict(utterance), "repetition");
}

TEST(Guard, KeepsThanksOverALoudLine) {
    Utterance thanks = heard("תודה רבה", -18.0F, 900);
    thanks.heard.floor_db = -30.0F;
    EXPECT_EQ(verdict(thanks), "kept");
}

TEST(Guard, KeepsWordsOfWhichNobodyKnowsTheLength) {
    Utterance utterance = heard("I would like to book a table for four people on Friday evening.");
    utterance.segment.end = utterance.segment.start;
    utterance.heard = {};
    EXPECT_EQ(verdict(utterance), "kept");
}

TEST(Guard, GivesUpOnATextThatRunsInManyCircles) {
    std::string text;
    for (int i = 0; i < 2000; ++i) {
        const std::string word = "word" + std::to_string(i) + " ";
        for (int round = 0; round < 9; ++round) {
            text += word;
        }
    }
    EXPECT_TRUE(sifted({heard(text, k_loud, 3'600'000)}, "").kept.empty());
}

TEST(Guard, KeepsTheSameGreetingOfTwoPeople) {
    EXPECT_EQ(sifted({heard("Bye.", -15.0F, 500, 1), heard("Bye.", -30.0F, 500)}, "").kept.size(),
              2U);
}

TEST(Guard, LeavesTwoRoundsOfALoopInAGoodText) {
    std::string text = "I want to order";
    for (int i = 0; i < 40; ++i) {
        text += " a pizza and";
    }
    text += " two drinks";
    const Sifted result = sifted({heard(text, k_loud, 20'000)}, "");
    ASSERT_EQ(result.kept.size(), 1U);
    EXPECT_EQ(result.kept[0].segment.text, "I want to order a pizza and a pizza and two drinks");
    ASSERT_EQ(result.dropped.size(), 1U);
    EXPECT_EQ(result.dropped[0].doubt, Doubt::repetition);
}

TEST(Guard, LetsACallerSayNoSevenTimes) {
    EXPECT_EQ(verdict(heard("no no no no no no no")), "kept");
}

TEST(Guard, DropsMoreWordsThanAnybodyCanSay) {
    const std::string text = "This is a whole paragraph about the weather in the north of the "
                             "country and what it means for farmers";
    EXPECT_EQ(verdict(heard(text, k_loud, 300)), "too_much_text");
    EXPECT_EQ(verdict(heard(text, k_loud, 6000)), "kept");
}

TEST(Guard, DropsTheEchoOfThePrompt) {
    const std::string prompt = "Phone call with the Blue Bakery in Haifa.";
    EXPECT_EQ(verdict(heard(prompt), prompt), "prompt_echo");
    EXPECT_EQ(verdict(heard("phone call with the blue bakery", k_faint), prompt), "prompt_echo");
    EXPECT_EQ(verdict(heard("phone call with the blue bakery"), prompt), "kept");
    EXPECT_EQ(verdict(heard("Haifa"), "Haifa"), "kept") << "a word that people do say";
    EXPECT_EQ(verdict(heard("Haifa", k_faint), "Haifa"), "prompt_echo");
}

TEST(Guard, DropsTheQuieterOfTheSameWordsOnBothChannels) {
    const Sifted result = sifted(
        {heard("how can I help you", -15.0F, 2000, 1), heard("How can I help you?", -38.0F)}, "");
    ASSERT_EQ(result.kept.size(), 1U);
    EXPECT_EQ(result.kept[0].channel, 1);
    ASSERT_EQ(result.dropped.size(), 1U);
    EXPECT_EQ(result.dropped[0].doubt, Doubt::crosstalk);
}

TEST(Guard, KeepsTheSameWordsOfTwoPeople) {
    EXPECT_EQ(sifted({heard("hello", -15.0F, 500, 1), heard("hello", -18.0F)}, "").kept.size(), 2U)
        << "about as loud";
    Utterance later = heard("goodbye", -38.0F);
    later.segment.start = milliseconds{4000};
    EXPECT_EQ(sifted({heard("goodbye", -15.0F, 500, 1), later}, "").kept.size(), 2U)
        << "an answer, not an echo";
}

TEST(Guard, SurvivesAnyText) {
    for (const std::string& text : {std::string("\0\0", 2), std::string("\xFF\xFE\xC0"),
                                    std::string(100'000, 'a'), std::string("\u202Eabc\u202C")}) {
        const Sifted result = sifted({heard(text)}, text);
        EXPECT_EQ(result.kept.size() + result.dropped.size(), 1U);
    }
}

} // namespace
} // namespace callctl::transcript
