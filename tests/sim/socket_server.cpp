#include "sim/socket_server.hpp"

#include "base/exception.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <cstring>
#include <optional>

namespace callctl::sim {
namespace {

/// Where an answer waits for the thread of its connection; it outlives the connection when the
/// answer comes too late.
struct Mailbox {
    std::mutex mutex;
    std::condition_variable arrived;
    std::optional<Answer> answer;
    bool closed{false};
};

sockaddr_in address_of(const std::string& listen) {
    const std::size_t colon = listen.rfind(':');
    const auto port = colon == std::string::npos ? std::nullopt : to_int(listen.substr(colon + 1));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port.value_or(0)));
    const std::string host = listen.substr(0, colon);
    if (!port || *port < 0 || *port > 65'535 ||
        ::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) {
        throw base::ConfigError{fmt::format("cannot listen on '{}'", listen),
                                "give an IPv4 address and a port: 127.0.0.1:8081"};
    }
    return address;
}

} // namespace

struct SocketServer::Connection {
    explicit Connection(int connected) : socket{connected} {}

    int socket;
    std::shared_ptr<Mailbox> mailbox{std::make_shared<Mailbox>()};
    std::atomic<bool> finished{false};
    std::thread thread{};
};

SocketServer::SocketServer(const std::string& listen, Handler handler)
    : m_handler{std::move(handler)} {
    sockaddr_in address = address_of(listen);
    m_listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    ::setsockopt(m_listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    socklen_t size = sizeof address;
    auto* const plain = reinterpret_cast<sockaddr*>(&address);
    if (::bind(m_listener, plain, size) != 0 || ::listen(m_listener, SOMAXCONN) != 0 ||
        ::getsockname(m_listener, plain, &size) != 0) {
        const int error = errno;
        ::close(m_listener);
        throw base::ConfigError{fmt::format("cannot listen on '{}': {}", listen,
                                            std::generic_category().message(error)),
                                "another program may listen there (ss -ltnp shows which)"};
    }
    m_port = ntohs(address.sin_port);
    m_acceptor = std::thread{[this] { accept_all(); }};
}

SocketServer::~SocketServer() {
    m_stopping = true;
    ::shutdown(m_listener, SHUT_RDWR);
    m_acceptor.join();
    ::close(m_listener);
    for (const auto& connection : m_connections) {
        const std::scoped_lock lock{m_mutex, connection->mailbox->mutex};
        ::shutdown(connection->socket, SHUT_RDWR);
        connection->mailbox->closed = true;
        connection->mailbox->arrived.notify_all();
    }
    for (const auto& connection : m_connections) {
        connection->thread.join();
    }
}

void SocketServer::accept_all() {
    while (!m_stopping) {
        const int socket = ::accept4(m_listener, nullptr, nullptr, SOCK_CLOEXEC);
        reap();
        if (socket < 0) {
            continue;
        }
        const int on = 1;
        ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        m_connections.push_back(std::make_unique<Connection>(socket));
        Connection& connection = *m_connections.back();
        connection.thread = std::thread{[this, &connection] { serve(connection); }};
    }
}

void SocketServer::reap() {
    m_connections.remove_if([](const auto& connection) {
        if (!connection->finished) {
            return false;
        }
        connection->thread.join();
        return true;
    });
}

void SocketServer::serve(Connection& connection) {
    HttpWire wire{connection.socket};
    while (!m_stopping) {
        const auto incoming = wire.read();
        if (!incoming) {
            break;
        }
        const auto mailbox = connection.mailbox;
        m_handler(*incoming, [mailbox](Answer answer) {
            const std::scoped_lock lock{mailbox->mutex};
            mailbox->answer = std::move(answer);
            mailbox->arrived.notify_all();
        });
        std::unique_lock lock{mailbox->mutex};
        mailbox->arrived.wait(lock, [&] { return mailbox->answer || mailbox->closed; });
        if (mailbox->closed) {
            break;
        }
        const Answer answer = *std::exchange(mailbox->answer, std::nullopt);
        lock.unlock();
        if (!wire.write(answer, wants_keep_alive(incoming->request))) {
            break;
        }
    }
    const std::scoped_lock lock{m_mutex};
    ::close(std::exchange(connection.socket, -1));
    connection.finished = true;
}

} // namespace callctl::sim
