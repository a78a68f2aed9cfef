#include "table.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace callctl::cmd {
namespace {

const std::string k_isolate = "\xE2\x81\xA8";
const std::string k_pop = "\xE2\x81\xA9";
const std::string k_shalom = "\u05E9\u05DC\u05D5\u05DD";

std::string printed(const Table& table, int width, bool colour = false) {
    std::ostringstream out;
    table.print(out, width, colour);
    return out.str();
}

TEST(DisplayWidth, CountsColumnsAndNotBytes) {
    EXPECT_EQ(display_width(""), 0U);
    EXPECT_EQ(display_width("abc"), 3U);
    EXPECT_EQ(display_width(k_shalom), 4U);
    EXPECT_EQ(display_width("\u65E5\u672C"), 4U) << "wide characters take two";
    EXPECT_EQ(display_width("e\u0301"), 1U) << "a combining mark takes none";
    EXPECT_EQ(display_width("\xFF\xFE"), display_width("\uFFFD\uFFFD")) << "bytes that are no text";
}

TEST(TerminalText, LosesWhatSteersTheTerminal) {
    EXPECT_EQ(terminal_text("plain"), "plain");
    EXPECT_EQ(terminal_text("a\x1b[2Jb"), "a [2Jb");
    EXPECT_EQ(terminal_text("a\r\nb\tc\x07"), "a  b c ");
    EXPECT_EQ(terminal_text("a\u009bb"), "a b") << "C1 controls too";
    EXPECT_EQ(terminal_text("a\u202eb\u2066c"), "a b c") << "bidi overrides and isolates";
}

TEST(TerminalText, IsolatesWhatRunsFromRightToLeft) {
    EXPECT_EQ(terminal_text(k_shalom), k_isolate + k_shalom + k_pop);
    EXPECT_EQ(terminal_text("id 7 " + k_shalom), k_isolate + "id 7 " + k_shalom + k_pop);
    EXPECT_EQ(terminal_text(k_shalom + "\u2069!"), k_isolate + k_shalom + " !" + k_pop)
        << "the text cannot end its own isolate";
}

TEST(Table, AlignsColumnsByWhatIsSeen) {
    Table table{{"A", "B"}};
    table.add({{"x"}, {"1"}});
    table.add({{terminal_text(k_shalom)}, {"2"}});
    EXPECT_EQ(printed(table, 0), "A     B\n"
                                 "x     1\n" +
                                     terminal_text(k_shalom) + "  2\n");
}

TEST(Table, CutsTheLastColumnAtTheWidth) {
    Table table{{"CALL", "WHY"}};
    table.add({{"CA1"}, {"a reason that goes on and on"}});
    EXPECT_EQ(printed(table, 20), "CALL  WHY\nCA1   a reason that\u2026\n");
    EXPECT_EQ(printed(table, 0), "CALL  WHY\nCA1   a reason that goes on and on\n");
    EXPECT_EQ(printed(table, 3), "CALL  WHY\nCA1   a reaso\u2026\n") << "some of it is always seen";
}

TEST(Table, EndsTheIsolateOfATextThatIsCut) {
    Table table{{"T"}};
    table.add({{terminal_text(k_shalom + k_shalom + k_shalom)}});
    EXPECT_EQ(printed(table, 9), "T\n" + k_isolate + k_shalom + k_shalom + "\u2026" + k_pop + "\n");
}

TEST(Table, IsPaintedOnlyWhereAskedFor) {
    Table table{{"S"}};
    table.add({{"failed", Colour::red}});
    EXPECT_EQ(printed(table, 0, /*colour=*/true), "\x1b[90mS\x1b[0m\n\x1b[31mfailed\x1b[0m\n");
    EXPECT_EQ(printed(table, 0), "S\nfailed\n");
}

} // namespace
} // namespace callctl::cmd
