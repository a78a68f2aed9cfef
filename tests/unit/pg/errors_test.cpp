#include "pg/errors.hpp"

#include <gtest/gtest.h>

namespace callctl::pg {
namespace {

TEST(FirstLine, DropsSeverityDetailAndQuotedInput) {
    EXPECT_EQ(first_line("ERROR:  duplicate key value violates unique constraint \"x\"\n"
                         "DETAIL:  Key (from_number)=(+15005550001) already exists.\n"),
              "duplicate key value violates unique constraint \"x\"");
    EXPECT_EQ(first_line("ERROR:  invalid input syntax for type bigint: \"+15005550001\"\n"),
              "invalid input syntax for type bigint");
    EXPECT_EQ(first_line("FEHLER:  Division durch Null\n"), "Division durch Null");
    EXPECT_EQ(first_line("no severity"), "no severity");
    EXPECT_EQ(first_line(""), "");
}

struct StateCase {
    std::string name;
    std::string sqlstate;
    bool refuses_row;
};

class SqlErrorState : public testing::TestWithParam<StateCase> {};

TEST_P(SqlErrorState, SaysWhatToDo) {
    const StateCase& expected = GetParam();
    const SqlError error{expected.sqlstate, "message"};
    EXPECT_EQ(error.exit_code(), 1);
    EXPECT_EQ(error.refuses_row(), expected.refuses_row);
    EXPECT_EQ(error.what(), "message (SQLSTATE " + expected.sqlstate + ")");
}

INSTANTIATE_TEST_SUITE_P(
    All, SqlErrorState,
    testing::Values(StateCase{"NotNull", "23502", true}, StateCase{"BadData", "22P02", true},
                    StateCase{"CheckOption", "44000", true}, StateCase{"Raise", "P0001", true},
                    StateCase{"NoRight", "42501", true},
                    StateCase{"TooBigForAnIndex", "54000", true},
                    StateCase{"OfTheHost", "BZ001", true}, StateCase{"NotPrepared", "26000", false},
                    StateCase{"Disk", "58030", false}),
    [](const auto& named) { return named.param.name; });

// A trigger of the host's may look for what is gone, and then it is the row that is refused.
TEST(SqlError, OfAMissingTableSaysToMigrate) {
    for (const char* state : {"42P01", "42703", "3F000"}) {
        const SqlError error{state, "message"};
        EXPECT_EQ(error.exit_code(), 8);
        EXPECT_EQ(error.hint(), k_migrate_hint);
        EXPECT_TRUE(error.refuses_row());
    }
}

TEST(SqlError, MisfitsTheTablesUnlessAFunctionFailed) {
    for (const char* state : {"42P01", "42703", "3F000", "42804", "42883"}) {
        EXPECT_TRUE((SqlError{state, "message"}.misfits_tables())) << state;
        EXPECT_EQ((SqlError{state, "message"}.hint()), k_migrate_hint) << state;
        EXPECT_EQ((SqlError{state, "message"}.exit_code()), 8) << state;
        EXPECT_FALSE((SqlError{state, "message", true}.misfits_tables())) << state;
    }
    EXPECT_FALSE((SqlError{"23514", "message"}.misfits_tables()));
    EXPECT_FALSE((SqlError{"42501", "message"}.misfits_tables())) << "a policy may mean one row";
}

TEST(BusyError, IsADatabaseThatMayServeUsLater) {
    const BusyError lock{"55P03", "canceling statement due to lock timeout"};
    EXPECT_EQ(static_cast<const base::StoreError&>(lock).exit_code(), 75);
    EXPECT_STREQ(lock.what(), "canceling statement due to lock timeout (SQLSTATE 55P03)");
}

TEST(BusyError, IsWorthRepeatingAtOnceWhereAnotherTransactionWasInTheWay) {
    EXPECT_TRUE((BusyError{"40001", ""}.worth_repeating()));
    EXPECT_TRUE((BusyError{"40P01", ""}.worth_repeating()));
    EXPECT_FALSE((BusyError{"55P03", ""}.worth_repeating()));
    EXPECT_FALSE((BusyError{"57014", ""}.worth_repeating()));
}

} // namespace
} // namespace callctl::pg
