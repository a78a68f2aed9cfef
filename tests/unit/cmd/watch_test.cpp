#include "watch.hpp"

#include "base/exception.hpp"

#include <gmock/gmock.h>

#include <csignal>
#include <sstream>

namespace callctl::cmd {
namespace {

using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

class Watch : public testing::Test {
  protected:
    /// Draws `frames`, then a signal comes.
    int run(std::vector<std::string> frames) {
        std::size_t drawn = 0;
        return watch(m_runner, 1ms, FrameHead::hidden, [&](const Screen& screen) {
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
    EXPECT_EQ(m_out.str(), "one\ntwo\n");
}

TEST_F(Watch, DrawsOverTheLastFrameOnATerminal) {
    m_runner.terminal = true;
    EXPECT_EQ(run({"one\n", "two\n"}), 130);
    const std::string begin = "\x1b[?25l\x1b[?7l\x1b[H";
    const std::string end = "\x1b[J\x1b[?7h\x1b[?25h";
    EXPECT_EQ(m_out.str(), begin + "one\x1b[K\n" + end + begin + "two\x1b[K\n" + end);
}

TEST_F(Watch, DrawsNoMoreLinesThanTheTerminalHas) {
    m_runner.terminal = true;
    m_runner.terminal_size = [] { return TerminalSize{.columns = 80, .lines = 3}; };
    run({"1\n2\n3\n4\n"});
    EXPECT_THAT(m_out.str(), HasSubstr("2"));
    EXPECT_THAT(m_out.str(), Not(HasSubstr("3\x1b[K")));
}

TEST_F(Watch, GoesOnWhileTheDatabaseIsAway) {
    EXPECT_EQ(run({"one\n", "down", "two\n"}), 130);
    EXPECT_EQ(m_out.str(), "one\ntwo\n");
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
    watch(m_runner, 3s, FrameHead::shown, [this](const Screen& /*screen*/) {
        m_clock.stop();
        return 0;
    });
    EXPECT_THAT(m_out.str(), testing::ContainsRegex("^20[0-9-]+T[0-9:]+Z, every 3s\n\n\n$"));
}

} // namespace
} // namespace callctl::cmd
