#include "screen.hpp"

#include <gtest/gtest.h>

#include <map>
#include <sstream>

namespace callctl::cmd {
namespace {

using Variables = std::map<std::string, std::string>;

config::Environment with(Variables variables) {
    return [variables = std::move(variables)](const std::string& name) {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional{found->second};
    };
}

bool coloured(ColourWhen when, bool terminal, Variables variables) {
    return takes_colours(when, terminal, with(std::move(variables)));
}

TEST(Colours, AreForTerminalsThatTakeThem) {
    using enum ColourWhen;
    EXPECT_TRUE(coloured(automatic, true, {}));
    EXPECT_FALSE(coloured(automatic, false, {}));
    EXPECT_FALSE(coloured(automatic, true, {{"NO_COLOR", "1"}}));
    EXPECT_TRUE(coloured(automatic, true, {{"NO_COLOR", ""}})) << "empty is as if not set";
    EXPECT_FALSE(coloured(automatic, true, {{"CALLCTL_NO_COLOR", "1"}}));
    EXPECT_FALSE(coloured(automatic, true, {{"TERM", "dumb"}}));
}

TEST(Colours, AreAsTheOptionSaysWhateverElseDoes) {
    using enum ColourWhen;
    EXPECT_TRUE(coloured(always, false, {{"NO_COLOR", "1"}, {"TERM", "dumb"}}));
    EXPECT_FALSE(coloured(never, true, {}));
}

TEST(Controls, AreForTerminalsThatAreNotDumb) {
    EXPECT_TRUE(takes_controls(true, with({{"TERM", "xterm"}, {"NO_COLOR", "1"}})));
    EXPECT_FALSE(takes_controls(true, with({{"TERM", "dumb"}})));
    EXPECT_FALSE(takes_controls(false, with({{"TERM", "xterm"}})));
}

TEST(Width, IsWhatTheTerminalSaysUnlessColumnsIsSet) {
    EXPECT_EQ(shown_width(true, 132, with({})), 132);
    EXPECT_EQ(shown_width(true, 132, with({{"COLUMNS", "60"}})), 60);
    EXPECT_EQ(shown_width(true, 0, with({})), 80) << "a terminal that does not know";
    for (const char* const nonsense : {"", "0", "-5", "wide", "80x24", "99999999999"}) {
        EXPECT_EQ(shown_width(true, 132, with({{"COLUMNS", nonsense}})), 132) << nonsense;
    }
}

TEST(Width, HasNoEndInAPipe) {
    EXPECT_EQ(shown_width(false, 0, with({})), 0);
    EXPECT_EQ(shown_width(false, 0, with({{"COLUMNS", "60"}})), 60);
}

TEST(Screen, IsolatesOnATerminalAlone) {
    std::ostringstream out;
    const std::string shalom = "\u05E9\u05DC\u05D5\u05DD";
    const Screen terminal{.out = out, .terminal = true};
    const Screen pipe{.out = out};
    EXPECT_EQ(terminal.text(shalom), "\u2068" + shalom + "\u2069");
    EXPECT_EQ(pipe.text(shalom), shalom);
    EXPECT_EQ(pipe.text("a\x1b[2J"), "a [2J") << "a pipe may end on a terminal";
}

} // namespace
} // namespace callctl::cmd
