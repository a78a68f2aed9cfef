// What Prometheus gets to see: the server's page and the file of a pass.
#include "e2e/end_to_end_test.hpp"
#include "unit/app/exposed.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <thread>

namespace callctl::e2e {
namespace {

using app::series_of;
using testing::AnyOf;
using testing::ContainsRegex;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

constexpr int k_skipped = 125;
const std::string k_success = "callctl_reconcile_last_success_timestamp_seconds";

std::set<std::string> names_in(const std::string& text, const std::string& pattern) {
    const std::regex names{pattern};
    std::set<std::string> found;
    for (std::sregex_iterator at{text.begin(), text.end(), names}; at != std::sregex_iterator{};
         ++at) {
        found.insert((*at)[1]);
    }
    return found;
}

std::set<std::string> exposed_in(const std::string& text) {
    return names_in(text, "# TYPE ([a-z_]+) ");
}

std::string source_of(const std::string& path) {
    std::ifstream in{std::string{CALLCTL_SOURCE_DIR} + "/" + path};
    return {std::istreambuf_iterator<char>{in}, {}};
}

class Metrics : public EndToEndTest {
  protected:
    void SetUp() override {
        EndToEndTest::SetUp();
        if (m_folder) {
            m_environment["CALLCTL_METRICS_FILE"] = m_folder->path("callctl.prom");
        }
    }
    [[nodiscard]] std::string file() const { return m_folder->read("callctl.prom"); }
    /// A call that a pass works on until it is killed: the transcription never answers.
    void begin_a_pass_that_hangs() {
        ended_call();
        fault({{"where", "transcription"}, {"kind", "timeout"}});
        m_hanging = start({"reconcile"});
        ASSERT_TRUE(eventually([this] {
            return value("SELECT count(*)::text FROM callctl.attempt WHERE stage = 'transcript'"
                         " AND finished_at IS NULL") == "1";
        }));
    }
    /// Something of everything that shows only where it is.
    void make_every_family_show() {
        serve();
        const std::string sid = place(inbound());
        EXPECT_TRUE(reaches(sid, k_all_done)) << story(sid);
        wait_for_quiet();
        exec("INSERT INTO call_log (call_sid, recording_status, transcript_status, summary_status)"
             " VALUES ('CA' || repeat('e', 32), 'completed', 'completed', 'failed')");
        exec("INSERT INTO callctl.work (call_sid, call_log_id, stage, reason, call_created_at)"
             " SELECT call_sid, id, 'summary', 'REFUSED', now() FROM call_log"
             " WHERE call_sid = 'CA' || repeat('e', 32)");
        exec("UPDATE callctl.provider SET closed_until = now() + interval '1 hour',"
             " reason = 'QUOTA', failures = 1 WHERE provider = 'summary'");
    }
    void undo() {
        exec("DELETE FROM callctl.work WHERE call_sid = 'CA' || repeat('e', 32)");
        exec("DELETE FROM call_log WHERE call_sid = 'CA' || repeat('e', 32)");
        let_pauses_pass();
    }

    std::unique_ptr<Process> m_hanging{};
};

TEST_F(Metrics, AreThoseOfTheManualAndHaveAllThatTheAlertsAsk) {
    make_every_family_show();
    const Finished pass = run({"reconcile", "--backfill", "1h"});
    EXPECT_THAT(pass.code, AnyOf(0, 3)) << pass.err;
    const std::string page = admin("/metrics").body;
    m_folder->write("page", page);
    auto exposed = exposed_in(page);
    exposed.merge(exposed_in(file()));
    EXPECT_EQ(exposed, names_in(source_of("man/callctl-metrics.7.scd"),
                                "\n\\*((?:callctl|process)_[a-z_]+)\\* \\("));
    for (const std::string& name :
         names_in(source_of("scripts/prometheus/callctl.rules.yml"), "\\b(callctl_[a-z_]+)")) {
        const std::string family = std::regex_replace(name, std::regex{"_bucket$"}, "");
        EXPECT_EQ(exposed.count(family), 1U) << name;
    }
    EXPECT_THAT(exposed_in(file()), testing::Not(testing::Contains("process_open_fds")))
        << "the collector has one of its own, and would refuse all";
    undo();

    Process lint{std::string{CALLCTL_SOURCE_DIR} + "/scripts/check-alerts",
                 {"--figures", m_folder->path("page"), m_folder->path("callctl.prom")},
                 m_environment,
                 m_folder->path("process-lint")};
    const Finished linted = lint.wait();
    if (linted.code == k_skipped) {
        GTEST_SKIP() << linted.err;
    }
    EXPECT_EQ(linted.code, 0) << linted.out << linted.err;
}

TEST_F(Metrics, CountWhatWasAnsweredAndWhatBecameOfIt) {
    serve();
    const std::string sid = place(inbound());
    EXPECT_TRUE(reaches(sid, k_all_done)) << story(sid);
    wait_for_quiet();
    const auto page = series_of(admin("/metrics").body);
    EXPECT_EQ(page.at("callctl_webhooks_total{result=\"accepted\",route=\"incoming_call\"}"), 1.0);
    EXPECT_GE(page.at("callctl_webhooks_total{result=\"accepted\",route=\"call_status\"}"), 1.0);
    EXPECT_EQ(page.at("callctl_webhook_ack_seconds_count{route=\"incoming_call\"}"), 1.0);
    EXPECT_GE(page.at("callctl_commits_total{result=\"ok\"}"), 1.0);
    EXPECT_GE(page.at("callctl_deliveries_total{result=\"applied\"}"), 2.0);
    EXPECT_EQ(page.at("callctl_calls{stage=\"summary\",status=\"completed\"}"), 1.0);
    EXPECT_EQ(page.at("callctl_head_loss_calls{loss=\"none\"}"), 1.0);
    EXPECT_EQ(page.at("callctl_recent_attempts{stage=\"summary\",result=\"succeeded\","
                      "reason=\"none\"}"),
              1.0);
    EXPECT_EQ(page.at("callctl_database_up"), 1.0);
    EXPECT_GT(page.at("process_resident_memory_bytes"), 1e6);
}

TEST_F(Metrics, TellInAFileWhatAPassDid) {
    ended_call();
    const Finished pass = reconcile();
    EXPECT_EQ(pass.code, 0) << pass.err;
    const auto figures = series_of(file());
    EXPECT_EQ(figures.at("callctl_reconcile_exit_code"), 0.0);
    EXPECT_EQ(figures.at("callctl_reconcile_calls{result=\"completed\"}"), 1.0);
    EXPECT_EQ(figures.at("callctl_calls{stage=\"summary\",status=\"completed\"}"), 1.0);
    EXPECT_EQ(figures.at("callctl_database_up"), 1.0);
    EXPECT_EQ(figures.at(k_success), figures.at("callctl_reconcile_last_run_timestamp_seconds"));
    EXPECT_NEAR(figures.at(k_success), static_cast<double>(std::time(nullptr)), 60.0);
    EXPECT_NEAR(figures.at("callctl_last_sweep_timestamp_seconds"), figures.at(k_success), 60.0);
}

TEST_F(Metrics, KeepTheLastSuccessWhileTheDatabaseIsAway) {
    ASSERT_EQ(reconcile().code, 0);
    const auto before = series_of(file());
    const Finished pass = run({"reconcile"}, {{"DATABASE_URL", "postgresql://nobody@127.0.0.1:1/x"
                                                               "?connect_timeout=2"}});
    EXPECT_EQ(pass.code, 75) << pass.err;
    const auto after = series_of(file());
    EXPECT_EQ(after.at(k_success), before.at(k_success));
    EXPECT_GT(after.at("callctl_reconcile_last_run_timestamp_seconds"), after.at(k_success));
    EXPECT_EQ(after.at("callctl_reconcile_exit_code"), 75.0);
    EXPECT_EQ(after.at("callctl_database_up"), 0.0);
    EXPECT_EQ(after.count("callctl_due"), 0U) << "nobody knows";
}

TEST_F(Metrics, AKilledPassLeavesTheFileAsItWas) {
    ASSERT_EQ(reconcile().code, 0);
    const std::string before = file();
    begin_a_pass_that_hangs();
    m_hanging->signal(SIGKILL);
    EXPECT_EQ(m_hanging->wait().code, 137);
    EXPECT_EQ(file(), before);
}

TEST_F(Metrics, AStoppedPassIsNoSuccess) {
    ASSERT_EQ(reconcile().code, 0);
    const auto before = series_of(file());
    begin_a_pass_that_hangs();
    m_hanging->signal(SIGTERM);
    EXPECT_EQ(m_hanging->wait().code, 143);
    const auto after = series_of(file());
    EXPECT_EQ(after.at("callctl_reconcile_exit_code"), 143.0);
    EXPECT_EQ(after.at(k_success), before.at(k_success));
}

TEST_F(Metrics, AFileThatCannotBeWrittenDoesNotFailThePass) {
    ended_call();
    const Finished pass =
        run({"reconcile", "--metrics-file", m_folder->path("missing/callctl.prom")});
    EXPECT_EQ(pass.code, 0) << pass.err;
    EXPECT_THAT(pass.out, HasSubstr("drove 1"));
    EXPECT_THAT(pass.err, ContainsRegex("warning: the metrics file .*missing/callctl.prom cannot "
                                        "be written: No such file or directory\nhint: "));
}

TEST_F(Metrics, ADryRunWritesNone) {
    EXPECT_EQ(run({"reconcile", "--dry-run"}).code, 0);
    EXPECT_THAT(m_folder->names(), testing::Not(testing::Contains("callctl.prom")));
}

TEST_F(Metrics, AReaderInALoopNeverMeetsAHalfWrittenFile) {
    ASSERT_EQ(run({"reconcile"}).code, 0);
    std::atomic<bool> writing{true};
    std::thread passes{[&] {
        for (int i = 0; i < 4; ++i) {
            const auto first = start({"reconcile"});
            const auto second = start({"reconcile"});
            EXPECT_EQ(first->wait().code, 0);
            EXPECT_EQ(second->wait().code, 0);
        }
        writing = false;
    }};
    int read = 0;
    while (writing) {
        const std::string text = file();
        EXPECT_THAT(text, StartsWith("# HELP callctl_build_info "));
        EXPECT_THAT(text, ContainsRegex("\ncallctl_last_sweep_timestamp_seconds [0-9.]+\n$"));
        ++read;
    }
    passes.join();
    EXPECT_GT(read, 10);
    EXPECT_THAT(m_folder->names(), testing::Not(testing::Contains(EndsWith(".new"))));
}

} // namespace
} // namespace callctl::e2e
