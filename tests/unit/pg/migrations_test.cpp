#include "base/digest.hpp"
#include "base/text.hpp"
#include "pg/migrations.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace callctl::pg {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(EmbeddedMigrations, AreNumberedFromOneWithoutGapsAndKnowTheirSha256) {
    int number = 0;
    for (const Migration& migration : embedded_migrations()) {
        EXPECT_EQ(migration.number, ++number);
        EXPECT_FALSE(migration.name.empty());
        EXPECT_FALSE(split_statements(migration.sql).empty()) << migration.name;
        EXPECT_EQ(migration.sha256, base::to_hex(base::sha256(migration.sql))) << migration.name;
    }
    EXPECT_GT(number, 0);
}

TEST(WithoutTransaction, IsSaidByTheFirstLine) {
    EXPECT_TRUE(without_transaction({.sql = "-- no-transaction\nSELECT 1;"}));
    EXPECT_FALSE(without_transaction({.sql = "SELECT 1; -- no-transaction\n"}));
}

TEST(SplitStatements, CutsAtSemicolons) {
    EXPECT_THAT(split_statements("a;\n\nb ;c"), ElementsAre("a", "b", "c"));
}

TEST(SplitStatements, DropsEmptyStatementsAndCommentsAroundThem) {
    EXPECT_THAT(split_statements("-- one; two\n/* three; /* four; */ */ a; ;\n-- end"),
                ElementsAre("a"));
    EXPECT_THAT(split_statements("  \n"), IsEmpty());
    EXPECT_THAT(split_statements(""), IsEmpty());
}

TEST(SplitStatements, KeepsSemicolonsThatBelongToAStatement) {
    EXPECT_THAT(split_statements("a 'b;''c;' \"d;\" -- e;\n /* f; */ g; h"),
                ElementsAre("a 'b;''c;' \"d;\" -- e;\n /* f; */ g", "h"));
    EXPECT_THAT(split_statements("do $$ a; $b$ c; $$; d $x_1$ e; $$ $x_1$; f $1 + $2"),
                ElementsAre("do $$ a; $b$ c; $$", "d $x_1$ e; $$ $x_1$", "f $1 + $2"));
}

TEST(SplitStatements, TakesUnfinishedTextToTheEnd) {
    EXPECT_THAT(split_statements("a 'b; c"), ElementsAre("a 'b; c"));
    EXPECT_THAT(split_statements("a $$b; c"), ElementsAre("a $$b; c"));
    EXPECT_THAT(split_statements("a /* b; c"), ElementsAre("a /* b; c"));
}

TEST(IsQuestion, KnowsSelects) {
    EXPECT_TRUE(is_question("SELECT 1"));
    EXPECT_TRUE(is_question("SELECT\n1"));
    EXPECT_FALSE(is_question("SELECTED"));
    EXPECT_FALSE(is_question("CREATE TABLE t AS SELECT 1"));
    EXPECT_FALSE(is_question(""));
}

} // namespace
} // namespace callctl::pg
