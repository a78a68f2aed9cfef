#include "support/scripted_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <utility>

namespace callctl::support {
namespace {

std::size_t content_length(const std::string& head) {
    const auto at = head.find("Content-Length: ");
    return at == std::string::npos ? 0 : std::stoul(head.substr(at + 16));
}

} // namespace

std::optional<std::string> Conversation::request() {
    std::size_t end{0};
    while ((end = m_unread.find("\r\n\r\n")) == std::string::npos) {
        if (!receive()) {
            return std::nullopt;
        }
    }
    const std::size_t length = end + 4 + content_length(m_unread.substr(0, end));
    while (m_unread.size() < length) {
        if (!receive()) {
            return std::nullopt;
        }
    }
    std::string request = m_unread.substr(0, length);
    m_unread.erase(0, length);
    return request;
}

void Conversation::send(std::string_view bytes) const {
    while (!bytes.empty()) {
        const auto sent = ::send(m_socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) {
            return; // the client has closed: its affair
        }
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

void Conversation::wait_for_close() {
    while (receive()) {
    }
}

bool Conversation::closed_within(std::chrono::milliseconds limit) {
    pollfd state{m_socket, POLLIN, 0};
    return ::poll(&state, 1, static_cast<int>(limit.count())) == 1 && !receive();
}

void Conversation::reset() const {
    const linger at_once{1, 0};
    ::setsockopt(m_socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

bool Conversation::receive() {
    std::array<char, 65536> bytes{};
    const auto count = ::recv(m_socket, bytes.data(), bytes.size(), 0);
    if (count <= 0) {
        return false;
    }
    m_unread.append(bytes.data(), static_cast<std::size_t>(count));
    return true;
}

std::string answer(int status, std::string_view body, std::string_view header_lines) {
    return "HTTP/1.1 " + std::to_string(status) + " Words\r\n" + std::string{header_lines} +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string{body};
}

ScriptedServer::ScriptedServer(Script script)
    : m_script{std::move(script)}, m_socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast) the socket interface
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(m_socket, generic, length) != 0 || ::listen(m_socket, 512) != 0 ||
        ::getsockname(m_socket, generic, &length) != 0) {
        throw std::runtime_error{"cannot listen on the loopback interface"};
    }
    m_port = ntohs(address.sin_port);
    m_thread = std::thread{[this] { accept_all(); }};
}

ScriptedServer::~ScriptedServer() {
    ::shutdown(m_socket, SHUT_RDWR);
    m_thread.join();
    ::close(m_socket);
    for (auto& guest : m_guests) {
        {
            const std::scoped_lock lock{m_mutex};
            ::shutdown(guest.socket, SHUT_RDWR); // where it is closed already: no harm with -1
        }
        guest.thread.join();
    }
}

std::string ScriptedServer::url(std::string_view path) const {
    return "http://127.0.0.1:" + std::to_string(m_port) + std::string{path};
}

void ScriptedServer::wait_for_connections(int count) const {
    for (int seen = m_connections; seen < count; seen = m_connections) {
        m_connections.wait(seen);
    }
}

void ScriptedServer::accept_all() {
    int socket{-1};
    while ((socket = ::accept4(m_socket, nullptr, nullptr, SOCK_CLOEXEC)) >= 0) {
        ++m_connections;
        m_connections.notify_all();
        auto& guest = m_guests.emplace_back(Guest{socket});
        guest.thread = std::thread{[this, &guest] {
            Conversation conversation{guest.socket};
            m_script(conversation);
            const std::scoped_lock lock{m_mutex};
            ::close(std::exchange(guest.socket, -1));
        }};
    }
}

AnsweringServer::AnsweringServer(Answer answer)
    : m_answer{std::move(answer)}, m_server{[this](Conversation& conversation) {
          while (const auto request = conversation.request()) {
              {
                  const std::scoped_lock lock{m_mutex};
                  m_requests.push_back(*request);
              }
              conversation.send(m_answer(*request));
          }
      }} {}

std::vector<std::string> AnsweringServer::requests() const {
    const std::scoped_lock lock{m_mutex};
    return m_requests;
}

} // namespace callctl::support
