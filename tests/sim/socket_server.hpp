// An HTTP/1.1 server that can break its own protocol on purpose: cut a body short, reset a
// connection, never answer. callctl's own server must not be able to, so the simulator has this
// one.
#pragma once

#include "sim/http_wire.hpp"
#include "sim/message.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace callctl::sim {

class SocketServer {
  public:
    using Done = std::function<void(Answer)>;
    /// `done` may be called from any thread, also long after the handler has returned.
    using Handler = std::function<void(const Incoming&, Done)>;

    /// Listens on `address:port`, IPv4; port 0 takes a free one. A thread for each connection.
    /// Throws base::ConfigError when the address cannot be listened on.
    SocketServer(const std::string& listen, Handler handler);
    SocketServer(const SocketServer&) = delete;
    SocketServer& operator=(const SocketServer&) = delete;
    /// Closes every connection, whatever is under way.
    ~SocketServer();

    [[nodiscard]] std::uint16_t port() const { return m_port; }

  private:
    struct Connection;

    void accept_all();
    void serve(Connection& connection);
    void reap();

    Handler m_handler;
    int m_listener{-1};
    std::uint16_t m_port{0};
    std::atomic<bool> m_stopping{false};
    std::mutex m_mutex; ///< of the sockets: closed by their threads, shut down by the destructor
    std::list<std::unique_ptr<Connection>> m_connections;
    std::thread m_acceptor;
};

} // namespace callctl::sim
