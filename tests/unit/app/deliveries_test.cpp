#include "unit/app/spooled_calls.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace callctl::app {
namespace {

TEST(SpooledDelivery, ComesOutAsItWentIn) {
    const call::Delivery delivery = status_delivery(1);
    const auto again = delivery_from_spool(spooled(delivery));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->digest, delivery.digest);
    EXPECT_EQ(again->raw, delivery.raw);
    EXPECT_EQ(again->news, delivery.news);
}

// Reading them recurred into each level, until the stack ended.
TEST(SpooledDelivery, IsNoneHoweverDeepARecordIs) {
    constexpr std::size_t deep = 1'000'000;
    std::string maps;
    for (std::size_t i = 0; i < deep; ++i) {
        maps += "\xA1\x61x";
    }
    for (const std::string& record :
         {std::string(deep, '\x81'), std::string(deep, '\x9F'), std::string(deep, '\xC0'), maps}) {
        const auto read = delivery_from_spool(record);
        ASSERT_FALSE(read);
        EXPECT_EQ(read.error().kind, base::ErrorKind::invalid_input);
    }
}

TEST(SpooledDelivery, HasATimeThatCanBeWritten) {
    for (const auto microseconds :
         {std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()}) {
        call::Delivery delivery = status_delivery(1);
        delivery.news.heard_at = base::Time{std::chrono::microseconds{microseconds}};
        EXPECT_FALSE(delivery_from_spool(spooled(delivery)));
    }
}

} // namespace
} // namespace callctl::app
