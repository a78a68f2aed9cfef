// serve-webhooks as a service: how it starts, is told of new secrets, is watched, crowded and
// stopped.
#include "e2e/end_to_end_test.hpp"

#include "pg/transaction.hpp"
#include "support/loopback_client.hpp"
#include "support/notify_socket.hpp"
#include "sys/file_limit.hpp"

#include <gmock/gmock.h>

#include <csignal>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace callctl::e2e {
namespace {

using support::LoopbackClient;
using testing::HasSubstr;
using testing::Not;

const std::string k_status_path = "/webhook/call_status";
constexpr std::string_view k_get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

sim::Fields news_of(char digit) {
    return {{"AccountSid", k_account}, {"CallSid", "CA" + std::string(32, digit)},
            {"CallStatus", "ringing"}, {"Direction", "inbound"},
            {"From", "+972501234567"}, {"To", "+97231234567"}};
}

/// A delivery as it goes over the wire, signed with `token`.
std::string signed_delivery(char digit, const std::string& token) {
    const std::string body = sim::encode_fields(news_of(digit));
    return "POST " + k_status_path +
           " HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\n"
           "X-Twilio-Signature: " +
           sim::twilio_signature(token, k_public + k_status_path, news_of(digit)) +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// In kB.
long resident_memory_of(pid_t pid) {
    std::ifstream file{"/proc/" + std::to_string(pid) + "/status"};
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("VmRSS:")) {
            return std::stol(line.substr(6));
        }
    }
    return 0;
}

/// Listens for as long as it lives, and accepts nothing: a socket unit, whoever serves; or a
/// PostgreSQL that hangs.
class BareListener {
  public:
    /// 0: a free one.
    explicit BareListener(std::uint16_t port) : m_socket{::socket(AF_INET, SOCK_STREAM, 0)} {
        const int yes = 1;
        ::setsockopt(m_socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast) the socket interface
        if (::bind(m_socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
            ::listen(m_socket, 16) != 0) {
            throw std::runtime_error{"cannot listen on port " + std::to_string(port)};
        }
    }
    BareListener(const BareListener&) = delete;
    BareListener& operator=(const BareListener&) = delete;
    ~BareListener() { ::close(m_socket); }

    [[nodiscard]] int descriptor() const { return m_socket; }
    [[nodiscard]] std::uint16_t port() const {
        sockaddr_in address{};
        socklen_t size = sizeof address;
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast) the socket interface
        ::getsockname(m_socket, reinterpret_cast<sockaddr*>(&address), &size);
        return ntohs(address.sin_port);
    }

  private:
    int m_socket;
};

class Service : public EndToEndTest {
  protected:
    int status_of(LoopbackClient& client, const std::string& request) {
        client.send(request);
        const auto response = client.response();
        return response ? response->status : 0;
    }
    int deliver(char digit, const std::string& token = k_token) {
        LoopbackClient client{m_port};
        return status_of(client, signed_delivery(digit, token));
    }
    [[nodiscard]] bool logs(const std::string& text) {
        return eventually([&] { return m_server->err().find(text) != std::string::npos; }, 10s);
    }
    /// Commits wait while it lives.
    class Lock {
      public:
        explicit Lock(const pg::ConnectOptions& options)
            : m_connection{options}, m_transaction{m_connection} {
            m_transaction.exec("LOCK TABLE callctl.inbox IN ACCESS EXCLUSIVE MODE");
        }

      private:
        pg::Connection m_connection;
        pg::Transaction m_transaction;
    };
    [[nodiscard]] bool somebody_waits_for_it() {
        return eventually([&] {
            return value("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND"
                         " datname = current_database()") != "0";
        });
    }
};

// --- The start ---

/// Of a server that starts: it takes connections, and answers nothing.
class HangingDatabase : public Service {
  protected:
    void SetUp() override {
        Service::SetUp();
        if (IsSkipped() || HasFatalFailure()) {
            return;
        }
        m_server = start(
            {"serve-webhooks"},
            {{"DATABASE_URL", "postgresql://u@127.0.0.1:" + std::to_string(m_database.port()) +
                                  "/none?connect_timeout=300"},
             {"NOTIFY_SOCKET", m_systemd.path()}});
        ASSERT_TRUE(eventually([this] {
            const auto answer = m_http.send(
                {.url = "http://127.0.0.1:" + std::to_string(m_admin_port) + "/healthz"});
            return answer && answer->status == 200;
        })) << m_server->err();
    }

    BareListener m_database{0};
    support::NotifySocket m_systemd;
};

TEST_F(HangingDatabase, KeepsNoCallerWaiting) {
    const auto answer = post_webhook("/webhook/incoming_call", news_of('a'));
    ASSERT_TRUE(answer) << m_server->err();
    EXPECT_EQ(answer->status, 200);
    EXPECT_THAT(answer->body, HasSubstr("<Response><Start><Recording"));
}

TEST_F(HangingDatabase, IsNotWaitedForByUnitsBehindIt) {
    if (!m_systemd.hears("READY=1")) {
        GTEST_SKIP() << "built without libsystemd";
    }
    EXPECT_TRUE(m_systemd.hears(", waiting for the database"));
}

TEST_F(HangingDatabase, LetsAStopAnswerWhoIsConnected) {
    const std::string delivery = signed_delivery('a', k_token);
    EXPECT_EQ(deliver('b'), 204) << "from here on all goes to the spool at once";
    LoopbackClient client{m_port};
    client.send(delivery.substr(0, delivery.size() / 2));
    m_server->signal(SIGTERM);
    support::wait_until_refused(m_port);
    client.send(delivery.substr(delivery.size() / 2));
    const auto response = client.response();
    ASSERT_TRUE(response) << m_server->err();
    EXPECT_EQ(response->status, 204);
    EXPECT_TRUE(response->has("Connection: close\r\n"));
    EXPECT_EQ(m_server->wait(10s).code, 143);
}

TEST_F(Service, EndsWithTheFixWhereTheSchemaIsMissing) {
    const test::TestDatabase empty{test::TestDatabase::Content::empty};
    const Finished finished =
        run({"serve-webhooks"}, {{"DATABASE_URL", empty.connect_options().conninfo.reveal()}});
    EXPECT_EQ(finished.code, 8) << finished.err;
    EXPECT_THAT(finished.err, HasSubstr("hint: run callctl migrate"));
    EXPECT_THAT(finished.err, Not(HasSubstr("worker_failed")));
}

// --- The end ---

TEST_F(Service, AnswersWhatIsBeingCommittedWhenItIsStopped) {
    serve({"--workers", "0"});
    std::vector<LoopbackClient> clients;
    {
        const Lock lock{direct_options()};
        for (const char digit : {'a', 'b', 'c'}) {
            clients.emplace_back(m_port);
            clients.back().send(signed_delivery(digit, k_token));
        }
        ASSERT_TRUE(somebody_waits_for_it());
        m_server->signal(SIGTERM);
        support::wait_until_refused(m_port);
    }
    for (LoopbackClient& client : clients) {
        const auto response = client.response();
        ASSERT_TRUE(response) << m_server->err();
        EXPECT_EQ(response->status, 204);
        EXPECT_TRUE(response->has("Connection: close\r\n"));
    }
    EXPECT_EQ(m_server->wait(10s).code, 143);
    const auto are_in_the_database = [this] {
        return value("SELECT count(*) FROM callctl.inbox") == "3";
    };
    if (!are_in_the_database()) { // the machine was slow, and the disk has them
        serve({"--workers", "0"});
    }
    EXPECT_TRUE(eventually(are_in_the_database));
}

// --- Secrets ---

TEST_F(Service, TakesNewSecretsWithoutDroppingAConnection) {
    m_folder->write("token", k_token);
    m_environment.erase("TWILIO_AUTH_TOKEN");
    m_environment["TWILIO_AUTH_TOKEN_FILE"] = m_folder->path("token");
    m_folder->write("callctl.toml", "workers = 0\n");
    m_environment["CALLCTL_CONFIG"] = m_folder->path("callctl.toml");
    serve();
    LoopbackClient kept{m_port};
    EXPECT_EQ(status_of(kept, signed_delivery('a', k_token)), 204);
    EXPECT_EQ(status_of(kept, signed_delivery('b', "token-of-tomorrow")), 403);

    m_folder->write("token", "token-of-tomorrow");
    m_folder->write("callctl.toml", "workers = 1\n");
    m_server->signal(SIGHUP);
    ASSERT_TRUE(logs("secrets_reloaded changed=twilio.auth_token")) << m_server->err();
    EXPECT_TRUE(logs("reload_ignored settings=workers")) << m_server->err();
    EXPECT_EQ(status_of(kept, signed_delivery('b', "token-of-tomorrow")), 204);
    EXPECT_EQ(status_of(kept, signed_delivery('c', k_token)), 403) << "the old one is no more";

    m_folder->write("callctl.toml", "workers = many\n");
    m_server->signal(SIGHUP);
    ASSERT_TRUE(logs("reload_failed error=")) << m_server->err();
    EXPECT_EQ(status_of(kept, signed_delivery('c', "token-of-tomorrow")), 204);
    EXPECT_THAT(m_server->err(), Not(HasSubstr("token-of-tomorrow")));
    EXPECT_EQ(stop_server().code, 143);
}

// --- systemd ---

TEST_F(Service, ServesASocketThatSystemdListensOnAndLosesNobodyBetweenTwoStarts) {
    const BareListener unit{m_port};
    m_environment["LISTEN_FDS"] = "1";
    m_environment["LISTEN_FDNAMES"] = "webhooks";
    // Taken by another: where the socket is not used this one would be, and the start would fail.
    m_environment["CALLCTL_LISTEN"] = "127.0.0.1:" + std::to_string(m_port);
    const auto start_by_systemd = [&](const std::string& name) {
        m_server = std::make_unique<Process>(
            "/bin/sh",
            std::vector<std::string>{"-c", "LISTEN_PID=$$ exec \"$0\" serve-webhooks --workers 0",
                                     CALLCTL_BINARY},
            m_environment, m_folder->path(name), unit.descriptor());
    };
    start_by_systemd("process-first");
    const int first = deliver('a'); // queued until it is up
    if (first == 0 && m_server->err().find("without libsystemd") != std::string::npos) {
        GTEST_SKIP() << "built without libsystemd";
    }
    EXPECT_EQ(first, 204) << m_server->err();
    EXPECT_THAT(m_server->err(),
                HasSubstr("serving listen=systemd port=" + std::to_string(m_port)));
    EXPECT_EQ(stop_server().code, 143);

    LoopbackClient early{m_port};
    early.send(signed_delivery('b', k_token));
    start_by_systemd("process-second");
    EXPECT_EQ(early.response()->status, 204);
    EXPECT_EQ(stop_server().code, 143);
    EXPECT_EQ(value("SELECT count(*) FROM callctl.inbox"), "2");
}

TEST_F(Service, TellsSystemdHowItIs) {
    const support::NotifySocket systemd;
    m_environment["NOTIFY_SOCKET"] = systemd.path();
    m_environment["WATCHDOG_USEC"] = "200000";
    serve({"--workers", "0"});
    if (!systemd.hears("READY=1", 2s)) {
        GTEST_SKIP() << "built without libsystemd";
    }
    EXPECT_TRUE(systemd.hears("STATUS=receiving webhooks on 127.0.0.1:"));
    EXPECT_TRUE(systemd.hears("WATCHDOG=1"));
    EXPECT_TRUE(systemd.hears("WATCHDOG=1"));
    {
        const Lock lock{direct_options()};
        LoopbackClient client{m_port};
        client.send(signed_delivery('a', k_token));
        ASSERT_TRUE(somebody_waits_for_it());
        while (!systemd.message().empty()) {
        }
        EXPECT_TRUE(systemd.hears("WATCHDOG=1")) << "a database that hangs is not the server's end";
        EXPECT_TRUE(systemd.hears("WATCHDOG=1"));
    }
    m_server->signal(SIGHUP);
    EXPECT_TRUE(systemd.hears("RELOADING=1\nMONOTONIC_USEC="));
    EXPECT_TRUE(systemd.hears("READY=1"));
    m_server->signal(SIGTERM);
    EXPECT_TRUE(systemd.hears("STOPPING=1"));
    EXPECT_EQ(m_server->wait(10s).code, 143);
}

TEST_F(Service, IsReachedByAUnixSocket) {
    const std::string path = m_folder->path("web.sock");
    m_environment["CALLCTL_LISTEN"] = "unix:" + path;
    serve({"--workers", "0"});
    LoopbackClient client{path};
    EXPECT_EQ(status_of(client, signed_delivery('a', k_token)), 204);
    EXPECT_EQ(stop_server().code, 143);
    EXPECT_THROW(LoopbackClient{path}, std::runtime_error);
}

// --- The crowd ---

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool k_memory_is_our_own = false;
#else
constexpr bool k_memory_is_our_own = true;
#endif

TEST_F(Service, ServesBesideThousandsOfIdleAndHundredsOfDrippingClients) {
    constexpr std::size_t k_idle = 5'000;
    constexpr std::size_t k_dripping = 500;
    if (sys::raise_file_limit(6'000) < 6'000) {
        GTEST_SKIP() << "needs 6,000 open files: ulimit -Hn";
    }
    m_environment["CALLCTL_SERVER_REQUEST_TIMEOUT"] = "3s";
    serve();
    std::vector<LoopbackClient> idle;
    for (std::size_t i = 0; i < k_idle; ++i) {
        idle.emplace_back(m_port);
        ASSERT_EQ(status_of(idle.back(), std::string{k_get}), 404);
    }
    EXPECT_LT(resident_memory_of(m_server->pid()), k_memory_is_our_own ? 48'000 : 1'000'000);
    std::vector<LoopbackClient> dripping;
    for (std::size_t i = 0; i < k_dripping; ++i) {
        dripping.emplace_back(m_port);
        dripping.back().send("POST /webhook/call_status HTTP/1.1\r\nA: ");
    }
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(deliver('a'), 204);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s) << "it waited for others";
    for (LoopbackClient& client : dripping) {
        client.send("a");
    }
    std::size_t cut = 0;
    for (LoopbackClient& client : dripping) {
        const auto response = client.response();
        cut += response && response->status == 408 ? 1U : 0U;
    }
    EXPECT_EQ(cut, k_dripping);
    std::size_t kept = 0;
    for (LoopbackClient& client : idle) {
        kept += status_of(client, std::string{k_get}) == 404 ? 1U : 0U;
    }
    EXPECT_EQ(kept, k_idle);
    EXPECT_EQ(stop_server().code, 143);
}

} // namespace
} // namespace callctl::e2e
