// One client of the server. Internal to src/web: it shows the server library's types.
#pragma once

// Ours first: they bring <optional> and <utility>, which Boost.Asio 1.74 uses without including.
#include "web/reply_queue.hpp"
#include "web/server.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace callctl::web {

/// What all connections of one server share. Outlives them.
struct ConnectionContext {
    const ServerOptions& options;
    port::WebHandler& handler;
    std::shared_ptr<ReplyQueue> replies;
    bool stopping{false};

    void report(std::string_view fault) const {
        if (options.on_fault) {
            options.on_fault(fault);
        }
    }
};

/// Everything here runs on the I/O thread.
class Connection : public std::enable_shared_from_this<Connection> {
  public:
    Connection(boost::asio::ip::tcp::socket socket, ConnectionContext& context);

    /// Serves requests until either side is done. `self` keeps the connection alive meanwhile.
    static boost::asio::awaitable<void> run(std::shared_ptr<Connection> self);
    /// The server stops: close when nothing is in hand, else after the answer.
    void wind_up();
    /// Close whatever is in hand.
    void abort();

  private:
    enum class Phase { idle, reading, handling, writing, lingering, closed };

    struct Incoming {
        port::WebRequest request{};
        bool keep_alive{false};
        unsigned version{11};
        int refuse_with{0}; ///< an error status; k_close: nothing can be answered
    };

    boost::asio::awaitable<bool> serve_one();
    boost::asio::awaitable<bool> wait_for_first_byte();
    boost::asio::awaitable<Incoming> read_request();
    boost::asio::awaitable<void> write_continue();
    boost::asio::awaitable<port::WebResponse> ask_handler(port::WebRequest request);
    boost::asio::awaitable<bool> write_response(port::WebResponse reply, const Incoming& incoming,
                                                bool head);
    boost::asio::awaitable<void> linger();

    void enter(Phase phase, std::chrono::milliseconds limit);
    void arm();
    void on_timer();
    void close();

    ConnectionContext& m_context;
    boost::asio::ip::tcp::socket m_socket;
    boost::asio::steady_timer m_timer;
    boost::asio::steady_timer
        m_reply_signal; ///< never due; cancelled to wake who waits for a reply
    boost::beast::flat_buffer m_buffer;
    std::string m_peer;
    Phase m_phase{Phase::idle};
    std::chrono::steady_clock::time_point m_due{};
    bool m_timer_armed{false};
    bool m_overdue{false}; ///< the present phase has used up its time
};

} // namespace callctl::web
