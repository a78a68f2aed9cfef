// How a connection is set up, against a server that speaks just enough of the protocol to refuse
// (PostgreSQL 15, chapter 55.7: StartupMessage, ErrorResponse).
#include "base/exception.hpp"
#include "pg/connection.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <thread>
#include <vector>

namespace callctl::pg {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

constexpr const char* k_password = "(asks for a password)";

/// What a server sends, with its length (PostgreSQL 15, 55.7 Message Formats).
std::string packet_of(char type, const std::string& fields) {
    const std::uint32_t length = htonl(static_cast<std::uint32_t>(fields.size() + 4));
    return type + std::string{reinterpret_cast<const char*>(&length), sizeof length} + fields;
}

std::string answer_of(const std::string& message) {
    return message == k_password
               ? packet_of('R', std::string{"\0\0\0\3", 4}) // in clear text
               : packet_of('E',
                           fmt::format("SFATAL{0}VFATAL{0}C08P01{0}M{1}{0}{0}", '\0', message));
}

/// Refuses one connection with each of the messages, and keeps the startup packets.
class RefusingServer {
  public:
    explicit RefusingServer(std::vector<std::string> messages)
        : m_listener{socket(AF_INET, SOCK_STREAM, 0)} {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        EXPECT_EQ(bind(m_listener, generic, size), 0);
        EXPECT_EQ(listen(m_listener, 4), 0);
        EXPECT_EQ(getsockname(m_listener, generic, &size), 0);
        m_port = ntohs(address.sin_port);
        m_thread = std::thread{[this, messages = std::move(messages)] { serve(messages); }};
    }
    RefusingServer(const RefusingServer&) = delete;
    RefusingServer& operator=(const RefusingServer&) = delete;
    ~RefusingServer() {
        shutdown(m_listener, SHUT_RDWR); // ends an accept() that nobody came to
        m_thread.join();
        close(m_listener);
    }

    [[nodiscard]] std::string url(const std::string& user = "app:secret") const {
        return fmt::format("postgresql://{}@127.0.0.1:{}/calls?sslmode=disable&gssencmode=disable",
                           user, m_port);
    }
    /// One for each connection; complete once the client has given up.
    [[nodiscard]] const std::vector<std::string>& startups() const { return m_startups; }

  private:
    void serve(const std::vector<std::string>& messages) {
        for (const std::string& message : messages) {
            const int client = accept(m_listener, nullptr, nullptr);
            if (client < 0) {
                return;
            }
            std::array<char, 4096> buffer{};
            const ssize_t received = recv(client, buffer.data(), buffer.size(), 0);
            m_startups.emplace_back(buffer.data(),
                                    static_cast<std::size_t>(std::max<ssize_t>(received, 0)));
            const std::string packet = answer_of(message);
            EXPECT_EQ(send(client, packet.data(), packet.size(), MSG_NOSIGNAL),
                      static_cast<ssize_t>(packet.size()));
            close(client);
        }
    }

    int m_listener;
    std::uint16_t m_port{0};
    std::vector<std::string> m_startups;
    std::thread m_thread;
};

std::string failure(const RefusingServer& server) {
    try {
        const Connection connection{{.conninfo = base::Secret{server.url()}}};
    } catch (const base::StoreError& error) {
        return error.what();
    }
    ADD_FAILURE() << "the server took us";
    return {};
}

TEST(Connection, DoesWithoutStartupOptionsWhereAPoolerRefusesThem) {
    const RefusingServer server{
        {"unsupported startup parameter: options", "the database system is starting up"}};
    EXPECT_THAT(failure(server), HasSubstr("starting up"));
    ASSERT_THAT(server.startups(), SizeIs(2));
    EXPECT_THAT(server.startups()[0], HasSubstr("statement_timeout"));
    EXPECT_THAT(server.startups()[1], Not(HasSubstr("statement_timeout")));
    EXPECT_THAT(server.startups()[1], HasSubstr("application_name"));
}

TEST(Connection, ReportsARefusalWithoutThePassword) {
    const RefusingServer server{{"no pg_hba.conf entry for host \"127.0.0.1\", user \"app\""}};
    const std::string message = failure(server);
    EXPECT_THAT(message, HasSubstr("no pg_hba.conf entry"));
    EXPECT_THAT(message, HasSubstr("app:***@127.0.0.1"));
    EXPECT_THAT(message, Not(HasSubstr("secret")));
    EXPECT_THAT(server.startups(), SizeIs(1));
}

TEST(Connection, WithoutAPasswordThatIsAskedForIsAMatterOfTheConfiguration) {
    const RefusingServer server{{k_password}};
    try {
        const Connection connection{{.conninfo = base::Secret{server.url("app")}}};
        ADD_FAILURE() << "the server took us";
    } catch (const base::ConfigError& error) {
        EXPECT_THAT(error.what(), HasSubstr("no password supplied"));
        EXPECT_THAT(error.hint(), HasSubstr("password of DATABASE_URL"));
    }
}

} // namespace
} // namespace callctl::pg
