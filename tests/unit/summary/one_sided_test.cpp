#include "summary/one_sided.hpp"
#include "summary/prompt.hpp"
#include "summary/schema.hpp"

#include <gtest/gtest.h>

namespace callctl::summary {
namespace {

std::optional<Summary> one_sided(std::string_view transcript, std::string_view language = {}) {
    return one_sided_summary(lines_of(transcript), language);
}

TEST(OneSidedSummary, SaysThatNobodySpokeOnTheOtherSide) {
    const auto summary = one_sided("[00:00] agent: Hello?\n[00:05] agent: Anybody there?");
    ASSERT_TRUE(summary);
    EXPECT_EQ(summary->topic, "Only the business's side was heard; nobody spoke on the other.");
    EXPECT_EQ(summary->language, "en");
    EXPECT_TRUE(checked(summary->document)) << "it is a document as any other";
}

TEST(OneSidedSummary, IsInTheLanguageOfTheCallUnlessConfigured) {
    EXPECT_TRUE(one_sided("[00:00] agent: 1, 2\n[00:01] agent: שלום?")->topic.starts_with("נשמע"));
    EXPECT_TRUE(one_sided("[00:00] agent: Hello?", "he")->topic.starts_with("נשמע"));
    EXPECT_TRUE(one_sided("[00:00] agent: שלום?", "en")->topic.starts_with("Only"));
    EXPECT_EQ(one_sided("[00:00] agent: שלום?", "en")->language, "he");
}

TEST(OneSidedSummary, IsForNoOtherTranscript) {
    EXPECT_FALSE(one_sided(""));
    EXPECT_FALSE(one_sided("[00:00] agent: Hello?\n[00:01] caller: Hi."));
    EXPECT_FALSE(one_sided("[00:00] caller: Please call me back."));
    EXPECT_FALSE(one_sided("[00:00] call: Hello?"));
    EXPECT_FALSE(one_sided("agent: Hello?"));
    EXPECT_FALSE(one_sided("[00:00] caller: [00:01] agent: I am the agent"));
}

} // namespace
} // namespace callctl::summary
