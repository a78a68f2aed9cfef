#include "base/language.hpp"

#include <gtest/gtest.h>

namespace callctl::base {
namespace {

TEST(Language, NamesBecomeCodes) {
    EXPECT_EQ(iso_language("hebrew"), "he");
    EXPECT_EQ(iso_language("English"), "en");
    EXPECT_EQ(iso_language("ARABIC"), "ar");
    EXPECT_EQ(iso_language(" russian "), "ru");
    EXPECT_EQ(iso_language("haitian creole"), "ht");
    EXPECT_EQ(iso_language("cantonese"), "zh");
}

TEST(Language, CodesStayAndOldOrLongOnesAreReplaced) {
    EXPECT_EQ(iso_language("he"), "he");
    EXPECT_EQ(iso_language("HE"), "he");
    EXPECT_EQ(iso_language("he-IL"), "he");
    EXPECT_EQ(iso_language("en_US"), "en");
    EXPECT_EQ(iso_language("iw"), "he");
    EXPECT_EQ(iso_language("heb"), "he");
    EXPECT_EQ(iso_language("yue"), "zh");
}

TEST(Language, EveryCodeThatGptTranscribeTakesIsKnown) {
    for (const char* const code :
         {"af", "ar", "hy", "az", "be", "bn", "bs", "bg", "yue", "ca", "zh", "hr", "cs",
          "da", "nl", "en", "et", "fi", "fr", "gl", "ka", "de",  "el", "gu", "he", "hi",
          "hu", "is", "id", "it", "ja", "kn", "kk", "ko", "lv",  "lt", "mk", "ms", "ml",
          "mi", "mr", "ne", "no", "fa", "pl", "pt", "ro", "ru",  "sr", "sk", "sl", "es",
          "sw", "sv", "tl", "ta", "te", "th", "tr", "uk", "ur",  "vi", "cy"}) {
        EXPECT_FALSE(iso_language(code).empty()) << code;
    }
}

TEST(Language, WhatIsNoLanguageIsEmpty) {
    EXPECT_EQ(iso_language(""), "");
    EXPECT_EQ(iso_language("unknown"), "");
    EXPECT_EQ(iso_language("xx"), "");
    EXPECT_EQ(iso_language("-"), "");
    EXPECT_EQ(iso_language("  "), "");
    EXPECT_EQ(iso_language("hebrew\n"), "");
}

} // namespace
} // namespace callctl::base
