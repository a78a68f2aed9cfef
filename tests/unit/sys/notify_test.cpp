#include "support/temporary_folder.hpp"
#include "sys/notify.hpp"

#include <gtest/gtest.h>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace callctl::sys {
namespace {

/// What systemd is for a unit: a datagram socket named in the environment.
class NotifySocket {
  public:
    NotifySocket() : m_socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)} {
        const std::string path = m_folder.path("notify");
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast) the socket interface
        if (::bind(m_socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
            throw std::runtime_error{"cannot bind " + path};
        }
        ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
    }
    NotifySocket(const NotifySocket&) = delete;
    NotifySocket& operator=(const NotifySocket&) = delete;
    ~NotifySocket() {
        ::unsetenv("NOTIFY_SOCKET");
        ::close(m_socket);
    }

    /// The message that has arrived; empty when there is none.
    [[nodiscard]] std::string message() const {
        std::array<char, 1024> bytes{};
        const auto count = ::recv(m_socket, bytes.data(), bytes.size(), 0);
        return count > 0 ? std::string{bytes.data(), static_cast<std::size_t>(count)}
                         : std::string{};
    }

  private:
    support::TemporaryFolder m_folder;
    int m_socket;
};

TEST(Notify, TellsSystemd) {
    const NotifySocket systemd;
    notify_ready();
    const std::string message = systemd.message();
    if (message.empty()) {
        GTEST_SKIP() << "built without libsystemd";
    }
    EXPECT_EQ(message, "READY=1");
    notify_stopping();
    EXPECT_EQ(systemd.message(), "STOPPING=1");
}

TEST(Notify, IsNothingOutsideOfAUnit) {
    ::unsetenv("NOTIFY_SOCKET");
    notify_ready();
    notify_stopping();
}

} // namespace
} // namespace callctl::sys
