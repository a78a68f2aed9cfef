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
    int exit_code;
    bool refuses_row;
    bool worth_repeating;
    bool timed_out;
};

class SqlErrorState : public testing::TestWithParam<StateCase> {};

TEST_P(SqlErrorState, SaysWhatToDo) {
    const StateCase& expected = GetParam();
    const SqlError error{expected.sqlstate, "message"};
    EXPECT_EQ(error.exit_code(), expected.exit_code);
    EXPECT_EQ(error.refuses_row(), expected.refuses_row);
    EXPECT_EQ(error.worth_repeating(), expected.worth_repeating);
    EXPECT_EQ(error.timed_out(), expected.timed_out);
    EXPECT_EQ(error.what(), "message (SQLSTATE " + expected.sqlstate + ")");
}

INSTANTIATE_TEST_SUITE_P(All, SqlErrorState,
                         testing::Values(StateCase{"NotNull", "23502", 1, true, false, false},
                                         StateCase{"BadData", "22P02", 1, true, false, false},
                                         StateCase{"CheckOption", "44000", 1, true, false, false},
                                         StateCase{"Raise", "P0001", 1, true, false, false},
                                         StateCase{"Serialization", "40001", 75, false, true,
                                                   false},
                                         StateCase{"Deadlock", "40P01", 75, false, true, false},
                                         StateCase{"Lock", "55P03", 75, false, false, true},
                                         StateCase{"Statement", "57014", 75, false, false, true},
                                         StateCase{"Syntax", "42601", 1, false, false, false}),
                         [](const auto& named) { return named.param.name; });

} // namespace
} // namespace callctl::pg
