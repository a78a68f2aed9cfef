#include "app/voice_reply.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace callctl::app {
namespace {

// a: the answer is known; t, n: the commit told that the call is taken, or not; l: it is late.
struct Order {
    const char* events;
    std::size_t sent_after; ///< events; 0: never
    bool is_recorded{false};
};

class VoiceReplyOrders : public testing::TestWithParam<Order> {};

TEST_P(VoiceReplyOrders, AreSentOnceAndAsSoonAsNothingIsWaitedFor) {
    std::vector<bool> sent;
    VoiceReply reply{
        [&sent](const port::WebResponse& response) { sent.push_back(response.body == "1"); }};
    std::size_t done = 0;
    for (const char event : std::string{GetParam().events}) {
        switch (event) {
        case 'a':
            reply.answer_with([](bool is_recorded) {
                return port::WebResponse{.body = is_recorded ? "1" : "0"};
            });
            break;
        case 't':
        case 'n':
            reply.commit_told(event == 't');
            break;
        default:
            reply.commit_is_late([] {});
        }
        ++done;
        const bool expected = GetParam().sent_after != 0 && done >= GetParam().sent_after;
        ASSERT_EQ(sent.size(), expected ? 1U : 0U) << "after " << done << " events";
    }
    if (!sent.empty()) {
        EXPECT_EQ(sent.front(), GetParam().is_recorded);
    }
}

INSTANTIATE_TEST_SUITE_P(
    All, VoiceReplyOrders,
    testing::Values(Order{"a", 0}, Order{"t", 0}, Order{"l", 0}, Order{"lt", 0},
                    Order{"atl", 2, true}, Order{"anl", 2}, Order{"alt", 2}, Order{"aln", 2},
                    Order{"tal", 2, true}, Order{"nal", 2}, Order{"tla", 3, true}, Order{"nla", 3},
                    Order{"lat", 2}, Order{"lan", 2},
                    // late, but told before the answer was known: then what it told counts
                    Order{"lta", 3, true}, Order{"lna", 3}, Order{"aantl", 3}),
    [](const auto& row) { return std::string{row.param.events}; });

TEST(VoiceReply, SaysThatTheCommitIsLateBeforeItIsSentAndOnlyWhenItIs) {
    std::string story;
    VoiceReply late{[&story](const port::WebResponse&) { story += "sent "; }};
    late.answer_with([](bool) { return port::WebResponse{}; });
    late.commit_is_late([&story] { story += "late "; });
    late.commit_is_late([&story] { story += "late again "; });
    EXPECT_EQ(story, "late sent ");
    VoiceReply in_time{[](const port::WebResponse&) {}};
    in_time.commit_told(false);
    in_time.commit_is_late([] { ADD_FAILURE() << "it was in time"; });
}

TEST(VoiceReply, IsSentOnceWhateverThreadsComeTogether) {
    for (int round = 0; round < 200; ++round) {
        std::atomic<int> sent{0};
        VoiceReply reply{[&sent](const port::WebResponse&) { ++sent; }};
        std::thread answer{[&] { reply.answer_with([](bool) { return port::WebResponse{}; }); }};
        std::thread commit{[&] { reply.commit_told(true); }};
        std::thread late{[&] { reply.commit_is_late([] {}); }};
        answer.join();
        commit.join();
        late.join();
        ASSERT_EQ(sent, 1);
    }
}

} // namespace
} // namespace callctl::app
