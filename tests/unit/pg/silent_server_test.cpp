#include "base/exception.hpp"
#include "pg/pool.hpp"
#include "pg/transaction.hpp"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <thread>

namespace callctl::pg {
namespace {

using namespace std::chrono_literals;

/// Completes the log-in (PostgreSQL, "Message Formats": AuthenticationOk, ParameterStatus,
/// ReadyForQuery) and answers nothing that comes behind it, as a pooler does that is paused.
class SilentServer {
  public:
    SilentServer() {
        m_listener = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        // NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast) the socket interface
        EXPECT_EQ(::bind(m_listener, reinterpret_cast<sockaddr*>(&address), size), 0);
        EXPECT_EQ(::listen(m_listener, 8), 0);
        ::getsockname(m_listener, reinterpret_cast<sockaddr*>(&address), &size);
        // NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)
        m_port = ntohs(address.sin_port);
        m_thread = std::thread{[this] { run(); }};
    }
    SilentServer(const SilentServer&) = delete;
    SilentServer& operator=(const SilentServer&) = delete;
    ~SilentServer() {
        ::shutdown(m_listener, SHUT_RDWR);
        m_thread.join();
        ::close(m_listener);
    }

    [[nodiscard]] std::string conninfo() const {
        return "host=127.0.0.1 port=" + std::to_string(m_port) +
               " user=u dbname=d sslmode=disable gssencmode=disable";
    }

  private:
    /// ParameterStatus; shorter than 256 bytes.
    static std::string parameter(const std::string& name, const std::string& value) {
        const std::size_t length = 4 + name.size() + 1 + value.size() + 1;
        return std::string{"S\0\0\0", 4} + static_cast<char>(length) + name + '\0' + value + '\0';
    }
    void run() const {
        int client = -1;
        while ((client = ::accept(m_listener, nullptr, nullptr)) >= 0) {
            std::array<char, 4096> bytes{};
            const std::string login =
                std::string{"R\0\0\0\x08\0\0\0\0", 9} + parameter("server_version", "15.0") +
                parameter("client_encoding", "UTF8") +
                parameter("standard_conforming_strings", "on") + std::string{"Z\0\0\0\x05I", 6};
            if (::read(client, bytes.data(), bytes.size()) > 0 &&
                ::write(client, login.data(), login.size()) > 0) {
                while (::read(client, bytes.data(), bytes.size()) > 0) {
                }
            }
            ::close(client);
        }
    }

    int m_listener{-1};
    std::uint16_t m_port{0};
    std::thread m_thread{};
};

TEST(SilentServer, EndsTheWaitForAConnectionInTime) {
    const SilentServer server;
    Pool pool{{.conninfo = base::Secret{server.conninfo()}, .statement_timeout = 100ms},
              {.answer_margin = 100ms}};
    EXPECT_THROW(pool.transact([](Transaction& transaction) { transaction.exec("SELECT 1"); }),
                 base::StoreError);
}

} // namespace
} // namespace callctl::pg
