#include "summary/exchange.hpp"

#include <gtest/gtest.h>

namespace callctl::summary {
namespace {

TEST(Render, HasOneLineAField) {
    EXPECT_EQ(render({.topic = "Air conditioner",
                      .outcome = "Visit on Sunday",
                      .agreed = {"Sunday at 9", "250 shekels"},
                      .follow_ups = {"The technician calls"},
                      .sentiment = "positive",
                      .customer_name = "Dana",
                      .language = "en"}),
              "Topic: Air conditioner\n"
              "Outcome: Visit on Sunday\n"
              "Agreed: Sunday at 9; 250 shekels\n"
              "Follow-up: The technician calls\n"
              "Customer: Dana\n"
              "Sentiment: positive");
}

TEST(Render, HasHebrewLabelsForACallInHebrew) {
    EXPECT_EQ(render({.topic = "תיקון מזגן",
                      .outcome = "נקבע ביקור",
                      .agreed = {"WhatsApp עם הכתובת"},
                      .follow_ups = {"הטכנאי יתקשר", "לשלוח SMS"},
                      .sentiment = "mixed",
                      .customer_name = "Dana",
                      .language = "he"}),
              "נושא: תיקון מזגן\n"
              "תוצאה: נקבע ביקור\n"
              "סוכם: WhatsApp עם הכתובת\n"
              "להמשך טיפול: הטכנאי יתקשר; לשלוח SMS\n"
              "לקוח: Dana\n"
              "אווירה: מעורבת");
}

TEST(Render, EveryLineOfAHebrewSummaryBeginsWithAHebrewLetter) {
    const std::string text = render({.topic = "A",
                                     .outcome = "B",
                                     .agreed = {"C"},
                                     .follow_ups = {"D"},
                                     .sentiment = "negative",
                                     .customer_name = "E",
                                     .language = "he"});
    std::size_t lines = 0;
    for (std::size_t start = 0; start < text.size(); ++lines) {
        EXPECT_EQ(text[start], '\xD7') << text.substr(start);
        start = std::min(text.find('\n', start), text.size() - 1) + 1;
    }
    EXPECT_EQ(lines, 6U);
}

TEST(Render, LeavesOutWhatTheCallDoesNotSay) {
    EXPECT_EQ(render({.topic = "Wrong number", .sentiment = "unknown", .language = "en"}),
              "Topic: Wrong number");
}

TEST(Render, LabelsOtherLanguagesInEnglish) {
    EXPECT_EQ(render({.topic = "Ремонт", .sentiment = "neutral", .language = "ru"}),
              "Topic: Ремонт\nSentiment: neutral");
    EXPECT_EQ(render({.topic = "x", .sentiment = "negative"}), "Topic: x\nSentiment: negative");
}

} // namespace
} // namespace callctl::summary
