// A reverse proxy that writes down what passes: in front of the hosts for webhooks, in front of the
// providers for each host.
#pragma once

#include "e2e/chaos/awaiting.hpp"
#include "e2e/chaos/ledger.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace callctl::chaos {

/// The simulator's; a host has `-` and its number behind it, which are taken off on the way.
inline constexpr std::string_view k_ai_key = "sk-sim";

struct Upstream {
    int host{0};
    std::uint16_t port{0};
};

/// Passes each request on by a connection of its own. Who cannot be connected to is passed over, as
/// a load balancer does; who does not answer in time costs the sender its connection.
class Gateway {
  public:
    /// Tried one after the other, for each request afresh.
    using Upstreams = std::function<std::vector<Upstream>()>;

    /// Listens on a free port of the loopback. `direction` is that of its exchanges.
    Gateway(boost::asio::io_context& context, std::string direction, Upstreams upstreams,
            Ledger& ledger, std::chrono::seconds patience);
    [[nodiscard]] std::uint16_t port() const { return m_acceptor.local_endpoint().port(); }

  private:
    boost::asio::awaitable<void> accept();
    boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket socket);

    std::string m_direction;
    Upstreams m_upstreams;
    Ledger& m_ledger;
    std::chrono::seconds m_patience;
    boost::asio::ip::tcp::acceptor m_acceptor;
};

} // namespace callctl::chaos
