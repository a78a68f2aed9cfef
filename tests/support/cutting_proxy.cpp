#include "support/cutting_proxy.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <vector>

namespace callctl::support {
namespace {

constexpr int k_poll_ms = 20;

::sockaddr_un address_of(const std::string& path) {
    ::sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) {
        throw std::runtime_error{"too long for a socket: " + path};
    }
    path.copy(address.sun_path, path.size());
    return address;
}

int open_socket() {
    const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket < 0) {
        throw std::runtime_error{"no socket"};
    }
    return socket;
}

const ::sockaddr* generic(const ::sockaddr_un& address) {
    return reinterpret_cast<const ::sockaddr*>(&address); // NOLINT: the interface of sockets
}

std::size_t length_at(std::string_view bytes) {
    std::size_t length = 0;
    for (const char byte : bytes.substr(0, 4)) {
        length = length << 8U | static_cast<unsigned char>(byte);
    }
    return length;
}

bool send_all(int socket, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

} // namespace

CuttingProxy::CuttingProxy(std::string server, int statements, std::string uncounted)
    : m_server{std::move(server)}, m_uncounted{std::move(uncounted)}, m_left{statements},
      m_listener{open_socket()} {
    const std::string name = m_server.substr(m_server.find_last_of('/') + 1);
    const auto address = address_of(m_folder.path(name));
    if (::bind(m_listener, generic(address), sizeof address) != 0 ||
        ::listen(m_listener, SOMAXCONN) != 0) {
        throw std::runtime_error{"cannot listen in " + m_folder.path()};
    }
    m_thread = std::thread{[this] { serve(); }};
}

CuttingProxy::~CuttingProxy() {
    m_over = true;
    m_thread.join();
    close_all();
    ::close(m_listener);
}

void CuttingProxy::serve() {
    while (!m_over) {
        std::vector<::pollfd> waited{{m_listener, POLLIN, 0}};
        for (const Link& link : m_links) {
            waited.push_back({link.client, POLLIN, 0});
            waited.push_back({link.server, POLLIN, 0});
        }
        ::poll(waited.data(), waited.size(), k_poll_ms);
        std::size_t next = 1;
        for (auto link = m_links.begin(); link != m_links.end() && !has_cut(); next += 2) {
            const bool lives =
                (waited[next].revents == 0 || pass(*link, link->client, link->server)) &&
                (waited[next + 1].revents == 0 || has_cut() ||
                 pass(*link, link->server, link->client));
            if (lives) {
                ++link;
                continue;
            }
            ::close(link->client);
            ::close(link->server);
            link = m_links.erase(link);
        }
        if (has_cut()) {
            close_all();
        }
        if ((waited[0].revents & POLLIN) != 0) {
            accept_one();
        }
    }
}

void CuttingProxy::accept_one() {
    const int client = ::accept4(m_listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) {
        return;
    }
    const auto address = address_of(m_server);
    const int server = open_socket();
    if (has_cut() || ::connect(server, generic(address), sizeof address) != 0) {
        ::close(client);
        ::close(server);
        return;
    }
    m_links.push_back({.client = client, .server = server});
}

bool CuttingProxy::pass(Link& link, int from, int to) {
    std::array<char, 65'536> buffer{};
    const auto size = ::recv(from, buffer.data(), buffer.size(), 0);
    if (size <= 0) {
        return false;
    }
    const std::string_view bytes{buffer.data(), static_cast<std::size_t>(size)};
    if (from == link.client) {
        link.unread += bytes;
        count(link);
    }
    return send_all(to, bytes);
}

/// Simple queries and the Parse of others (PostgreSQL, 55.7); a session's first message has no
/// type.
void CuttingProxy::count(Link& link) {
    while (true) {
        const std::size_t head = link.started ? 1 : 0;
        if (link.unread.size() < head + 4) {
            return;
        }
        const std::size_t size = head + length_at(std::string_view{link.unread}.substr(head));
        if (link.unread.size() < size) {
            return;
        }
        const char type = link.started ? link.unread[0] : '\0';
        const bool counts = link.unread.find(m_uncounted) >= size;
        if ((type == 'Q' || type == 'P') && counts) {
            --m_left;
        }
        link.started = true;
        link.unread.erase(0, size);
    }
}

void CuttingProxy::close_all() {
    for (const Link& link : m_links) {
        ::close(link.client);
        ::close(link.server);
    }
    m_links.clear();
}

} // namespace callctl::support
