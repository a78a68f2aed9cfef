#include "web/connection.hpp"

#include "web/client_address.hpp"
#include "web/http_messages.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

namespace callctl::web {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

/// A webhook of Twilio's has less.
constexpr std::size_t k_read_bytes = 2048;
constexpr std::chrono::milliseconds k_linger{1000};

/// Completes with the error in `ec` instead of an exception.
auto into(error_code& ec) {
    return asio::redirect_error(asio::use_awaitable, ec);
}

} // namespace

Connection::Connection(Socket socket, const std::optional<base::IpAddress>& peer,
                       ConnectionContext& context)
    : m_context{context}, m_socket{std::move(socket)}, m_timer{m_socket.get_executor()},
      m_reply_signal{m_socket.get_executor()},
      m_buffer{context.options.max_header_bytes + k_read_bytes}, m_peer{peer} {
    ++m_context.open;
}

Connection::~Connection() {
    leave();
}

asio::awaitable<void> Connection::run(std::shared_ptr<Connection> self) {
    error_code ignored;
    self->m_socket.set_option(asio::ip::tcp::no_delay{true}, ignored);
    while (co_await self->serve_one()) {
    }
    if (self->m_phase == Phase::writing) {
        co_await self->linger();
    }
    self->close();
}

bool Connection::wind_up() {
    error_code ec;
    // A request that has arrived but is not read yet is in hand too.
    const bool idle = m_phase == Phase::idle && (m_socket.available(ec) == 0 || ec);
    if (idle) {
        close();
    }
    return idle;
}

bool Connection::waits_for_client() const {
    return m_phase == Phase::reading || m_phase == Phase::writing || m_phase == Phase::lingering;
}

bool Connection::give_way() {
    const bool slow = waits_for_client() &&
                      std::chrono::steady_clock::now() - m_since >= m_context.options.slow_after;
    if (slow) {
        close();
    }
    return slow;
}

void Connection::abort() {
    close();
    m_reply_signal.cancel();
}

/// True when another request may follow.
asio::awaitable<bool> Connection::serve_one() {
    if (m_buffer.size() == 0 && !co_await wait_for_first_byte()) {
        co_return false;
    }
    Incoming incoming = co_await read_request();
    if (incoming.refuse_with == k_close) {
        co_return false;
    }
    if (incoming.refuse_with != 0) {
        incoming.keep_alive = false;
        co_await write_response(plain(incoming.refuse_with), incoming, /*head=*/false);
        co_return false;
    }
    const bool head = incoming.request.method == "HEAD";
    auto reply = co_await ask_handler(std::move(incoming.request));
    incoming.keep_alive = incoming.keep_alive && !m_context.stopping;
    const bool written = co_await write_response(std::move(reply), incoming, head);
    co_return written&& incoming.keep_alive;
}

/// Without a buffer: who idles costs as little as can be.
asio::awaitable<bool> Connection::wait_for_first_byte() {
    enter(Phase::idle, m_context.options.idle_timeout);
    if (m_context.stopping) {
        wind_up();
    }
    error_code ec;
    co_await m_socket.async_wait(Socket::wait_read, into(ec));
    co_return !ec && m_phase == Phase::idle;
}

asio::awaitable<Connection::Incoming> Connection::read_request() {
    enter(Phase::reading, m_context.options.request_deadline);
    Incoming incoming;
    http::request_parser<http::string_body> parser;
    parser.header_limit(static_cast<std::uint32_t>(m_context.options.max_header_bytes));
    parser.body_limit(m_context.options.max_body_bytes);

    m_buffer.reserve(k_read_bytes);
    error_code ec;
    co_await http::async_read_header(m_socket, m_buffer, parser, into(ec));
    if (ec) {
        incoming.refuse_with = m_overdue ? 408 : refusal_of(ec, /*in_header=*/true);
        co_return incoming;
    }
    const RequestHeader& header = parser.get();
    incoming.refuse_with = refusal_of(header, m_context.options);
    if (incoming.refuse_with != 0) {
        co_return incoming;
    }
    incoming.version = header.version();
    incoming.keep_alive = parser.get().keep_alive();
    // Taken before the body is read: the parser adds the trailers of a chunked body to the fields.
    incoming.request = request_of(header);
    const auto client =
        client_of(m_peer, incoming.request.headers, m_context.options.trusted_proxies);
    incoming.request.peer = client ? client->str() : "unix";
    if (!parser.is_done()) {
        if (waits_for_continue(header)) {
            co_await write_continue();
        }
        co_await http::async_read(m_socket, m_buffer, parser, into(ec));
        if (ec) {
            incoming.refuse_with = m_overdue ? 408 : refusal_of(ec, /*in_header=*/false);
            co_return incoming;
        }
    }
    incoming.request.body = std::move(parser.get().body());
    m_buffer.shrink_to_fit(); // to nothing, unless the next request has come with this one
    co_return incoming;
}

/// A failure shows when the body is read.
asio::awaitable<void> Connection::write_continue() {
    static constexpr std::string_view k_continue = "HTTP/1.1 100 Continue\r\n\r\n";
    error_code ec;
    co_await asio::async_write(m_socket, asio::buffer(k_continue), into(ec));
}

asio::awaitable<port::WebResponse> Connection::ask_handler(port::WebRequest request) {
    enter(Phase::handling, m_context.options.reply_deadline);
    const auto exchange = std::make_shared<Exchange>([weak = weak_from_this()] {
        if (const auto self = weak.lock()) {
            self->m_reply_signal.cancel();
        }
    });
    try {
        m_context.handler.handle(std::move(request), m_context.replies->reply_to(exchange));
    } catch (const std::exception& error) {
        m_context.report(fmt::format("the request handler threw: {}", error.what()));
        exchange->answer(plain(500));
    } catch (...) {
        m_context.report("the request handler threw something that is no std::exception");
        exchange->answer(plain(500));
    }
    // An answer to the request before this one may wake us too: hence the loop.
    while (!exchange->ready() && !m_overdue && m_phase == Phase::handling) {
        error_code ec;
        m_reply_signal.expires_at(asio::steady_timer::time_point::max());
        co_await m_reply_signal.async_wait(into(ec));
    }
    if (!exchange->ready()) {
        co_return plain(503);
    }
    auto response = exchange->take();
    const bool sendable = response.status >= 200 && response.status <= 599;
    co_return sendable ? std::move(response) : plain(500);
}

asio::awaitable<bool> Connection::write_response(port::WebResponse reply, const Incoming& incoming,
                                                 bool head) {
    if (m_phase == Phase::closed) {
        co_return false;
    }
    enter(Phase::writing, m_context.options.request_deadline);
    auto message = message_of(std::move(reply), incoming.version, incoming.keep_alive);
    error_code ec;
    if (head) {
        http::response_serializer<http::string_body> serializer{message};
        co_await http::async_write_header(m_socket, serializer, into(ec));
    } else {
        co_await http::async_write(m_socket, message, into(ec));
    }
    co_return !ec;
}

/// Closing with unread bytes in the socket resets the connection and takes the answer from the
/// client (RFC 9112, 9.6): say that we are done, and read on until the client is done too.
asio::awaitable<void> Connection::linger() {
    error_code ec;
    m_socket.shutdown(asio::ip::tcp::socket::shutdown_send, ec);
    enter(Phase::lingering, k_linger);
    m_buffer.clear();
    while (!ec && m_phase == Phase::lingering) {
        co_await m_socket.async_read_some(m_buffer.prepare(k_read_bytes), into(ec));
    }
}

void Connection::leave_order() {
    if (is_linked()) {
        unlink();
    }
}

/// Starts the clock of a phase. The timer is moved only when it would fire too late: at a steady
/// pace of requests that is never.
void Connection::enter(Phase phase, std::chrono::milliseconds limit) {
    if (m_phase == Phase::closed) {
        return;
    }
    leave_order();
    m_phase = phase;
    if (m_phase == Phase::idle) {
        m_context.idle.push_back(*this);
    } else if (waits_for_client()) {
        m_context.slow.push_back(*this);
    }
    m_overdue = false;
    m_since = std::chrono::steady_clock::now();
    m_due = m_since + limit;
    if (!m_timer_armed || m_due < m_timer.expiry()) {
        arm();
    }
}

void Connection::arm() {
    m_timer_armed = true;
    m_timer.expires_at(m_due);
    m_timer.async_wait([weak = weak_from_this()](const error_code& ec) {
        const auto self = weak.lock();
        if (self && !ec && self->m_phase != Phase::closed) {
            self->on_timer();
        }
    });
}

void Connection::on_timer() {
    if (std::chrono::steady_clock::now() < m_due) {
        arm();
        return;
    }
    m_timer_armed = false;
    const bool again = std::exchange(m_overdue, true);
    error_code ignored;
    switch (m_phase) {
    case Phase::reading:
        // Unlike a cancelled read this ends the reads to come too, and 408 can still be sent. It
        // ends neither a flood nor a write of "100 Continue" that nobody takes: hence the rest.
        m_socket.shutdown(asio::ip::tcp::socket::shutdown_receive, ignored);
        m_due += k_linger;
        if (again) {
            close();
        } else {
            arm();
        }
        break;
    case Phase::handling:
        m_reply_signal.cancel();
        break;
    case Phase::writing:
        // Otherwise the kernel would go on offering the rest to a client that does not take it.
        m_socket.set_option(asio::socket_base::linger{true, 0}, ignored);
        close();
        break;
    case Phase::idle:
    case Phase::lingering:
    case Phase::closed:
        close();
        break;
    }
}

void Connection::leave() {
    if (m_phase != Phase::closed) {
        m_phase = Phase::closed;
        leave_order();
        --m_context.open;
        m_context.addresses.leave(m_peer);
    }
}

void Connection::close() {
    if (m_phase == Phase::closed) {
        return;
    }
    leave();
    error_code ignored;
    m_socket.close(ignored);
    m_timer.cancel();
}

} // namespace callctl::web
