// A server that answers with the bytes it is told, right or wrong: one thread a connection.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace callctl::support {

/// One connection as its script sees it.
class Conversation {
  public:
    explicit Conversation(int socket) : m_socket{socket} {}

    /// The next request, header and body; nothing when the client has closed. Understands
    /// Content-Length only.
    std::optional<std::string> request();
    void send(std::string_view bytes) const;
    /// Until the client closes, or the server is destroyed.
    void wait_for_close();
    /// Waits for the client to send more or to close; true when it closed.
    bool closed_within(std::chrono::milliseconds limit);
    /// The end of the script will reset the connection instead of closing it.
    void reset() const;

  private:
    bool receive();

    int m_socket;
    std::string m_unread{};
};

/// A whole answer with its Content-Length.
[[nodiscard]] std::string answer(int status, std::string_view body,
                                 std::string_view header_lines = "");

/// Listens on a free port of the loopback interface from construction to destruction.
class ScriptedServer {
  public:
    /// Called for each connection, on a thread of its own; its return closes the connection.
    using Script = std::function<void(Conversation&)>;

    explicit ScriptedServer(Script script);
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;
    ~ScriptedServer();

    [[nodiscard]] std::uint16_t port() const { return m_port; }
    [[nodiscard]] std::string url(std::string_view path = "/") const;
    [[nodiscard]] int connections() const { return m_connections; }
    /// Waits until so many connections have been accepted.
    void wait_for_connections(int count) const;

  private:
    void accept_all();

    struct Guest {
        int socket; ///< guarded by m_mutex once the thread runs; -1 when closed
        std::thread thread{};
    };

    Script m_script;
    int m_socket;
    std::uint16_t m_port{0};
    std::atomic<int> m_connections{0};
    std::mutex m_mutex;
    std::list<Guest> m_guests{};
    std::thread m_thread;
};

/// Answers every request on every connection, and remembers them.
class AnsweringServer {
  public:
    using Answer = std::function<std::string(const std::string& request)>;

    explicit AnsweringServer(Answer answer);

    [[nodiscard]] std::string url(std::string_view path = "/") const { return m_server.url(path); }
    [[nodiscard]] int connections() const { return m_server.connections(); }
    [[nodiscard]] std::vector<std::string> requests() const;

  private:
    Answer m_answer;
    mutable std::mutex m_mutex;
    std::vector<std::string> m_requests{};
    ScriptedServer m_server; // last: its threads use the rest
};

} // namespace callctl::support
