#include "base/exception.hpp"
#include "pg/query.hpp"

#include <gtest/gtest.h>

namespace callctl::pg {
namespace {

using namespace std::chrono_literals;

Field field(std::string_view text) {
    return Field{text.data(), text.size(), false};
}

TEST(Param, WritesValuesAsPostgresqlReadsThem) {
    EXPECT_EQ(param("text"), "text");
    EXPECT_EQ(param(std::string{"text"}), "text");
    EXPECT_EQ(param(42), "42");
    EXPECT_EQ(param(std::int64_t{-9'223'372'036'854'775'807 - 1}), "-9223372036854775808");
    EXPECT_EQ(param(true), "true");
    EXPECT_EQ(param(base::Time{0us}), "1970-01-01T00:00:00Z");
    EXPECT_EQ(param(std::optional<int>{}), std::nullopt);
    EXPECT_EQ(param(std::optional{7}), "7");
    EXPECT_EQ(bytes_param(std::string_view{"\0\xff", 2}), "\\x00ff");
}

TEST(ArrayLiteral, QuotesEveryElement) {
    EXPECT_EQ(array_literal({}), "{}");
    EXPECT_EQ(array_literal(std::vector<Param>{param("a"), std::nullopt, param("NULL"), param("")}),
              R"({"a",NULL,"NULL",""})");
    EXPECT_EQ(array_literal(std::vector<Param>{param(R"(a"b\c,d{e})")}), R"({"a\"b\\c,d{e}"})");
}

TEST(Field, ReadsValues) {
    EXPECT_EQ(field("-7").integer(), -7);
    EXPECT_TRUE(field("t").boolean());
    EXPECT_FALSE(field("f").boolean());
    EXPECT_EQ(field("1970-01-01 00:00:01.5+00").time(), base::Time{1'500'000us});
    EXPECT_EQ(field("\\x00ff").bytes(), (std::string{"\0\xff", 2}));
}

TEST(Field, ReadsATimeThatNeverComesAsOneThatCanBeReckonedWith) {
    const auto never = field("infinity").time();
    EXPECT_EQ(never, field("9999-12-31 00:00:00+00").time());
    EXPECT_GT(never + std::chrono::hours{24}, never);
    EXPECT_EQ(field("-infinity").time(), field("1000-01-01 00:00:00+00").time());
}

TEST(Field, TakesAnotherTypeForOurMistake) {
    EXPECT_THROW(static_cast<void>(field("7x").integer()), base::BugError);
    EXPECT_THROW(static_cast<void>(field("").integer()), base::BugError);
    EXPECT_THROW(static_cast<void>(field("1").boolean()), base::BugError);
    EXPECT_THROW(static_cast<void>(field("yesterday").time()), base::BugError);
    EXPECT_THROW(static_cast<void>(field("00ff").bytes()), base::BugError);
}

TEST(Field, KnowsNull) {
    const Field null{"", 0, true};
    EXPECT_TRUE(null.is_null());
    EXPECT_EQ(null.text(), "");
    EXPECT_EQ(null.optional_text(), std::nullopt);
    EXPECT_EQ(null.optional_integer(), std::nullopt);
    EXPECT_EQ(null.optional_time(), std::nullopt);
    EXPECT_THROW(static_cast<void>(null.integer()), base::BugError);
    EXPECT_THROW(static_cast<void>(null.boolean()), base::BugError);
    EXPECT_THROW(static_cast<void>(null.time()), base::BugError);
    EXPECT_THROW(static_cast<void>(null.bytes()), base::BugError);
}

} // namespace
} // namespace callctl::pg
