#include "summary/parts.hpp"
#include "summary/preset.hpp"
#include "summary/prompt.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <numeric>

namespace callctl::summary {
namespace {

using Lines = std::vector<std::string>;

Lines turns(int count, std::size_t words = 10) {
    Lines lines;
    for (int i = 0; i < count; ++i) {
        std::string line =
            fmt::format("[{:02}:00] {}: turn {}", i % 60, i % 2 == 0 ? "caller" : "agent", i);
        for (std::size_t word = 0; word < words; ++word) {
            line += " word";
        }
        lines.push_back(line);
    }
    return lines;
}

std::size_t size_of(const Lines& lines) {
    return estimated_tokens(whole_question({}, lines).data);
}

std::size_t count_of(const std::vector<Lines>& parts, const std::string& line) {
    return static_cast<std::size_t>(std::accumulate(parts.begin(), parts.end(), std::ptrdiff_t{0},
                                                    [&line](std::ptrdiff_t sum, const Lines& part) {
                                                        return sum + std::count(part.begin(),
                                                                                part.end(), line);
                                                    }));
}

TEST(EstimatedTokens, AreNotTooFew) {
    EXPECT_EQ(estimated_tokens(""), 0U);
    EXPECT_EQ(estimated_tokens("abcd"), 2U);
    EXPECT_EQ(estimated_tokens("abc"), 2U);
    EXPECT_EQ(estimated_tokens("שלום"), 2U);
    EXPECT_EQ(estimated_tokens("1234"), 4U);
    EXPECT_EQ(estimated_tokens("電話"), 2U);
    EXPECT_EQ(estimated_tokens("🙂"), 2U);
}

TEST(RoomOf, IsWhatInstructionsAndAnswerLeave) {
    Server server = *preset("ollama");
    const Question question = whole_question({}, {});
    const Room room = room_of(server, question);
    EXPECT_GT(room.whole, 1500U);
    EXPECT_LT(room.whole + estimated_tokens(question.instructions) + 1000, 4096U);
    server.context_tokens = 100'000;
    EXPECT_EQ(room_of(server, question).part, 60'000U);
    EXPECT_GT(room_of(server, question).whole, 90'000U);
    server.context_tokens = 1024;
    EXPECT_EQ(room_of(server, question).whole, 0U);
}

TEST(RoomOf, EveryPresetHasRoomForAPart) {
    for (const std::string_view name : preset_names()) {
        Server server = *preset(name);
        server.answer_form = AnswerForm::none; // then the schema is told besides
        EXPECT_GE(room_of(server, part_question({}, {}, 1, 1)).part, k_smallest_part) << name;
    }
}

TEST(InParts, CutsBetweenTurnsWithTheLastTwoAgain) {
    const Lines lines = turns(100);
    const auto parts = in_parts(lines, 1000, Overlap::turns);
    ASSERT_GT(parts.size(), 2U);
    for (std::size_t i = 1; i < parts.size(); ++i) {
        EXPECT_LE(size_of(parts[i]), 1010U);
        EXPECT_EQ(parts[i].at(0), parts[i - 1].at(parts[i - 1].size() - 2));
        EXPECT_EQ(parts[i].at(1), parts[i - 1].back());
    }
    for (const std::string& line : lines) {
        EXPECT_GE(count_of(parts, line), 1U) << line;
        EXPECT_LE(count_of(parts, line), 2U) << line;
    }
}

TEST(InParts, WithoutOverlapHasEachLineOnce) {
    const Lines lines = turns(50);
    const auto parts = in_parts(lines, 500, Overlap::none);
    for (const std::string& line : lines) {
        EXPECT_EQ(count_of(parts, line), 1U);
    }
}

TEST(InParts, WhatFitsIsOnePart) {
    const Lines lines = turns(5);
    EXPECT_EQ(in_parts(lines, 10'000, Overlap::turns), std::vector<Lines>{lines});
}

TEST(InParts, LongTurnsAreNotRepeated) {
    const Lines lines = turns(6, 100); // each more than an eighth of a part
    for (const std::string& line : lines) {
        EXPECT_EQ(count_of(in_parts(lines, 700, Overlap::turns), line), 1U);
    }
}

TEST(InParts, AGiantTurnIsCutAtSpacesAndKeepsItsSpeaker) {
    std::string giant = "[01:02] caller:";
    for (int i = 0; i < 5000; ++i) {
        giant += fmt::format(" word{}", i);
    }
    const auto parts = in_parts(Lines{giant}, 500, Overlap::turns);
    ASSERT_GT(parts.size(), 10U);
    std::string joined = "[01:02] caller: ";
    for (const Lines& part : parts) {
        ASSERT_EQ(part.size(), 1U);
        EXPECT_LE(size_of(part), 510U);
        ASSERT_TRUE(part[0].starts_with("[01:02] caller: "));
        joined += part[0].substr(16);
    }
    EXPECT_EQ(joined, giant);
}

TEST(InParts, AGiantTurnWithoutSpacesIsCutBetweenCharacters) {
    std::string giant;
    for (int i = 0; i < 5000; ++i) {
        giant += "ש🙂";
    }
    std::string joined;
    for (const Lines& part : in_parts(Lines{giant}, 300, Overlap::turns)) {
        for (const std::string& piece : part) {
            joined += piece;
            EXPECT_TRUE(piece.starts_with("\xD7") || piece.starts_with("\xF0"));
        }
    }
    EXPECT_EQ(joined, giant);
}

RC_GTEST_PROP(InParts, LoseNothingAndAreWithinTheLimit, (const std::vector<std::string>& texts)) {
    Lines lines;
    for (const std::string& text : texts) {
        for (std::string& line : lines_of(text + text + text)) {
            lines.push_back(std::move(line));
        }
    }
    std::string joined;
    for (const Lines& part : in_parts(lines, k_smallest_part, Overlap::none)) {
        RC_ASSERT(size_of(part) <= k_smallest_part + 10);
        for (const std::string& line : part) {
            joined += line;
        }
    }
    RC_ASSERT(joined == std::accumulate(lines.begin(), lines.end(), std::string{}));
}

TEST(StatedContext, IsReadFromTheServersWords) {
    EXPECT_EQ(stated_context("summary: HTTP 400 context_length_exceeded: This model's maximum "
                             "context length is 8192 tokens. However, your messages resulted in "
                             "10000 tokens"),
              8192U);
    EXPECT_EQ(stated_context("summary: HTTP 400 exceed_context_size_error: request (9412 tokens) "
                             "exceeds the available context size (4096 tokens), try increasing it"),
              4096U);
    EXPECT_FALSE(stated_context("prompt is too long: 208310 tokens > 200000 maximum"));
    EXPECT_FALSE(stated_context("maximum context length is 12 tokens"));
    EXPECT_FALSE(stated_context("maximum context length is 99999999999999999999999"));
    EXPECT_FALSE(stated_context("context "));
    EXPECT_FALSE(stated_context(""));
}

TEST(Narrowed, IsWhatTheServerSaysOrHalfOfWhatWasRefused) {
    Server server = *preset("openai");
    const Question asked = whole_question({}, turns(1000));
    const auto narrow = [&](const char* detail) {
        return narrowed(server, asked, {.detail = detail});
    };
    EXPECT_EQ(narrow("maximum context length is 8192 tokens").context_tokens, 8192);
    const Room half = room_of(narrow("too much"), asked);
    EXPECT_EQ(half.whole, estimated_tokens(asked.data) / 2);
    EXPECT_LE(half.part, half.whole);
    for (const char* const known :
         {"maximum context length is 300000 tokens", "maximum context length is 200000 tokens"}) {
        EXPECT_EQ(narrow(known).context_tokens, narrow("too much").context_tokens)
            << "or the same would be asked again, and refused for good";
    }
}

} // namespace
} // namespace callctl::summary
