// A client that sends the bytes it is told, right or wrong, and reads what comes back.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace callctl::support {

struct ClientResponse {
    int status{0};
    std::string head{}; ///< status line and header as they came, with the empty line
    std::string body{};

    [[nodiscard]] bool has(std::string_view text) const {
        return head.find(text) != std::string::npos;
    }
};

enum class Body { present, absent }; ///< absent: the answer to a HEAD

/// Every wait ends after 10 s with an exception, which fails the test.
class LoopbackClient {
  public:
    explicit LoopbackClient(std::uint16_t port) : LoopbackClient{port, "127.0.0.1"} {}
    /// From another address of this host's, as 127.0.0.2.
    LoopbackClient(std::uint16_t port, const char* from)
        : m_socket{::socket(AF_INET, SOCK_STREAM, 0)} {
        const int late = 1; // else a port is taken for the address alone, and they run out
        ::setsockopt(m_socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &late, sizeof late);
        sockaddr_in own{};
        own.sin_family = AF_INET;
        ::inet_pton(AF_INET, from, &own.sin_addr);
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast) the socket interface
        if (::bind(m_socket, reinterpret_cast<sockaddr*>(&own), sizeof own) != 0) {
            ::close(m_socket);
            throw std::runtime_error{std::string{"cannot connect from "} + from};
        }
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connect_to(address);
    }
    /// By a Unix socket.
    explicit LoopbackClient(const std::string& path) : m_socket{::socket(AF_UNIX, SOCK_STREAM, 0)} {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        connect_to(address);
    }
    LoopbackClient(LoopbackClient&& other) noexcept
        : m_socket{std::exchange(other.m_socket, -1)}, m_unread{std::move(other.m_unread)} {}
    LoopbackClient(const LoopbackClient&) = delete;
    LoopbackClient& operator=(const LoopbackClient&) = delete;
    ~LoopbackClient() {
        if (m_socket >= 0) {
            ::close(m_socket);
        }
    }

    /// False when the server closed the connection before it had taken all.
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto sent = ::send(m_socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent < 0) {
                if (errno == EAGAIN) {
                    throw std::runtime_error{"the server does not read"};
                }
                return false;
            }
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }

    void finish_sending() { ::shutdown(m_socket, SHUT_WR); }

    /// True when there is something to read, or the server has closed, before the time is over.
    [[nodiscard]] bool readable_within(std::chrono::milliseconds limit) const {
        return polled(POLLIN, limit);
    }

    /// Waits until the server has closed hard, without reading what it sent.
    void wait_for_reset() const {
        if (!polled(POLLERR, std::chrono::seconds{10})) {
            throw std::runtime_error{"the server does not close"};
        }
    }

    /// The next answer; nothing when the server closed before it was complete.
    std::optional<ClientResponse> response(Body body = Body::present) {
        std::size_t end{0};
        while ((end = m_unread.find("\r\n\r\n")) == std::string::npos) {
            if (!receive()) {
                return std::nullopt;
            }
        }
        ClientResponse response;
        response.head = m_unread.substr(0, end + 4);
        m_unread.erase(0, end + 4);
        response.status = std::stoi(response.head.substr(response.head.find(' ')));
        const std::size_t length = body == Body::present ? content_length(response.head) : 0;
        while (m_unread.size() < length) {
            if (!receive()) {
                return std::nullopt;
            }
        }
        response.body = m_unread.substr(0, length);
        m_unread.erase(0, length);
        return response;
    }

    /// Waits until the server has closed; the bytes that came before.
    std::string rest() {
        while (receive()) {
        }
        return std::exchange(m_unread, {});
    }

  private:
    template <class Address>
    void connect_to(Address& address) {
        const timeval patience{10, 0};
        ::setsockopt(m_socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        ::setsockopt(m_socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast) the socket interface
        if (::connect(m_socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
            const int fault = errno;
            ::close(m_socket);
            throw std::runtime_error{"cannot connect: errno " + std::to_string(fault)};
        }
    }

    [[nodiscard]] bool polled(short events, std::chrono::milliseconds limit) const {
        pollfd state{m_socket, events, 0};
        return ::poll(&state, 1, static_cast<int>(limit.count())) == 1;
    }

    static std::size_t content_length(const std::string& head) {
        const auto at = head.find("Content-Length: ");
        return at == std::string::npos ? 0 : std::stoul(head.substr(at + 16));
    }

    bool receive() {
        std::array<char, 16384> bytes{};
        const auto count = ::recv(m_socket, bytes.data(), bytes.size(), 0);
        if (count < 0 && errno == EAGAIN) {
            throw std::runtime_error{"the server neither answers nor closes"};
        }
        if (count <= 0) {
            return false;
        }
        m_unread.append(bytes.data(), static_cast<std::size_t>(count));
        return true;
    }

    int m_socket;
    std::string m_unread{};
};

/// Waits until nobody listens on the port any more.
inline void wait_until_refused(std::uint16_t port) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    while (std::chrono::steady_clock::now() < end) {
        try {
            const LoopbackClient client{port};
        } catch (const std::runtime_error&) {
            return;
        }
    }
    throw std::runtime_error{"the server goes on listening"};
}

} // namespace callctl::support
