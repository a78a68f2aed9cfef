// One client of the server. Internal to src/web: it shows the server library's types.
#pragma once

// Ours first: they bring <optional> and <utility>, which Boost.Asio 1.74 uses without including.
#include "web/address_counts.hpp"
#include "web/listener.hpp"
#include "web/reply_queue.hpp"
#include "web/server.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/intrusive/list.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string_view>

namespace callctl::web {

namespace intrusive = boost::intrusive;

/// A place in the order of those that may give way; left by itself when its owner ends.
struct Place : intrusive::list_base_hook<intrusive::link_mode<intrusive::auto_unlink>> {};
using Places = intrusive::list<Place, intrusive::constant_time_size<false>>;

/// What all connections of one server share. Outlives them.
struct ConnectionContext {
    ConnectionContext(const ServerOptions& from, port::WebHandler& to,
                      std::shared_ptr<ReplyQueue> queue)
        : options{from}, handler{to}, replies{std::move(queue)},
          addresses{from.max_connections_per_address, from.trusted_proxies} {}

    const ServerOptions& options;
    port::WebHandler& handler;
    std::shared_ptr<ReplyQueue> replies;
    bool stopping{false};
    std::size_t open{0}; ///< connections with a socket
    AddressCounts addresses;
    /// Between two requests, the longest first.
    Places idle{};
    /// Those whose client has the rest of a request to send or an answer to take, the longest
    /// first.
    Places slow{};

    void report(std::string_view fault) const {
        if (options.on_fault) {
            options.on_fault(fault);
        }
    }
};

/// Everything here runs on the I/O thread.
class Connection : public std::enable_shared_from_this<Connection>, public Place {
  public:
    /// \pre the address has entered context.addresses, which it leaves with this
    Connection(Socket socket, const std::optional<base::IpAddress>& peer,
               ConnectionContext& context);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    /// Serves requests until either side is done. `self` keeps the connection alive meanwhile.
    static boost::asio::awaitable<void> run(std::shared_ptr<Connection> self);
    /// The server stops, or needs the place: close when nothing is in hand, else after the answer.
    /// True when it is closed now.
    bool wind_up();
    /// The server needs the place: close when a request has been coming, or an answer going, for
    /// too long to be a webhook's. True when it is closed now.
    bool give_way();
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

    [[nodiscard]] bool waits_for_client() const;
    void enter(Phase phase, std::chrono::milliseconds limit);
    void arm();
    void on_timer();
    void close();
    /// The crowd: once, whoever ends first.
    void leave();
    void leave_order();

    ConnectionContext& m_context;
    Socket m_socket;
    boost::asio::steady_timer m_timer;
    boost::asio::steady_timer
        m_reply_signal; ///< never due; cancelled to wake who waits for a reply
    boost::beast::flat_buffer m_buffer;
    std::optional<base::IpAddress> m_peer;
    Phase m_phase{Phase::idle};
    std::chrono::steady_clock::time_point m_since{}; ///< the present phase
    std::chrono::steady_clock::time_point m_due{};
    bool m_timer_armed{false};
    bool m_overdue{false}; ///< the present phase has used up its time
};

} // namespace callctl::web
