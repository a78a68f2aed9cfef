// A listening socket of either family, or a Unix one. Internal to src/web: it shows the server
// library's types.
#pragma once

#include "base/network.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace callctl::web {

using Socket = boost::asio::generic::stream_protocol::socket;
using Endpoint = boost::asio::generic::stream_protocol::endpoint;

class Listener {
  public:
    using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol>;

    /// Listens on `address:port` or `unix:/path`. Throws base::ConfigError.
    Listener(boost::asio::io_context& io, const std::string& listen);
    /// Takes over a socket that listens already. Throws base::ConfigError when it does not.
    Listener(boost::asio::io_context& io, int descriptor);
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    ~Listener();

    [[nodiscard]] Acceptor& acceptor() { return m_acceptor; }
    /// 0 for a Unix socket.
    [[nodiscard]] std::uint16_t port() const;
    /// Whoever handed it over listens on: what has not been accepted is not lost.
    [[nodiscard]] bool is_handed_over() const { return m_is_handed_over; }
    void close();

  private:
    Acceptor m_acceptor;
    std::string m_path{}; ///< of a Unix socket that we made
    bool m_is_handed_over{false};
};

/// As an accepted connection brings it; nothing for a Unix socket.
[[nodiscard]] std::optional<base::IpAddress> address_of(const Endpoint& endpoint);

} // namespace callctl::web
