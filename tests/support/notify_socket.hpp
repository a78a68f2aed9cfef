// What a service says to systemd.
#pragma once

#include "support/temporary_folder.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>

namespace callctl::support {

/// What systemd is for a unit: a datagram socket named in the environment.
class NotifySocket {
  public:
    NotifySocket() : m_socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)} {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path().copy(address.sun_path, sizeof address.sun_path - 1);
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast) the socket interface
        if (::bind(m_socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
            throw std::runtime_error{"cannot bind " + path()};
        }
    }
    NotifySocket(const NotifySocket&) = delete;
    NotifySocket& operator=(const NotifySocket&) = delete;
    ~NotifySocket() { ::close(m_socket); }

    /// For NOTIFY_SOCKET.
    [[nodiscard]] std::string path() const { return m_folder.path("notify"); }

    /// The next message; empty when none comes in time.
    [[nodiscard]] std::string message(std::chrono::milliseconds limit = {}) const {
        pollfd state{m_socket, POLLIN, 0};
        if (::poll(&state, 1, static_cast<int>(limit.count())) != 1) {
            return {};
        }
        std::array<char, 1024> bytes{};
        const auto count = ::recv(m_socket, bytes.data(), bytes.size(), 0);
        return count > 0 ? std::string{bytes.data(), static_cast<std::size_t>(count)}
                         : std::string{};
    }

    /// Waits for a message with `text` in it, and passes over others; false when none comes.
    [[nodiscard]] bool hears(std::string_view text,
                             std::chrono::milliseconds limit = std::chrono::seconds{10}) const {
        const auto end = std::chrono::steady_clock::now() + limit;
        while (std::chrono::steady_clock::now() < end) {
            if (message(std::chrono::milliseconds{100}).find(text) != std::string::npos) {
                return true;
            }
        }
        return false;
    }

  private:
    support::TemporaryFolder m_folder;
    int m_socket;
};

} // namespace callctl::support
