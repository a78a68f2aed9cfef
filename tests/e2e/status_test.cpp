// `status` as a person and as monitoring see it: on a terminal, watched, and with a time limit.
#include "e2e/end_to_end_test.hpp"
#include "e2e/terminal.hpp"

#include "support/own_cluster.hpp"

#include <gmock/gmock.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <sstream>

namespace callctl::e2e {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string k_call = "CA" + std::string(32, '7');
const std::string k_hebrew = "\u05D4\u05E9\u05D9\u05D7\u05D4 \u05D0\u05E8\u05D5\u05DB\u05D4";

class Status : public test::PgDatabaseTest {
  protected:
    void SetUp() override {
        PgDatabaseTest::SetUp();
        if (IsSkipped() || HasFatalFailure()) {
            return;
        }
        m_folder = std::make_unique<support::TemporaryFolder>();
        m_environment = least_environment(connect_options().conninfo.reveal(), m_folder->path());
        m_environment["TERM"] = "xterm";
    }
    void insert_given_up_call() {
        exec("INSERT INTO call_log (id, call_sid, transcript_status, recording_status)"
             " VALUES (1, $1, 'failed', 'completed')",
             {pg::param(k_call)});
        exec("INSERT INTO callctl.work (call_sid, call_log_id, stage, reason, detail,"
             " call_created_at) VALUES ($1, 1, 'transcript', 'TOO_LARGE', $2, now())",
             {pg::param(k_call), pg::param(k_hebrew)});
    }
    [[nodiscard]] Environment with(const Environment& more) const {
        Environment all = more;
        all.insert(m_environment.begin(), m_environment.end());
        return all;
    }
    /// All that a run to its end shows on a terminal.
    std::string shown(std::vector<std::string> arguments, const Environment& more = {},
                      WindowSize size = {}) {
        arguments.insert(arguments.begin(), "status");
        Terminal terminal{CALLCTL_BINARY, std::move(arguments), with(more), size};
        EXPECT_EQ(terminal.wait(), 0) << terminal.shown();
        return terminal.shown();
    }
    Finished piped(std::vector<std::string> arguments, const Environment& more = {}) {
        arguments.insert(arguments.begin(), "status");
        Process process{CALLCTL_BINARY, arguments, with(more), m_folder->path("run")};
        return process.wait();
    }

    Environment m_environment;
    std::unique_ptr<support::TemporaryFolder> m_folder;
};

TEST_F(Status, IsColouredOnATerminalThatTakesIt) {
    insert_given_up_call();
    const std::string red = "\x1b[31mfailed\x1b[0m";
    EXPECT_THAT(shown({}), HasSubstr(red));
    EXPECT_THAT(shown({}, {{"NO_COLOR", "1"}}), Not(HasSubstr("\x1b[")));
    EXPECT_THAT(shown({}, {{"NO_COLOR", ""}}), HasSubstr(red));
    EXPECT_THAT(shown({"--color", "never"}), Not(HasSubstr("\x1b[")));
    m_environment["TERM"] = "dumb";
    EXPECT_THAT(shown({}), Not(HasSubstr("\x1b[")));
    EXPECT_THAT(piped({}).out, Not(HasSubstr("\x1b[")));
    EXPECT_THAT(piped({"--color", "always"}).out, HasSubstr(red));
}

TEST_F(Status, FitsTheTerminal) {
    insert_given_up_call();
    const std::string meaning = "the call is too long for the provider";
    EXPECT_THAT(shown({}, {}, {.columns = 120}), HasSubstr(meaning));
    const std::string narrow = shown({}, {}, {.columns = 60});
    EXPECT_THAT(narrow, Not(HasSubstr(meaning)));
    EXPECT_THAT(narrow, HasSubstr("\u2026"));
    EXPECT_THAT(shown({}, {{"COLUMNS", "120"}}, {.columns = 60}), HasSubstr(meaning));
    EXPECT_THAT(piped({}).out, HasSubstr(meaning)) << "nothing is cut in a pipe";
}

TEST_F(Status, IsolatesHebrewOnATerminalAlone) {
    insert_given_up_call();
    EXPECT_THAT(shown({k_call}), HasSubstr("\u2068" + k_hebrew + "\u2069"));
    const std::string text = piped({k_call}).out;
    EXPECT_THAT(text, HasSubstr(k_hebrew));
    EXPECT_THAT(text, Not(HasSubstr("\u2068")));
}

TEST_F(Status, IsDrawnAnewUntilCtrlC) {
    Terminal terminal{
        CALLCTL_BINARY, {"status", "--watch=100ms"}, m_environment, {.columns = 60, .lines = 40}};
    ASSERT_TRUE(terminal.shows("reconcile has never run")) << terminal.shown();
    insert_given_up_call();
    ASSERT_TRUE(terminal.shows("1 TOO_LARGE")) << terminal.shown();
    terminal.resize({.columns = 140, .lines = 40});
    ASSERT_TRUE(terminal.shows("too long for the provider")) << "it takes the new width";
    terminal.type("\x03");
    EXPECT_EQ(terminal.wait(), 128 + SIGINT);
    const std::string& all = terminal.shown();
    EXPECT_THAT(all, Not(HasSubstr("\x1b[2J"))) << "a cleared screen flickers";
    EXPECT_GT(all.rfind("\x1b[?25h"), all.rfind("\x1b[?25l")) << "the cursor is there again";
    EXPECT_GT(all.rfind("\x1b[?7h"), all.rfind("\x1b[?7l"));
}

TEST_F(Status, IsAppendedInAPipe) {
    Process process{
        CALLCTL_BINARY, {"status", "--watch=100ms"}, m_environment, m_folder->path("watched")};
    const auto blocks = [&process] {
        std::size_t count = 0;
        std::istringstream lines{process.out()};
        for (std::string line; std::getline(lines, line);) {
            count += line.find("Z, every 100ms") != std::string::npos ? 1U : 0U;
        }
        return count;
    };
    EXPECT_TRUE(eventually([&] { return blocks() >= 3; })) << process.out();
    process.signal(SIGTERM);
    EXPECT_EQ(process.wait().code, 128 + SIGTERM);
    EXPECT_THAT(process.out(), Not(HasSubstr("\x1b")));
}

TEST_F(Status, IsWatchedAsOneObjectALine) {
    Process process{CALLCTL_BINARY,
                    {"status", "--watch=100ms", "--json"},
                    m_environment,
                    m_folder->path("watched")};
    EXPECT_TRUE(eventually([&] { return sim::split(process.out(), '\n').size() >= 3; }));
    process.signal(SIGINT);
    EXPECT_EQ(process.wait().code, 128 + SIGINT);
    const auto lines = sim::split(process.out(), '\n');
    EXPECT_EQ(Json::parse(lines.at(0))["health"]["level"], "WARNING");
    EXPECT_EQ(Json::parse(lines.at(1))["schema"], 1);
}

TEST_F(Status, IsWatchedWhileTheDatabaseGoesAndComes) {
    support::OwnCluster cluster{m_folder->path("cluster")};
    m_environment["DATABASE_URL"] = cluster.url();
    Process migrate{CALLCTL_BINARY, {"migrate"}, m_environment, m_folder->path("migrate")};
    ASSERT_EQ(migrate.wait().code, 0);
    Terminal terminal{CALLCTL_BINARY, {"status", "--watch=100ms"}, m_environment};
    ASSERT_TRUE(terminal.shows("reconcile has never run")) << terminal.shown();
    cluster.stop();
    ASSERT_TRUE(terminal.shows("asked again every 100ms")) << terminal.shown();
    cluster.start();
    terminal.forget();
    ASSERT_TRUE(terminal.shows("reconcile has never run")) << terminal.shown();
    terminal.type("\x03");
    EXPECT_EQ(terminal.wait(), 128 + SIGINT);
}

TEST_F(Status, IsUnknownToMonitoringWhenTheDatabaseIsSilent) {
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    // NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast) the socket interface
    ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(::listen(listener, 8), 0);
    socklen_t length = sizeof address;
    ASSERT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length), 0);
    // NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)
    m_environment["DATABASE_URL"] =
        "postgresql://u@127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/none";
    const Finished finished = piped({"--check", "-t", "1"});
    ::close(listener);
    EXPECT_EQ(finished.code, 3);
    EXPECT_EQ(finished.out, "CALLCTL UNKNOWN - no answer within 1s - is the database up?\n");
    EXPECT_EQ(finished.err, "");
}

} // namespace
} // namespace callctl::e2e
