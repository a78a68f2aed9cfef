#include "watch.hpp"

#include "base/exception.hpp"

#include <gmock/gmock.h>

#include <csignal>
#include <regex>
#include <sstream>

namespace callctl::cmd {
namespace {

using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

class Watch : public testing::Test {
  protected:
    /// Draws `frames`, then a signal comes.
    int run(std::vector<std::string> frames, Frames kind = Frames::for_people) {
        std::size_t drawn = 0;
        return watch(m_runner, 1ms, kind, [&](const Screen& screen) {
            const std::string& frame = frames.at(drawn);
            if (++drawn == frames.size()) {
                m_signal = SIGINT;
                m_clock.stop();
            }
            if (frame == "down") {
                throw base::StoreError{"cannot connect to db"};
            }
            screen.out << frame;
            return frame == "unknown" ? 4 : 0;
        });
    }

    /// What was written, without the time at the head of a frame.
    [[nodiscard]] std::string shown() const {
        return std::regex_replace(m_out.str(), std::regex{"[0-9TZ:-]+, every 1ms"}, "<head>");
    }

    std::ostringstream m_out;
    std::ostringstream m_err;
    std::istringstream m_in;
    sys::SystemClock m_clock;
    int m_signal{0};
    Runner m_runner{.out = m_out,
                    .err = m_err,
                    .in = m_in,
                    .environment = [](const std::string&) { return std::nullopt; },
                    .clock = m_clock,
                    .adapters = {},
                    .stop_signal = [this] { return m_signal; }};
};

TEST_F(Watch, AppendsWhereThereIsNoTerminal) {
    EXPECT_EQ(run({"one\n", "two\n"}), 130);
    EXPECT_EQ(shown(), "<head>\n\none\n\n<head>\n\ntwo\n\n");
}

TEST_F(Watch, AppendsWhereNothingCanBeDrawnOver) {
    m_runner.terminal = true;
    m_runner.environment = [](const std::string& name) {
        return name == "TERM" ? std::optional<std::string>{"dumb"} : std::nullopt;
    };
    EXPECT_EQ(run({"one\n"}), 130);
    EXPECT_EQ(shown(), "<head>\n\none\n\n");
}

TEST_F(Watch, AppendsForProgramsWhereverThatIs) {
    m_runner.terminal = true;
    EXPECT_EQ(run({"{1}\n", "down", "{2}\n"}, Frames::for_programs), 130);
    EXPECT_EQ(shown(), "{1}\n{2}\n");
    EXPECT_THAT(m_err.str(), HasSubstr("cannot connect to db"));
}

TEST_F(Watch, DrawsOverTheLastFrameOnATerminalAndRestoresItAtTheEnd) {
    m_runner.terminal = true;
    EXPECT_EQ(run({"one\n", "two\n"}), 130);
    const std::string begin = "\x1b[?25l\x1b[?7l\x1b[H";
    const std::string restore = "\x1b[?7h\x1b[?25h";
    const std::string end = "\x1b[J" + restore;
    const std::string head = "<head>\x1b[K\n\x1b[K\n";
    EXPECT_EQ(shown(),
              begin + head + "one\x1b[K\n" + end + begin + head + "two\x1b[K\n" + end + restore);
}

TEST_F(Watch, DrawsNoMoreLinesThanTheTerminalHas) {
    m_runner.terminal = true;
    m_runner.terminal_size = [] { return TerminalSize{.columns = 80, .lines = 5}; };
    run({"first\nsecond\nthird\nfourth\n"});
    EXPECT_THAT(shown(), HasSubstr("second\x1b[K"));
    EXPECT_THAT(shown(), Not(HasSubstr("third")));
}

TEST_F(Watch, GoesOnWhileTheDatabaseIsAway) {
    EXPECT_EQ(run({"one\n", "down", "two\n"}), 130);
    EXPECT_EQ(shown(), "<head>\n\none\n\n<head>\n\ntwo\n\n");
    EXPECT_EQ(m_err.str(), "callctl: error: cannot connect to db\nhint: asked again every 1ms\n");
}

TEST_F(Watch, SaysOnTheTerminalThatTheDatabaseIsAway) {
    m_runner.terminal = true;
    EXPECT_EQ(run({"down", "two\n"}), 130);
    EXPECT_THAT(m_out.str(), HasSubstr("cannot connect to db"));
    EXPECT_EQ(m_err.str(), "");
}

TEST_F(Watch, EndsWithWhatCannotBeDrawn) {
    EXPECT_EQ(run({"unknown", "never\n"}), 4);
    EXPECT_EQ(m_out.str(), "");
}

TEST_F(Watch, EndsWhenNobodyReads) {
    m_out.setstate(std::ios::badbit);
    EXPECT_EQ(run({"one\n"}), 0);
}

TEST_F(Watch, SaysWhenEachFrameWasMade) {
    watch(m_runner, 3s, Frames::for_people, [this](const Screen& /*screen*/) {
        m_clock.stop();
        return 0;
    });
    EXPECT_THAT(m_out.str(), testing::ContainsRegex("^20[0-9-]+T[0-9:]+Z, every 3s\n\n\n$"));
}

} // namespace
} // namespace callctl::cmd
