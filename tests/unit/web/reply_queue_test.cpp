#include "web/reply_queue.hpp"

#include <gtest/gtest.h>

namespace callctl::web {
namespace {

TEST(ReplyQueue, WakesOnceForABurst) {
    int wakes = 0;
    const auto queue = std::make_shared<ReplyQueue>([&] { ++wakes; });
    int ready = 0;
    for (int i = 0; i < 3; ++i) {
        queue->reply_to(std::make_shared<Exchange>([&] { ++ready; }))({.status = 204});
    }
    EXPECT_EQ(wakes, 1);
    for (const auto& exchange : queue->fetch()) {
        exchange->wake();
    }
    EXPECT_EQ(ready, 3);
    queue->reply_to(std::make_shared<Exchange>([] {}))({.status = 204});
    EXPECT_EQ(wakes, 2);
}

TEST(ReplyQueue, TakesTheFirstAnswer) {
    const auto queue = std::make_shared<ReplyQueue>([] {});
    const auto exchange = std::make_shared<Exchange>([] {});
    const auto reply = queue->reply_to(exchange);
    EXPECT_FALSE(exchange->ready());
    reply({.status = 201});
    reply({.status = 202});
    ASSERT_TRUE(exchange->ready());
    EXPECT_EQ(exchange->take().status, 201);
    EXPECT_EQ(queue->fetch().size(), 1U);
}

TEST(ReplyQueue, AnswersForAReplyThatIsDropped) {
    const auto queue = std::make_shared<ReplyQueue>([] {});
    const auto exchange = std::make_shared<Exchange>([] {});
    {
        const auto reply = queue->reply_to(exchange);
        const auto copy = reply; // NOLINT(performance-unnecessary-copy-initialization) the point
    }
    ASSERT_TRUE(exchange->ready());
    EXPECT_EQ(exchange->take().status, 500);
}

TEST(ReplyQueue, IsSilentOnceClosed) {
    int wakes = 0;
    const auto queue = std::make_shared<ReplyQueue>([&] { ++wakes; });
    const auto reply = queue->reply_to(std::make_shared<Exchange>([] {}));
    queue->close();
    reply({.status = 204});
    EXPECT_EQ(wakes, 0);
    EXPECT_TRUE(queue->fetch().empty());
}

} // namespace
} // namespace callctl::web
