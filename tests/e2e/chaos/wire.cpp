#include "e2e/chaos/wire.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <utility>

namespace callctl::chaos {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

struct Wire::Link {
    tcp::socket client;
    asio::local::stream_protocol::socket server;

    void close() {
        error_code error;
        client.close(error);
        server.close(error);
    }
};

namespace {

// What is read while the wire swallows waits here, as in the buffers of a network.
template <class From, class To, class Link>
asio::awaitable<void> pump(std::shared_ptr<Link> link, From& from, To& to,
                           const std::atomic<Wire::State>& state) {
    std::array<char, 16'384> buffer{};
    asio::steady_timer timer{from.get_executor()};
    error_code error;
    while (!error) {
        const std::size_t size =
            co_await from.async_read_some(asio::buffer(buffer), told_by(error));
        while (!error && state == Wire::State::swallows) {
            timer.expires_after(std::chrono::milliseconds{50});
            co_await timer.async_wait(told_by(error));
        }
        if (!error) {
            co_await asio::async_write(to, asio::buffer(buffer.data(), size), told_by(error));
        }
    }
    link->close();
}

} // namespace

Wire::Wire(asio::io_context& context, std::function<std::string()> socket)
    : m_context{context}, m_socket{std::move(socket)}, m_acceptor{
                                                           context,
                                                           {asio::ip::address_v4::loopback(), 0}} {
    asio::co_spawn(context, accept(), asio::detached);
}

void Wire::set(State state) {
    m_state = state;
    if (state == State::cut) {
        asio::post(m_context, [this] {
            for (const auto& known : m_links) {
                if (const auto link = known.lock()) {
                    link->close();
                }
            }
            m_links.clear();
        });
    }
}

asio::awaitable<void> Wire::accept() {
    while (true) {
        error_code error;
        tcp::socket client = co_await m_acceptor.async_accept(told_by(error));
        if (!error && m_state != State::cut) {
            asio::co_spawn(m_context, connect(std::move(client)), asio::detached);
        }
    }
}

asio::awaitable<void> Wire::connect(tcp::socket client) {
    const auto link = std::make_shared<Link>(
        Link{std::move(client), asio::local::stream_protocol::socket{m_context}});
    error_code error;
    co_await link->server.async_connect({m_socket()}, told_by(error));
    if (error) {
        co_return;
    }
    std::erase_if(m_links, [](const auto& known) { return known.expired(); });
    m_links.push_back(link);
    asio::co_spawn(m_context, pump(link, link->client, link->server, m_state), asio::detached);
    co_await pump(link, link->server, link->client, m_state);
}

} // namespace callctl::chaos
