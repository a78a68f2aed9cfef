#include "web/connection.hpp"

#include "web/http_text.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>

#include <iterator>

namespace callctl::web {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

using RequestHeader = http::header<true, http::fields>;

constexpr int k_close = -1;
constexpr std::size_t k_read_bytes = 2048;
constexpr std::chrono::milliseconds k_linger{1000};

std::string_view view(boost::string_view text) {
    return {text.data(), text.size()};
}
boost::string_view beast_view(std::string_view text) {
    return {text.data(), text.size()};
}

/// Completes with the error in `ec` instead of an exception.
auto into(error_code& ec) {
    return asio::redirect_error(asio::use_awaitable, ec);
}

/// The status for what the parser found wrong; k_close where the client has gone.
int refusal_of(const error_code& ec, bool in_header) {
    if (ec == http::error::header_limit) {
        return 431;
    }
    if (ec == http::error::buffer_overflow) {
        return in_header ? 431 : 400; // in a body: a chunk extension or trailer without end
    }
    if (ec == http::error::body_limit) {
        return 413;
    }
    if (ec == http::error::bad_version) {
        return 505;
    }
    const bool ended = ec == http::error::end_of_stream || ec == http::error::partial_message;
    const bool parser_error = ec.category() == make_error_code(http::error::bad_method).category();
    return parser_error && !ended ? 400 : k_close;
}

/// The status for a header that parses and is refused all the same; 0 for a good one. These are the
/// checks that Boost.Beast leaves to its users.
int refusal_of(const RequestHeader& header, const ServerOptions& options) {
    const bool http_1_1 = header.version() == 11;
    const auto fields = static_cast<std::size_t>(std::distance(header.begin(), header.end()));
    if (fields > options.max_header_fields) {
        return 431;
    }
    const auto hosts = header.count(http::field::host);
    if (hosts > 1 || (http_1_1 && hosts == 0)) {
        return 400; // RFC 9112, 3.2
    }
    const auto encodings = header.count(http::field::transfer_encoding);
    if (encodings > 1 || (encodings == 1 && !http_1_1)) {
        return 400; // RFC 9112, 6.1: faulty framing, or an attack on a proxy before us
    }
    if (encodings == 1 && !beast::iequals(header[http::field::transfer_encoding], "chunked")) {
        return 501;
    }
    const auto expected = header[http::field::expect];
    if (http_1_1 && !expected.empty() && !beast::iequals(expected, "100-continue")) {
        return 417;
    }
    return origin_form(view(header.target())) ? 0 : 400;
}

port::WebRequest request_of(const RequestHeader& header, const std::string& peer) {
    port::WebRequest request;
    request.method = header.method_string().to_string();
    request.target = origin_form(view(header.target())).value_or("/");
    request.peer = peer;
    for (const auto& field : header) {
        request.headers.push_back({field.name_string().to_string(), field.value().to_string()});
    }
    return request;
}

bool waits_for_continue(const RequestHeader& header) {
    return header.version() == 11 && !header[http::field::expect].empty();
}

bool is_ours_to_write(std::string_view name) {
    const auto field = http::string_to_field(beast_view(name));
    return field == http::field::content_length || field == http::field::transfer_encoding ||
           field == http::field::connection || field == http::field::date;
}

/// RFC 9110, 6.4.1. Other 1xx and 3xx statuses are the handler's affair.
bool has_no_body(int status) {
    return status == 204 || status == 304;
}

http::response<http::string_body> message_of(port::WebResponse reply, unsigned version,
                                             bool keep_alive) {
    http::response<http::string_body> message;
    message.version(version);
    message.result(static_cast<unsigned>(reply.status));
    message.set(http::field::date, format_http_date(std::chrono::floor<std::chrono::seconds>(
                                       std::chrono::system_clock::now())));
    for (const auto& [name, value] : reply.headers) {
        if (is_token(name) && !is_ours_to_write(name)) {
            message.insert(beast_view(name), clean_header_value(value));
        }
    }
    if (!reply.content_type.empty()) {
        message.set(http::field::content_type, clean_header_value(reply.content_type));
    }
    message.keep_alive(keep_alive);
    if (!has_no_body(reply.status)) {
        message.content_length(reply.body.size());
        message.body() = std::move(reply.body);
    }
    return message;
}

port::WebResponse plain(int status) {
    const auto reason = http::obsolete_reason(http::int_to_status(static_cast<unsigned>(status)));
    return {.status = status, .content_type = "text/plain", .body = reason.to_string() + "\n"};
}

/// IPv4 clients of an IPv6 socket are shown as IPv4.
std::string peer_of(const asio::ip::tcp::socket& socket) {
    error_code ec;
    auto address = socket.remote_endpoint(ec).address();
    if (address.is_v6() && address.to_v6().is_v4_mapped()) {
        address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
    }
    return ec ? std::string{} : address.to_string();
}

} // namespace

Connection::Connection(asio::ip::tcp::socket socket, ConnectionContext& context)
    : m_context{context}, m_socket{std::move(socket)}, m_timer{m_socket.get_executor()},
      m_reply_signal{m_socket.get_executor()},
      m_buffer{context.options.max_header_bytes + k_read_bytes}, m_peer{peer_of(m_socket)} {}

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

void Connection::wind_up() {
    error_code ec;
    // A request that has arrived but is not read yet is in hand too.
    if (m_phase == Phase::idle && (m_socket.available(ec) == 0 || ec)) {
        close();
    }
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

asio::awaitable<bool> Connection::wait_for_first_byte() {
    enter(Phase::idle, m_context.options.idle_timeout);
    if (m_context.stopping) {
        wind_up();
    }
    error_code ec;
    const auto count = co_await m_socket.async_read_some(m_buffer.prepare(k_read_bytes), into(ec));
    m_buffer.commit(count);
    co_return !ec;
}

asio::awaitable<Connection::Incoming> Connection::read_request() {
    enter(Phase::reading, m_context.options.request_deadline);
    Incoming incoming;
    http::request_parser<http::string_body> parser;
    parser.header_limit(static_cast<std::uint32_t>(m_context.options.max_header_bytes));
    parser.body_limit(m_context.options.max_body_bytes);

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
    incoming.request = request_of(header, m_peer);
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

/// Starts the clock of a phase. The timer is moved only when it would fire too late: at a steady
/// pace of requests that is never.
void Connection::enter(Phase phase, std::chrono::milliseconds limit) {
    if (m_phase == Phase::closed) {
        return;
    }
    m_phase = phase;
    m_overdue = false;
    m_due = std::chrono::steady_clock::now() + limit;
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

void Connection::close() {
    m_phase = Phase::closed;
    error_code ignored;
    m_socket.close(ignored);
    m_timer.cancel();
}

} // namespace callctl::web
