#include "summary/piece.hpp"
#include "summary/preset.hpp"
#include "summary/schema.hpp"

#include <gtest/gtest.h>

namespace callctl::summary {
namespace {

Summary summary() {
    Summary made{.topic = "תיקון", .agreed = {"a"}, .sentiment = "mixed", .language = "he"};
    made.document = document_of(made);
    return made;
}

TEST(Piece, BringsTheSummaryBack) {
    const auto back = from_document(summary().document);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->document, summary().document);
    EXPECT_EQ(back->topic, "תיקון");
}

TEST(Piece, MayHoldWhatOnlyAnAnswerHasAroundIt) {
    Summary made = summary();
    made.topic = "he said </think> and ``` aloud";
    const auto back = from_document(document_of(made));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->topic, made.topic);
}

TEST(Piece, OfAnotherMakeIsNone) {
    for (const char* const document : {"", "{", "[]", "{}", R"({"topic":"a"})"}) {
        EXPECT_FALSE(from_document(document)) << document;
    }
}

TEST(PieceKey, IsASha256OfServerInstructionsAndData) {
    const Server server = *preset("openai");
    const Question question{.instructions = "a", .data = "b"};
    const std::string key = piece_key(server, question);
    EXPECT_EQ(key.size(), 64U);
    EXPECT_EQ(key.find_first_not_of("0123456789abcdef"), std::string::npos);
    EXPECT_EQ(key, piece_key(server, question));
    EXPECT_NE(key, piece_key(*preset("groq"), question));
    EXPECT_NE(key, piece_key(server, {.instructions = "b", .data = "b"}));
    EXPECT_NE(key, piece_key(server, {.instructions = "a", .data = "c"}));
    Server other = server;
    other.headers = {{"X-Model-Mode", "brief"}};
    EXPECT_NE(key, piece_key(other, question));
}

} // namespace
} // namespace callctl::summary
