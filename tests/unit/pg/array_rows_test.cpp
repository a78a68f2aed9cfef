#include "pg/array_rows.hpp"

#include <gmock/gmock.h>

namespace callctl::pg {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ArrayRows, AreOneParameterOfEachColumn) {
    ArrayRows rows;
    EXPECT_TRUE(rows.empty());
    EXPECT_THAT(rows.params(), IsEmpty());
    rows.add({param(1), param("a")});
    rows.add({param(2), param("b,\"c\"")});
    EXPECT_FALSE(rows.empty());
    EXPECT_THAT(rows.params(), ElementsAre(R"({"1","2"})", R"({"a","b,\"c\""})"));
}

TEST(ArrayRows, LeaveTheNullsAtTheEndOfAColumnToUnnest) {
    ArrayRows rows;
    rows.add({param(1), std::nullopt, param("a"), std::nullopt});
    rows.add({param(2), std::nullopt, std::nullopt, param("b")});
    rows.add({param(3), std::nullopt, std::nullopt, std::nullopt});
    EXPECT_THAT(rows.params(), ElementsAre(R"({"1","2","3"})", "{}", R"({"a"})", R"({NULL,"b"})"));
}

TEST(ArrayRows, TakeWhatARowLacksForNull) {
    ArrayRows rows;
    rows.add({param(1), param("a")});
    rows.add({param(2)});
    rows.add({param(3), param("c")});
    EXPECT_THAT(rows.params(), ElementsAre(R"({"1","2","3"})", R"({"a",NULL,"c"})"));
}

} // namespace
} // namespace callctl::pg
