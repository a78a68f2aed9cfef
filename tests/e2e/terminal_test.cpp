// What commands do for whoever sits at a terminal: the question before an adoption, and progress.
#include "e2e/end_to_end_test.hpp"
#include "e2e/terminal.hpp"

#include <gmock/gmock.h>

#include <csignal>
#include <fstream>
#include <sstream>

namespace callctl::e2e {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string k_typed_ctrl_c = "\x03";
const std::string k_typed_ctrl_d = "\x04";
const std::string k_clear_line = "\r\x1b[K";

std::string host_table_in(const std::string& path) {
    std::ostringstream content;
    content << std::ifstream{path}.rdbuf();
    return content.str();
}

/// A host's table that nothing stands in the way of adopting, and a person who is asked.
class AdoptionQuestion : public test::PgEmptyDatabaseTest {
  protected:
    void SetUp() override {
        PgEmptyDatabaseTest::SetUp();
        if (IsSkipped() || HasFatalFailure()) {
            return;
        }
        exec_script(host_table_in(CALLCTL_SOURCE_DIR "/tests/cli/adopt_host.sql"));
        m_folder = std::make_unique<support::TemporaryFolder>();
        std::ofstream{m_folder->path("callctl.toml")} << "[call_log.defaults]\nbusiness_id = 1\n";
        m_environment = least_environment(connect_options().conninfo.reveal(), m_folder->path());
        m_environment["TERM"] = "xterm";
    }
    /// The exit code of an adoption whose question is answered by these keys.
    int answered_by(const std::string& keys) {
        Terminal terminal{CALLCTL_BINARY,
                          {"--config", m_folder->path("callctl.toml"), "migrate", "--adopt"},
                          m_environment};
        EXPECT_TRUE(terminal.shows("go on? [y/N] ")) << terminal.shown();
        EXPECT_FALSE(is_adopted()) << "before anybody has agreed";
        terminal.type(keys);
        const int code = terminal.wait();
        m_shown = terminal.shown();
        return code;
    }
    [[nodiscard]] bool is_adopted() {
        return value("SELECT count(*) FROM pg_namespace WHERE nspname = 'callctl'") == "1";
    }

    Environment m_environment;
    std::unique_ptr<support::TemporaryFolder> m_folder;
    std::string m_shown;
};

TEST_F(AdoptionQuestion, YesAdopts) {
    EXPECT_EQ(answered_by("y\n"), 0) << m_shown;
    EXPECT_THAT(m_shown, HasSubstr("generation M"));
    EXPECT_THAT(m_shown, HasSubstr("inferred the statuses of 4 rows"));
    EXPECT_TRUE(is_adopted());
}

TEST_F(AdoptionQuestion, AnythingElseTouchesNothing) {
    for (const std::string answer : {"\n", "n\n", "Yes, why not?\n"}) {
        EXPECT_EQ(answered_by(answer), 5) << m_shown;
        EXPECT_THAT(m_shown, HasSubstr("nothing was touched: the adoption was not agreed to"));
        EXPECT_FALSE(is_adopted());
    }
}

TEST_F(AdoptionQuestion, EndOfInputTouchesNothing) {
    EXPECT_EQ(answered_by(k_typed_ctrl_d), 5) << m_shown;
    EXPECT_FALSE(is_adopted());
}

TEST_F(AdoptionQuestion, CtrlCEndsItAtOnce) {
    EXPECT_EQ(answered_by(k_typed_ctrl_c), 128 + SIGINT) << m_shown;
    EXPECT_THAT(m_shown, HasSubstr("nothing was touched"));
    EXPECT_FALSE(is_adopted());
}

// Of a document that comes at the end, nobody has seen what there is to agree to.
TEST_F(AdoptionQuestion, IsNotAskedWithJson) {
    Terminal terminal{CALLCTL_BINARY,
                      {"--config", m_folder->path("callctl.toml"), "migrate", "--adopt", "--json"},
                      m_environment};
    EXPECT_EQ(terminal.wait(), 5) << terminal.shown();
    EXPECT_THAT(terminal.shown(), Not(HasSubstr("go on?")));
    EXPECT_THAT(terminal.shown(), HasSubstr("repeat the command with --yes"));
    EXPECT_FALSE(is_adopted());
}

class RetryQuestion : public test::PgDatabaseTest {};

TEST_F(RetryQuestion, IsNotAskedWithJson) {
    exec_script(host_table_in(CALLCTL_SOURCE_DIR "/tests/cli/db_retry_bulk_needs_yes.sql"));
    const support::TemporaryFolder folder;
    Terminal terminal{
        CALLCTL_BINARY,
        {"retry", "--stage", "recording", "--since", "7d", "--force", "--enqueue", "--json"},
        least_environment(connect_options().conninfo.reveal(), folder.path())};
    EXPECT_EQ(terminal.wait(), 5) << terminal.shown();
    EXPECT_THAT(terminal.shown(), Not(HasSubstr("go on?")));
    EXPECT_EQ(value("SELECT count(*) FROM callctl.work WHERE due_at IS NOT NULL"), "0");
}

class Progress : public EndToEndTest {};

TEST_F(Progress, OfAPassIsOneLineThatGoesAgain) {
    const std::string sid = ended_call();
    fault({{"where", "transcription"}, {"kind", "timeout"}});
    m_environment["TERM"] = "xterm";
    Terminal terminal{CALLCTL_BINARY, {"reconcile"}, m_environment, {.columns = 120}};
    ASSERT_TRUE(terminal.shows("drove 0: completed 0, waiting 0, gave up 0; requests"))
        << terminal.shown();
    terminal.type(k_typed_ctrl_c);
    EXPECT_EQ(terminal.wait(), 128 + SIGINT) << terminal.shown();
    const std::string& all = terminal.shown();
    EXPECT_THAT(all, HasSubstr(k_clear_line + "drove 0"));
    EXPECT_LT(all.rfind(k_clear_line), all.rfind("adopted ")) << "the report has its line";
    EXPECT_THAT(standing(sid), HasSubstr("due"));
}

TEST_F(Progress, IsForTerminalsThatCanDrawOverALine) {
    fault({{"where", "transcription"}, {"kind", "slow"}, {"delay_ms", 1500}});
    m_environment["TERM"] = "dumb";
    const std::string first = ended_call();
    Terminal terminal{CALLCTL_BINARY, {"reconcile"}, m_environment};
    EXPECT_EQ(terminal.wait(), 0) << terminal.shown();
    EXPECT_THAT(terminal.shown(), HasSubstr("drove 1: completed 1"));
    EXPECT_THAT(terminal.shown(), Not(HasSubstr("\x1b")));
    EXPECT_EQ(standing(first), k_all_done);
    ended_call();
    const Finished piped = run({"reconcile"});
    EXPECT_THAT(piped.out, HasSubstr("drove 1: completed 1"));
    EXPECT_THAT(piped.err, Not(HasSubstr("drove")));
}

} // namespace
} // namespace callctl::e2e
