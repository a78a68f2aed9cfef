#include "summary/piece.hpp"
#include "summary/preset.hpp"
#include "summary/schema.hpp"

#include <gtest/gtest.h>

namespace callctl::summary {
namespace {

Summary summary() {
    Summary made{.topic = "תיקון", .agreed = {"a"}, .sentiment = "mixed", .language = "he"};
    made.document = document_of(made);
    made.request_id = "req_1";
    return made;
}

TEST(Piece, BringsTheSummaryBack) {
    const call::Piece piece = to_piece("k", summary());
    EXPECT_EQ(piece.stage, call::Stage::summary);
    EXPECT_EQ(piece.key, "k");
    EXPECT_EQ(piece.request_id, "req_1");
    const auto back = from_piece(piece);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->document, summary().document);
    EXPECT_EQ(back->topic, "תיקון");
}

TEST(Piece, OfAnotherMakeIsNone) {
    for (const char* const document : {"", "{", "[]", "{}", R"({"topic":"a"})"}) {
        EXPECT_FALSE(from_piece({.document = document})) << document;
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
}

} // namespace
} // namespace callctl::summary
