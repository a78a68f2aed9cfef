// The wire between a host and a database, which can be cut, or swallow what is sent.
#pragma once

#include "e2e/chaos/awaiting.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace callctl::chaos {

class Wire {
  public:
    enum class State {
        whole,
        cut,      ///< what was connected is closed, and nothing new gets through
        swallows, ///< connections stay and take what is sent, and nothing arrives
    };

    /// Listens on a free port of the loopback; `socket` names the path of the database's own, each
    /// time anew.
    Wire(boost::asio::io_context& context, std::function<std::string()> socket);
    [[nodiscard]] std::uint16_t port() const { return m_acceptor.local_endpoint().port(); }
    /// From any thread.
    void set(State state);
    [[nodiscard]] bool is_whole() const { return m_state == State::whole; }

  private:
    struct Link;
    boost::asio::awaitable<void> accept();
    boost::asio::awaitable<void> connect(boost::asio::ip::tcp::socket client);

    boost::asio::io_context& m_context;
    std::function<std::string()> m_socket;
    boost::asio::ip::tcp::acceptor m_acceptor;
    std::atomic<State> m_state{State::whole};
    std::vector<std::weak_ptr<Link>> m_links{};
};

} // namespace callctl::chaos
