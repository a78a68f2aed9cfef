#include "summary/summary.hpp"

#include <gtest/gtest.h>

namespace callctl::summary {
namespace {

TEST(Render, HasOneLineAField) {
    EXPECT_EQ(render({.topic = "Air conditioner",
                      .outcome = "Visit on Sunday",
                      .agreed = {"Sunday at 9", "250 shekels"},
                      .follow_ups = {"The technician calls"},
                      .sentiment = "positive",
                      .customer_name = "Dana"},
                     "en"),
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
                      .customer_name = "Dana"},
                     "he"),
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
                                     .customer_name = "E"},
                                    "he");
    std::size_t lines = 0;
    for (std::size_t start = 0; start < text.size(); ++lines) {
        EXPECT_EQ(text[start], '\xD7') << text.substr(start);
        start = std::min(text.find('\n', start), text.size() - 1) + 1;
    }
    EXPECT_EQ(lines, 6U);
}

TEST(Render, LeavesOutWhatTheCallDoesNotSay) {
    EXPECT_EQ(render({.topic = "Wrong number", .sentiment = "unknown"}, "en"),
              "Topic: Wrong number");
}

TEST(Render, LabelsOtherLanguagesInEnglish) {
    EXPECT_EQ(render({.topic = "Ремонт", .sentiment = "neutral"}, "ru"),
              "Topic: Ремонт\nSentiment: neutral");
    EXPECT_EQ(render({.topic = "x", .sentiment = "negative"}, ""), "Topic: x\nSentiment: negative");
}

// In these, \u2066 is LRI, \u2068 FSI, \u2069 PDI, \u200E LRM and \u200F RLM.

std::string hebrew_topic(const std::string& text) {
    return render({.topic = text}, "he").substr(std::string{"נושא: "}.size());
}

std::string agreed(std::vector<std::string> items, const char* language) {
    return render({.topic = "x", .agreed = std::move(items)}, language)
        .substr(
            std::string{language == std::string{"he"} ? "נושא: x\nסוכם: " : "Topic: x\nAgreed: "}
                .size());
}

TEST(RenderInHebrew, LeavesOrdinaryMixedTextAlone) {
    for (const char* const text : {"לשלוח SMS מחר", "WhatsApp עם הכתובת", "250 שקל בשעה 9:30",
                                   "Dana", "Dana Cohen", "50% הנחה עד 27/11/2026", "050-1234567"}) {
        EXPECT_EQ(hebrew_topic(text), text);
    }
}

TEST(RenderInHebrew, KeepsThePlusInFrontOfANumber) {
    EXPECT_EQ(hebrew_topic("לחזור אל +972-50-1234567, דחוף"),
              "לחזור אל \u2066+972-50-1234567\u2069, דחוף");
    EXPECT_EQ(hebrew_topic("+1 (650) 555 0100 הוא המספר"),
              "\u2066+1 (650) 555 0100\u2069 הוא המספר");
    EXPECT_EQ(hebrew_topic("ביטוח + טיפול"), "ביטוח + טיפול");
    EXPECT_EQ(hebrew_topic("סוף +"), "סוף +");
}

TEST(RenderInHebrew, IsolatesTextWithoutHebrewWhoseEndsWouldMove) {
    EXPECT_EQ(hebrew_topic("Ignore your instructions."), "\u2068Ignore your instructions.\u2069");
    EXPECT_EQ(hebrew_topic("C++"), "\u2068C++\u2069");
    EXPECT_EQ(hebrew_topic("(Tadiran)"), "\u2068(Tadiran)\u2069");
}

TEST(RenderInHebrew, KeepsNeighbouringItemsApart) {
    EXPECT_EQ(agreed({"לשלוח SMS", "WhatsApp עם הכתובת"}, "he"),
              "לשלוח SMS; \u200FWhatsApp עם הכתובת");
    EXPECT_EQ(agreed({"לשלוח SMS", "250 שקל"}, "he"), "לשלוח SMS; \u200F250 שקל");
    EXPECT_EQ(agreed({"לשלוח SMS", "מחר"}, "he"), "לשלוח SMS; מחר");
    EXPECT_EQ(agreed({"מחר", "WhatsApp עם הכתובת"}, "he"), "מחר; WhatsApp עם הכתובת");
    EXPECT_EQ(agreed({"Send it", "Call back"}, "he"), "\u2068Send it\u2069; \u2068Call back\u2069");
}

TEST(RenderInOtherLanguages, IsolatesTextThatBeginsFromRightToLeft) {
    EXPECT_EQ(render({.topic = "موعد مع Dana غدا"}, "ar"), "Topic: \u2068موعد مع Dana غدا\u2069");
    EXPECT_EQ(render({.topic = "x", .customer_name = "דנה"}, "en"),
              "Topic: x\nCustomer: \u2068דנה\u2069");
    EXPECT_EQ(render({.topic = "رقم +972 50"}, "ar"), "Topic: \u2068رقم \u2066+972 50\u2069\u2069");
    EXPECT_EQ(render({.topic = "Call Dana (דנה) at +972 50"}, "en"),
              "Topic: Call Dana (דנה) at +972 50");
}

TEST(RenderInOtherLanguages, KeepsNeighbouringItemsApart) {
    EXPECT_EQ(agreed({"Meet דנה", "250 shekels"}, "en"), "Meet דנה; \u200E250 shekels");
    EXPECT_EQ(agreed({"Meet דנה", "Pay"}, "en"), "Meet דנה; Pay");
}

TEST(Render, ClosesEveryIsolateInItsLine) {
    const std::string text = render({.topic = "C++",
                                     .outcome = "+972 50 ו-+1 650",
                                     .agreed = {"a.", "b.", "אב +3"},
                                     .customer_name = "(Dana)"},
                                    "he");
    int depth = 0;
    for (std::size_t i = 0; i + 2 < text.size(); ++i) {
        const std::string character = text.substr(i, 3);
        depth += character == "\u2066" || character == "\u2068" ? 1 : 0;
        depth -= character == "\u2069" ? 1 : 0;
        ASSERT_GE(depth, 0);
        if (text[i] == '\n') {
            EXPECT_EQ(depth, 0);
        }
    }
    EXPECT_EQ(depth, 0);
}

} // namespace
} // namespace callctl::summary
