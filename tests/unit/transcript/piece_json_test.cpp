#include "transcript/exchange.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace callctl::transcript {
namespace {

using std::chrono::milliseconds;

Transcription full() {
    return {.text = "שלום \"a\"\nb",
            .segments = {{.start = milliseconds{1},
                          .end = milliseconds{20},
                          .text = "שלום",
                          .avg_logprob = -0.25,
                          .no_speech_prob = 0.5,
                          .compression_ratio = 1.5},
                         {.start = milliseconds{30}, .end = milliseconds{40}, .text = "a"}},
            .language = "he",
            .request_id = "req_1",
            .billed = milliseconds{9000}};
}

TEST(PieceJson, GivesBackWhatWasKept) {
    EXPECT_EQ(transcription_from_json(to_json(full())), full());
    EXPECT_EQ(transcription_from_json(to_json(Transcription{})), Transcription{});
    const std::vector<ChannelText> texts{{0, full()}, {1, {}}};
    EXPECT_EQ(channel_texts_from_json(to_json(texts)), texts);
    EXPECT_EQ(channel_texts_from_json("[]"), std::vector<ChannelText>{});
}

TEST(PieceJson, AnythingElseIsNoPiece) {
    for (const char* const text :
         {"", "{", "[]", "null", "{}", R"({"text":"a"})",
          R"({"text":"a","language":"","request_id":"","billed_ms":"1","segments":[]})",
          R"({"text":"a","language":"","request_id":"","billed_ms":1,"segments":[{}]})",
          R"({"text":"a","language":"","request_id":"","billed_ms":1,"segments":null})"}) {
        EXPECT_FALSE(transcription_from_json(text)) << text;
    }
    for (const char* const text : {"", "{}", "[1]", "[{}]"}) {
        EXPECT_FALSE(channel_texts_from_json(text)) << text;
    }
    std::string without_channel = "[" + to_json(full()) + "]";
    EXPECT_FALSE(channel_texts_from_json(without_channel));
}

RC_GTEST_PROP(PieceJson, SurvivesAnyChangedByte, ()) {
    std::string text = to_json(full());
    text[*rc::gen::inRange<std::size_t>(0, text.size())] = *rc::gen::arbitrary<char>();
    const auto read = transcription_from_json(text);
    const bool sound = !read || read->segments.size() <= 2U;
    RC_ASSERT(sound);
}

} // namespace
} // namespace callctl::transcript
