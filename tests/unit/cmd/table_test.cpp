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

TEST(DisplayWidth, TakesWhatIsJoinedForOneCharacter) {
    EXPECT_EQ(display_width("\U0001F469\u200D\U0001F469\u200D\U0001F467"), 2U) << "a family";
    EXPECT_EQ(display_width("\U0001F1EE\U0001F1F1"), 2U) << "a flag is two letters";
    EXPECT_EQ(display_width("\u05E9\u05B8\u05DC"), 2U) << "vowel points take none";
}

TEST(CutTo, CutsBetweenCharactersAsPeopleSeeThem) {
    const std::string family = "\U0001F469\u200D\U0001F469\u200D\U0001F467";
    EXPECT_EQ(cut_to("abcdef", 6), "abcdef");
    EXPECT_EQ(cut_to("abcdef", 5), "abcd\u2026");
    EXPECT_EQ(cut_to("ae\u0301xyz", 3), "ae\u0301\u2026") << "the accent stays with its letter";
    EXPECT_EQ(cut_to(family + family, 3), family + "\u2026") << "a family is not torn apart";
    EXPECT_EQ(cut_to("\u65E5\u672C\u8A9E", 4), "\u65E5\u2026") << "no half of a wide one";
    EXPECT_EQ(cut_to("abc", 0), "\u2026");
}

TEST(PrintableText, IsolatesNothing) {
    EXPECT_EQ(printable_text(k_shalom + "\x1b[2J\u202e"), k_shalom + " [2J ");
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

TEST(Table, LeavesOutWhatCanBeDoneWithoutWhereThereIsNoRoom) {
    Table table{{"CALL", "FROM", "TO", "REASON"}, {"TO", "FROM"}};
    table.add({{"CA1"}, {"+1555"}, {"+1666"}, {"a reason that goes on and on"}});
    EXPECT_EQ(printed(table, 0), "CALL  FROM   TO     REASON\n"
                                 "CA1   +1555  +1666  a reason that goes on and on\n");
    EXPECT_EQ(printed(table, 30), "CALL  FROM   REASON\nCA1   +1555  a reason that go\u2026\n");
    EXPECT_EQ(printed(table, 24), "CALL  REASON\nCA1   a reason that goe\u2026\n");
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
