#include "base/text.hpp"

#include <gtest/gtest.h>

namespace callctl::base {
namespace {

TEST(PlainText, KeepsLettersDigitsEmojiNewlinesTabsAndMarks) {
    EXPECT_EQ(plain_text("שָׁלוֹם, Hello 123 🙂\n\tнет"),
              "שָׁלוֹם, Hello 123 🙂\n\tнет");
    EXPECT_EQ(plain_text("a\u200E\u200Fb"), "a\u200E\u200Fb");
    EXPECT_EQ(plain_text(""), "");
}

TEST(PlainText, DropsControlsAndBidiOverrides) {
    EXPECT_EQ(plain_text("a\x01\x1B[31m\x7F\r\nb"), "a[31m\nb");
    EXPECT_EQ(plain_text("\u202Aa\u202Bb\u202Cc\u202Dd\u202Ee"), "abcde");
    EXPECT_EQ(plain_text("\u2066a\u2067b\u2068c\u2069d"), "abcd");
    EXPECT_EQ(plain_text("\uFEFFa\xC2\x9B"
                         "31mb"),
              "a31mb");
}

TEST(PlainText, SeparatorsBecomeNewlines) {
    EXPECT_EQ(plain_text("a\u2028b\u2029c"), "a\nb\nc");
}

TEST(PlainText, NeighboursOfTheDroppedRangesStay) {
    EXPECT_EQ(plain_text("\u2027\u202F\u2065\u206A\u00A0"), "\u2027\u202F\u2065\u206A\u00A0");
}

TEST(PlainText, NothingForbiddenFormsWhereSomethingWasTakenOut) {
    // U+202E around a control character: E2 80 <01> AE.
    const std::string split = "x\xE2\x80\x01\xAEy";
    EXPECT_EQ(plain_text(split).find("\u202E"), std::string::npos);
}

TEST(PlainText, BadBytesAndNulAreReplaced) {
    EXPECT_EQ(plain_text(std::string_view{"a\0b\xFFz", 5}), "a\uFFFDb\uFFFDz");
}

TEST(OneLine, JoinsAllWhiteSpace) {
    EXPECT_EQ(one_line("  a \n\t b\u2028c  "), "a b c");
    EXPECT_EQ(one_line(" \n "), "");
    EXPECT_EQ(one_line(""), "");
}

} // namespace
} // namespace callctl::base
