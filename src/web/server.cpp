#include "web/server.hpp"

#include "base/exception.hpp"
#include "web/connection.hpp"
#include "web/listen_address.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_set>
#include <utility>

namespace callctl::web {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// Before the next accept when the process has no descriptor left.
constexpr std::chrono::milliseconds k_accept_pause{100};

std::string hint_for(const error_code& ec) {
    if (ec == asio::error::address_in_use) {
        return "another program listens there (ss -ltnp shows which), or callctl runs already";
    }
    if (ec == asio::error::access_denied) {
        return "ports below 1024 need the capability CAP_NET_BIND_SERVICE; use a higher one";
    }
    return "choose an address of this host (ip address shows them)";
}

tcp::acceptor listen_on(asio::io_context& io, const std::string& text) {
    const ListenAddress wanted = parse_listen_address(text);
    const tcp::endpoint endpoint{asio::ip::make_address(wanted.host), wanted.port};
    tcp::acceptor acceptor{io};
    error_code ec;
    acceptor.open(endpoint.protocol(), ec);
    if (!ec) {
        acceptor.set_option(tcp::acceptor::reuse_address{true}, ec);
    }
    if (!ec) {
        acceptor.bind(endpoint, ec);
    }
    if (!ec) {
        acceptor.listen(tcp::acceptor::max_listen_connections, ec);
    }
    if (ec) {
        throw base::ConfigError{fmt::format("cannot listen on '{}': {}", text, ec.message()),
                                hint_for(ec)};
    }
    return acceptor;
}

/// Best effort: the socket's buffer takes it, or nobody does.
void turn_away(tcp::socket socket) {
    static constexpr std::string_view k_busy = "HTTP/1.1 503 Service Unavailable\r\n"
                                               "Connection: close\r\nContent-Length: 0\r\n\r\n";
    error_code ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(asio::buffer(k_busy), ignored);
    socket.shutdown(tcp::socket::shutdown_send, ignored);
}

} // namespace

class Server::Impl {
  public:
    Impl(ServerOptions options, port::WebHandler& handler)
        : m_options{std::move(options)}, m_context{m_options, handler,
                                                   std::make_shared<ReplyQueue>([this] {
                                                       asio::post(m_io,
                                                                  [this] { deliver_replies(); });
                                                   })},
          m_acceptor{listen_on(m_io, m_options.listen)}, m_port{
                                                             m_acceptor.local_endpoint().port()} {
        asio::co_spawn(m_io, accept_all(), [this](const std::exception_ptr& error) {
            report(error, "accepting connections");
        });
        m_thread = std::thread{[this] { run(); }};
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl() {
        stop(std::chrono::milliseconds{0});
        m_context.replies->close();
    }

    [[nodiscard]] std::uint16_t port() const { return m_port; }

    void stop(std::chrono::milliseconds grace) {
        asio::post(m_io, [this, grace] { begin_stop(grace); });
        const std::scoped_lock lock{m_join_mutex};
        if (m_thread.joinable()) {
            m_thread.join();
        }
    }

  private:
    void run() {
        while (true) {
            try {
                m_io.run();
                return;
            } catch (...) {
                report(std::current_exception(), "the I/O thread");
            }
        }
    }

    asio::awaitable<void> accept_all() {
        while (m_acceptor.is_open()) {
            error_code ec;
            auto socket =
                co_await m_acceptor.async_accept(asio::redirect_error(asio::use_awaitable, ec));
            if (!ec && m_connections.size() >= m_options.max_connections) {
                turn_away(std::move(socket));
            } else if (!ec) {
                try {
                    serve(std::move(socket));
                } catch (...) { // no memory: that one client is lost, and not the loop
                    report(std::current_exception(), "a new connection");
                }
            } else if (m_acceptor.is_open() && ec != asio::error::connection_aborted) {
                m_context.report(fmt::format("cannot accept a connection: {}", ec.message()));
                asio::steady_timer pause{m_io, k_accept_pause};
                co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ec));
            }
        }
    }

    void serve(tcp::socket socket) {
        auto connection = std::make_shared<Connection>(std::move(socket), m_context);
        m_connections.insert(connection);
        asio::co_spawn(m_io, Connection::run(connection),
                       [this, connection](const std::exception_ptr& error) {
                           report(error, "a connection");
                           forget(connection);
                       });
    }

    void forget(const std::shared_ptr<Connection>& connection) {
        connection->abort();
        m_connections.erase(connection);
        if (m_context.stopping && m_connections.empty()) {
            m_grace.cancel();
        }
    }

    void deliver_replies() {
        for (const auto& exchange : m_context.replies->fetch()) {
            exchange->wake();
        }
    }

    void begin_stop(std::chrono::milliseconds grace) {
        const auto until = std::chrono::steady_clock::now() + grace;
        const bool first = !std::exchange(m_context.stopping, true);
        if (first) {
            error_code ignored;
            m_acceptor.close(ignored);
            for (const auto& connection : m_connections) {
                connection->wind_up();
            }
        }
        if (m_connections.empty() || (!first && until >= m_grace.expiry())) {
            return;
        }
        m_grace.expires_at(until);
        m_grace.async_wait([this](const error_code& ec) {
            if (!ec) {
                for (const auto& connection : m_connections) {
                    connection->abort();
                }
            }
        });
    }

    void report(const std::exception_ptr& error, std::string_view where) const {
        try {
            if (error) {
                std::rethrow_exception(error);
            }
        } catch (const std::exception& fault) {
            m_context.report(fmt::format("{}: {}", where, fault.what()));
        } catch (...) {
            m_context.report(fmt::format("{}: an exception without a description", where));
        }
    }

    const ServerOptions m_options;
    ConnectionContext m_context; // before m_io, whose destruction may still end connections
    asio::io_context m_io{1};
    tcp::acceptor m_acceptor;
    std::uint16_t m_port;
    asio::steady_timer m_grace{m_io};
    std::unordered_set<std::shared_ptr<Connection>> m_connections;
    std::mutex m_join_mutex;
    std::thread m_thread;
};

Server::Server(const ServerOptions& options, port::WebHandler& handler)
    : m_impl{std::make_unique<Impl>(options, handler)} {}

Server::~Server() = default;

std::uint16_t Server::port() const {
    return m_impl->port();
}

void Server::stop(std::chrono::milliseconds grace) {
    m_impl->stop(grace);
}

} // namespace callctl::web
