#include "web/server.hpp"

#include "web/connection.hpp"
#include "web/listener.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_set>
#include <utility>

namespace callctl::web {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// Before the next accept when the process has no descriptor left.
constexpr std::chrono::milliseconds k_accept_pause{100};
/// To give way: each has to be asked whether a request waits in its socket.
constexpr int k_most_asked = 32;
/// As many as can wait to be accepted.
constexpr int k_backlog = Listener::Acceptor::max_listen_connections;
/// Between two lines of the log about connections that were refused.
constexpr std::chrono::minutes k_refusals_told_every{1};

/// Best effort: the socket's buffer takes it, or nobody does.
void turn_away(Socket socket) {
    static constexpr std::string_view k_busy = "HTTP/1.1 503 Service Unavailable\r\n"
                                               "Connection: close\r\nContent-Length: 0\r\n\r\n";
    error_code ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(asio::buffer(k_busy), ignored);
    socket.shutdown(Socket::shutdown_send, ignored);
}

} // namespace

class Server::Impl {
  public:
    Impl(ServerOptions options, port::WebHandler& handler)
        : m_options{std::move(options)}, m_context{m_options, handler, make_reply_queue()} {
        for (const int descriptor : m_options.sockets) {
            m_listeners.emplace_back(m_io, descriptor);
        }
        if (m_listeners.empty()) {
            m_listeners.emplace_back(m_io, m_options.listen);
        }
        m_port = m_listeners.front().port();
        for (Listener& listener : m_listeners) {
            asio::co_spawn(m_io, accept_all(listener), [this](const std::exception_ptr& error) {
                report(error, "accepting connections");
            });
        }
        m_thread = std::thread{[this] { run(); }};
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl() {
        stop(std::chrono::milliseconds{0});
        m_context.replies->close();
    }

    [[nodiscard]] std::uint16_t port() const { return m_port; }

    void run_soon(std::function<void()> work) { asio::post(m_io, std::move(work)); }

    void stop(std::chrono::milliseconds grace) {
        asio::post(m_io, [this, grace] { begin_stop(grace); });
        const std::scoped_lock lock{m_join_mutex};
        if (m_thread.joinable()) {
            m_thread.join();
        }
    }

  private:
    std::shared_ptr<ReplyQueue> make_reply_queue() {
        return std::make_shared<ReplyQueue>(
            [this] { asio::post(m_io, [this] { deliver_replies(); }); });
    }

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

    asio::awaitable<void> accept_all(Listener& listener) {
        auto& acceptor = listener.acceptor();
        while (acceptor.is_open()) {
            error_code ec;
            Endpoint peer;
            auto socket =
                co_await acceptor.async_accept(peer, asio::redirect_error(asio::use_awaitable, ec));
            if (!ec) {
                admit(std::move(socket), address_of(peer));
            } else if (acceptor.is_open() && ec != asio::error::connection_aborted &&
                       !make_room(ec)) {
                m_context.report(fmt::format("cannot accept a connection: {}", ec.message()));
                asio::steady_timer pause{m_io, k_accept_pause};
                co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ec));
            }
        }
    }

    /// False when none idles.
    bool close_longest_idle() {
        int left = k_most_asked;
        for (Place& place : m_context.idle) {
            if (static_cast<Connection&>(place).wind_up()) {
                return true; // it has left the order that this loop goes through
            }
            if (--left == 0) {
                break;
            }
        }
        return false;
    }

    /// False when none waits for its client for long.
    bool close_slowest() {
        return !m_context.slow.empty() &&
               static_cast<Connection&>(m_context.slow.front()).give_way();
    }

    bool close_one() { return close_longest_idle() || close_slowest(); }

    /// True when a descriptor was wanting, and now there is one.
    bool make_room(const error_code& ec) {
        return ec == asio::error::no_descriptors && close_one();
    }

    void admit(Socket socket, const std::optional<base::IpAddress>& peer) {
        if (m_context.open >= m_options.max_connections && !close_one()) {
            refuse(std::move(socket), "limit", "max_connections are busy");
            return;
        }
        if (!m_context.addresses.enter(peer)) {
            refuse(std::move(socket), "address_limit",
                   "one address has max_connections_per_address");
            return;
        }
        try {
            serve(std::move(socket), peer);
        } catch (...) { // no memory: that one client is lost, and not the loop
            report(std::current_exception(), "a new connection");
        }
    }

    std::shared_ptr<Connection> connected(Socket socket,
                                          const std::optional<base::IpAddress>& peer) {
        try {
            return std::make_shared<Connection>(std::move(socket), peer, m_context);
        } catch (...) {
            m_context.addresses.leave(peer);
            throw;
        }
    }

    void serve(Socket socket, const std::optional<base::IpAddress>& peer) {
        const auto connection = connected(std::move(socket), peer);
        m_connections.insert(connection);
        tell(m_options.on_opened);
        asio::co_spawn(m_io, Connection::run(connection),
                       [this, connection](const std::exception_ptr& error) {
                           report(error, "a connection");
                           forget(connection);
                       });
    }

    template <class... Word>
    static void tell(const std::function<void(Word...)>& listener, Word... word) {
        if (listener) {
            listener(word...);
        }
    }

    void refuse(Socket socket, std::string_view word, std::string_view why) {
        turn_away(std::move(socket));
        tell(m_options.on_refused, word);
        ++m_refused;
        const auto now = std::chrono::steady_clock::now();
        if (now >= m_refusals_told_again_at) {
            m_refusals_told_again_at = now + k_refusals_told_every;
            m_context.report(fmt::format("connections refused: {}, at last because {}",
                                         std::exchange(m_refused, 0), why));
        }
    }

    void forget(const std::shared_ptr<Connection>& connection) {
        connection->abort();
        m_connections.erase(connection);
        tell(m_options.on_closed);
        if (m_context.stopping && m_connections.empty()) {
            m_grace.cancel();
        }
    }

    void deliver_replies() {
        for (const auto& exchange : m_context.replies->fetch()) {
            exchange->wake();
        }
    }

    /// Who has connected, and perhaps asked, and was not accepted yet, would be reset by the close.
    void accept_waiting(Listener& listener) {
        error_code ec;
        listener.acceptor().non_blocking(true, ec);
        for (int i = 0; i < k_backlog && !ec; ++i) {
            Endpoint peer;
            auto socket = listener.acceptor().accept(peer, ec);
            if (!ec) {
                admit(std::move(socket), address_of(peer));
            }
        }
    }

    void stop_listening() {
        for (Listener& listener : m_listeners) {
            if (!listener.is_handed_over()) {
                accept_waiting(listener);
            }
            listener.close();
        }
    }

    void begin_stop(std::chrono::milliseconds grace) {
        const auto until = std::chrono::steady_clock::now() + grace;
        const bool first = !std::exchange(m_context.stopping, true);
        if (first) {
            stop_listening();
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
    std::list<Listener> m_listeners{};
    std::uint16_t m_port{0};
    asio::steady_timer m_grace{m_io};
    std::size_t m_refused{0}; ///< since the last line of the log about it
    std::chrono::steady_clock::time_point m_refusals_told_again_at{};
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

void Server::run_soon(std::function<void()> work) {
    m_impl->run_soon(std::move(work));
}

void Server::stop(std::chrono::milliseconds grace) {
    m_impl->stop(grace);
}

} // namespace callctl::web
