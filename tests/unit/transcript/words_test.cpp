#include "transcript/words.hpp"

#include <gtest/gtest.h>

namespace callctl::transcript {
namespace {

TEST(BareWords, AreTheSameHoweverTheyAreWritten) {
    EXPECT_EQ(bare_words("  Thank   you!! "), "thank you");
    EXPECT_EQ(bare_words("THANK-YOU."), "thank you");
    EXPECT_EQ(bare_words("Merc\u00ED"), bare_words("merci\u0301"));
}

TEST(BareWords, LeaveOutNiqqudAndDirectionSigns) {
    EXPECT_EQ(bare_words("\u200Fתּוֹדָה רַבָּה\u200F."), "תודה רבה");
    EXPECT_EQ(bare_words("\u2067תודה\u2069"), "תודה");
}

TEST(BareWords, OfSignsAreNone) {
    EXPECT_EQ(bare_words("♪ … — !"), "");
    EXPECT_EQ(bare_words("👍"), "");
    EXPECT_EQ(bare_words(""), "");
}

TEST(BareWords, OfBrokenUtf8DoNotThrow) {
    EXPECT_EQ(bare_words("a\xFF\xFE b").front(), 'a');
    EXPECT_EQ(bare_words(std::string("a\0b", 3)).front(), 'a');
}

TEST(LetterCount, CountsLettersAndDigitsOfAnyScript) {
    EXPECT_EQ(letter_count("שלום, a1 !"), 6U);
    EXPECT_EQ(letter_count("שָׁלוֹם"), 4U);
    EXPECT_EQ(letter_count("\xFF\xFF"), 0U);
}

TEST(CompressionRatio, OfARepetitionIsHigh) {
    std::string text;
    for (int i = 0; i < 30; ++i) {
        text += "and then we go on ";
    }
    EXPECT_GT(compression_ratio(text), 2.4);
}

TEST(CompressionRatio, OfSpeechIsLowInEveryScript) {
    EXPECT_LT(compression_ratio("Good morning, I would like to move my appointment from Tuesday to "
                                "Thursday afternoon if you still have something free, please."),
              2.0);
    EXPECT_LT(compression_ratio("בוקר טוב, אני רוצה להזיז את התור שלי מיום שלישי ליום חמישי אחר "
                                "הצהריים אם יש לכם עדיין משהו פנוי, בבקשה."),
              2.0);
}

TEST(CompressionRatio, OfALongTextIsThatOfItsPlainestPart) {
    std::string text = "Good morning, I would like to move my appointment. ";
    std::string speech;
    for (int i = 0; speech.size() < 1100; ++i) {
        speech += "item " + std::to_string(i * 7919 % 10'007) + " costs " +
                  std::to_string(i * i % 9973) + " " + static_cast<char>('a' + i * 11 % 26) + ", ";
    }
    EXPECT_LT(compression_ratio(text + speech), 2.4);
}

TEST(CompressionRatio, OfAFewWordsSaysNothing) {
    EXPECT_EQ(compression_ratio("no no no no"), 1.0);
    EXPECT_EQ(compression_ratio(""), 1.0);
}

} // namespace
} // namespace callctl::transcript
