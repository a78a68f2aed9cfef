// The database goes away, this host dies, its disk is full: nothing that was answered is lost.
#include "e2e/end_to_end_test.hpp"

#include "support/own_cluster.hpp"

#include <gmock/gmock.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

namespace callctl::e2e {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::string sid_of(int number) {
    const std::string digits = std::to_string(number);
    return "CA" + std::string(32 - digits.size(), '0') + digits;
}

class DatabaseAway : public EndToEndTest {
  protected:
    void SetUp() override {
        EndToEndTest::SetUp();
        if (IsSkipped() || HasFatalFailure()) {
            return;
        }
        m_cluster = std::make_unique<support::OwnCluster>(m_folder->path("cluster"));
        m_environment["DATABASE_URL"] = m_cluster->url();
        ASSERT_EQ(run({"migrate"}).code, 0);
    }
    void TearDown() override {
        m_server.reset();
        m_cluster.reset();
        EndToEndTest::TearDown();
    }

    /// Like serve(), for a server whose database may be away: alive is enough.
    void serve_without_database(const Environment& more = {}) {
        m_server = start({"serve-webhooks", "--workers", "0"}, more);
        ASSERT_TRUE(eventually([this] {
            const auto answer = m_http.send(
                {.url = "http://127.0.0.1:" + std::to_string(m_admin_port) + "/healthz"});
            return answer && answer->status == 200;
        })) << m_server->err();
    }
    void kill_server() {
        m_server->signal(SIGKILL);
        static_cast<void>(m_server->wait(10s));
    }

    static sim::Fields event_of(int call, const std::string& status) {
        return {{"AccountSid", k_account},
                {"CallSid", sid_of(call)},
                {"CallStatus", status},
                {"Direction", "inbound"},
                {"From", "+972501234567"},
                {"To", "+97231234567"},
                {"SequenceNumber", status == "ringing" ? "0" : "1"}};
    }
    int status_of(const std::string& path, const sim::Fields& fields) {
        const auto answer = post_webhook(path, fields);
        return answer ? answer->status : 0;
    }
    /// Four webhooks of each of so many calls; the 2xx answers among them, in their order.
    std::vector<std::string> send(int from, int to) {
        std::vector<std::string> acknowledged;
        const auto post = [&](const std::string& path, const sim::Fields& fields) {
            const int status = status_of(path, fields);
            if (status / 100 == 2) {
                acknowledged.push_back(sim::encode_fields(fields));
            } else {
                EXPECT_EQ(status, 503);
            }
        };
        for (int call = from; call < to; ++call) {
            post("/webhook/incoming_call", event_of(call, "ringing"));
            post("/webhook/call_status", event_of(call, "in-progress"));
            post("/webhook/handle_recording", {{"AccountSid", k_account},
                                               {"CallSid", sid_of(call)},
                                               {"RecordingSid", "RE" + sid_of(call).substr(2)},
                                               {"RecordingStatus", "completed"},
                                               {"RecordingDuration", "42"},
                                               {"RecordingChannels", "2"}});
            post("/webhook/call_status", event_of(call, "completed"));
        }
        return acknowledged;
    }
    /// One webhook of each of so many calls, none of which holds a caller on the line.
    std::vector<std::string> send_callbacks(int from, int to) {
        std::vector<std::string> acknowledged;
        for (int call = from; call < to; ++call) {
            const auto fields = event_of(call, "in-progress");
            const int status = status_of("/webhook/call_status", fields);
            if (status == 204) {
                acknowledged.push_back(sim::encode_fields(fields));
            } else {
                EXPECT_EQ(status, 503);
            }
        }
        return acknowledged;
    }
    /// What the inbox has, in the order in which it came there; "twice" where one counts twice.
    [[nodiscard]] std::vector<std::string> inbox() const {
        const std::string text = m_cluster->value(
            "SELECT convert_from(raw, 'UTF8') || CASE WHEN deliveries > 1 THEN ' twice' ELSE '' END"
            " || CASE WHEN applied_at IS NULL THEN ' kept' ELSE '' END"
            " FROM callctl.inbox ORDER BY delivery_id");
        return text.empty() ? std::vector<std::string>{} : sim::split(text, '\n');
    }
    [[nodiscard]] bool reaches_inbox(std::size_t count) const {
        return eventually([&] {
            return m_cluster->value("SELECT count(*) FROM callctl.inbox") == std::to_string(count);
        });
    }

    std::unique_ptr<support::OwnCluster> m_cluster;
};

TEST_F(DatabaseAway, LosesNoneOfAThousandWebhooksThoughTheServerIsKilledToo) {
    serve({"--workers", "0"});
    m_cluster->stop();
    const auto acknowledged = send(0, 250);
    EXPECT_EQ(acknowledged.size(), 1'000U) << "all are answered 2xx";
    kill_server();
    m_cluster->start();
    serve({"--workers", "0"});
    EXPECT_TRUE(reaches_inbox(1'000));
    EXPECT_EQ(inbox(), acknowledged) << "once and in order";
    EXPECT_EQ(
        m_cluster->value("SELECT count(*) FROM callctl.work WHERE call_state = 'completed' "
                         "AND recording_state = 'completed' AND asked_by_twiml_at IS NOT NULL"),
        "250");
    EXPECT_EQ(m_cluster->value("SELECT count(*) FROM call_log WHERE call_status = 'completed'"),
              "250");
    EXPECT_TRUE(fs::is_empty(m_folder->path("spool")));
}

TEST_F(DatabaseAway, AnswersTheCallerWithTheRecordingAtTheFront) {
    serve({"--workers", "0"});
    m_cluster->stop();
    const auto answer = post_webhook("/webhook/incoming_call", event_of(1, "ringing"));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
    EXPECT_THAT(answer->body, HasSubstr("<Response><Start><Recording"));
}

TEST_F(DatabaseAway, GoesOnByItselfOnceTheDatabaseIsBack) {
    serve({"--workers", "0"});
    m_cluster->stop();
    auto acknowledged = send(0, 10);
    m_cluster->start();
    EXPECT_TRUE(reaches_inbox(40));
    for (auto& webhook : send(10, 12)) {
        acknowledged.push_back(std::move(webhook));
    }
    EXPECT_TRUE(reaches_inbox(48));
    EXPECT_EQ(inbox(), acknowledged);
    EXPECT_EQ(stop_server().code, 143);
}

TEST_F(DatabaseAway, DoesNotKeepAServerFromStarting) {
    m_cluster->stop();
    serve_without_database();
    EXPECT_EQ(send(0, 5).size(), 20U);
    EXPECT_EQ(stop_server().code, 143) << m_server->err();
    m_cluster->start();
    const auto plan = run({"reconcile", "--dry-run"});
    EXPECT_THAT(plan.out, HasSubstr("would take 20 webhooks out of the spool"));
    EXPECT_EQ(inbox().size(), 0U) << "a dry run takes nothing";
    const auto pass = run({"reconcile", "--limit", "1"});
    EXPECT_THAT(pass.out, HasSubstr("took 20 webhooks out of the spool")) << pass.err;
    EXPECT_EQ(inbox().size(), 20U);
    EXPECT_THAT(run({"reconcile", "--dry-run"}).out, testing::Not(HasSubstr("spool")));
}

TEST_F(DatabaseAway, IsAnswered503OnceTheSpoolIsFull) {
    m_environment["CALLCTL_SPOOL_MAX_BYTES"] = "100000";
    serve({"--workers", "0"});
    m_cluster->stop();
    const auto acknowledged = send_callbacks(0, 500);
    EXPECT_GT(acknowledged.size(), 100U);
    EXPECT_LT(acknowledged.size(), 500U);
    EXPECT_THAT(m_server->err(), HasSubstr("spool_refused"));
    const auto caller = post_webhook("/webhook/incoming_call", event_of(1, "ringing"));
    ASSERT_TRUE(caller);
    EXPECT_THAT(caller->body, HasSubstr("<Start><Recording")) << "the call must not suffer";
    m_cluster->start();
    EXPECT_TRUE(reaches_inbox(acknowledged.size()));
    EXPECT_EQ(inbox(), acknowledged);
}

// A private mount: a file system of half a megabyte as the state directory.
TEST_F(DatabaseAway, IsAnswered503OnceTheDiskIsFull) {
    const std::string mount = "mount -t tmpfs -o size=512k tmpfs '" + m_folder->path("small") + "'";
    fs::create_directory(m_folder->path("small"));
    if (std::system(("unshare --mount sh -c \"" + mount + "\" 2>/dev/null").c_str()) != 0) {
        GTEST_SKIP() << "this user may not mount a file system";
    }
    m_environment["CALLCTL_STATE_DIR"] = m_folder->path("small");
    m_cluster->stop();
    m_server =
        std::make_unique<Process>("/usr/bin/unshare",
                                  std::vector<std::string>{"--mount", "sh", "-c",
                                                           mount + " && exec " + CALLCTL_BINARY +
                                                               " serve-webhooks --workers 0"},
                                  m_environment, m_folder->path("process-small"));
    ASSERT_TRUE(eventually([this] {
        const auto answer =
            m_http.send({.url = "http://127.0.0.1:" + std::to_string(m_admin_port) + "/healthz"});
        return answer && answer->status == 200;
    })) << m_server->err();
    const auto acknowledged = send_callbacks(0, 1'500);
    EXPECT_GT(acknowledged.size(), 200U);
    EXPECT_LT(acknowledged.size(), 1'500U);
    EXPECT_THAT(m_server->err(), HasSubstr("No space left on device"));
    m_cluster->start();
    EXPECT_TRUE(reaches_inbox(acknowledged.size()));
    EXPECT_EQ(inbox(), acknowledged);
}

class DatabaseDisk : public EndToEndTest {};

// A full disk fails statements that need a new page, and in the end, when the log finds no room,
// the server: what of it happens first does not matter.
TEST_F(DatabaseDisk, ThatIsFullLosesNothing) {
    if (!support::SmallCluster::is_possible()) {
        GTEST_SKIP() << "this user may not mount a file system";
    }
    const support::SmallCluster cluster;
    m_environment["DATABASE_URL"] = cluster.url();
    ASSERT_EQ(run({"migrate"}).code, 0);
    serve({"--workers", "0"});
    cluster.fill_disk();
    int number = 0;
    const auto post = [&] {
        const sim::Fields fields{{"AccountSid", k_account},
                                 {"CallSid", sid_of(++number)},
                                 {"CallStatus", "in-progress"},
                                 {"Note", std::string(3'000, 'x')}};
        const auto answer = post_webhook("/webhook/call_status", fields);
        EXPECT_TRUE(answer && answer->status == 204) << number;
    };
    while (m_server->err().find("result=spooled") == std::string::npos && number < 3'000) {
        post();
    }
    for (int i = 0; i < 50; ++i) {
        post();
    }
    EXPECT_THAT(m_server->err(), HasSubstr("No space left on device"));
    cluster.empty_disk();
    EXPECT_TRUE(eventually([&] {
        return cluster.value("SELECT count(*) FROM callctl.inbox WHERE deliveries = 1") ==
               std::to_string(number);
    })) << m_server->err().substr(m_server->err().size() / 2);
    EXPECT_EQ(cluster.value("SELECT count(*) FROM call_log"), std::to_string(number));
    EXPECT_EQ(run({"reconcile", "--limit", "1", "--dry-run"}).code, 0);
}

/// What was synced of each file, and which names were.
struct Synced {
    std::map<std::string, std::uintmax_t> sizes{};
    std::set<std::string> names{};
};

class PowerCut : public DatabaseAway {
  protected:
    void serve_on_a_disk(const Environment& more) {
        Environment environment{{"LD_PRELOAD", CALLCTL_POWER_CUT},
                                {"POWER_CUT_NOTES", m_folder->path("synced")}};
        environment.insert(more.begin(), more.end());
        serve_without_database(environment);
    }
    /// What was not synced is gone, or zero where the file had grown already.
    void cut_power(bool zeros) {
        kill_server();
        const Synced synced = read_notes();
        for (const auto& entry : fs::directory_iterator{m_folder->path("spool")}) {
            const auto size = fs::file_size(entry.path());
            const auto found = synced.sizes.find(entry.path());
            const auto kept = found == synced.sizes.end() ? 0 : std::min(found->second, size);
            if (!synced.names.contains(entry.path())) {
                fs::remove(entry.path());
                continue;
            }
            fs::resize_file(entry.path(), kept);
            fs::resize_file(entry.path(), zeros ? size + 4'096 : kept);
        }
    }

  private:
    [[nodiscard]] Synced read_notes() const {
        Synced synced;
        std::ifstream notes{m_folder->path("synced")};
        for (std::string line; std::getline(notes, line);) {
            std::istringstream words{line};
            std::string kind;
            std::string path;
            std::uintmax_t size = 0;
            words >> kind >> path >> size;
            if (kind == "file") {
                synced.sizes[path] = size;
            } else {
                synced.names.insert(path);
            }
        }
        return synced;
    }
};

TEST_F(PowerCut, TakesNothingThatWasAnswered) {
    m_cluster->stop();
    serve_on_a_disk({});
    auto acknowledged = send(0, 50);
    cut_power(/*zeros=*/false);
    serve_on_a_disk({});
    for (auto& webhook : send(50, 80)) {
        acknowledged.push_back(std::move(webhook));
    }
    cut_power(/*zeros=*/true);
    EXPECT_EQ(acknowledged.size(), 320U);
    m_cluster->start();
    serve({"--workers", "0"});
    EXPECT_TRUE(reaches_inbox(acknowledged.size()));
    EXPECT_EQ(inbox(), acknowledged);
    EXPECT_FALSE(fs::exists(m_folder->path("spool/damaged"))) << "a torn end is no damage";
}

// What was not synced when a sync failed may never be, whatever later ones say.
TEST_F(PowerCut, TakesNothingThatWasAnsweredAfterASyncThatFailed) {
    m_cluster->stop();
    const std::string failing = m_folder->path("failing");
    serve_on_a_disk({{"POWER_CUT_FAILS_WHILE_THERE_IS", failing}});
    auto acknowledged = send_callbacks(0, 5);
    EXPECT_EQ(acknowledged.size(), 5U);
    std::ofstream{failing} << "now";
    EXPECT_EQ(send_callbacks(5, 10).size(), 0U);
    fs::remove(failing);
    for (auto& webhook : send_callbacks(10, 15)) {
        acknowledged.push_back(std::move(webhook));
    }
    EXPECT_EQ(acknowledged.size(), 10U);
    cut_power(/*zeros=*/false);
    m_cluster->start();
    serve({"--workers", "0"});
    EXPECT_TRUE(reaches_inbox(acknowledged.size()));
    EXPECT_EQ(inbox(), acknowledged);
}

// That the tests above can fail.
TEST_F(PowerCut, TakesEverythingOnADiskThatOnlySaysThatItSyncs) {
    m_cluster->stop();
    serve_on_a_disk({{"POWER_CUT_LIES", "1"}});
    EXPECT_EQ(send(0, 5).size(), 20U);
    cut_power(/*zeros=*/false);
    m_cluster->start();
    serve({"--workers", "0"});
    EXPECT_EQ(inbox().size(), 0U);
}

} // namespace
} // namespace callctl::e2e
