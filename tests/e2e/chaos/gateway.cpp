#include "e2e/chaos/gateway.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace callctl::chaos {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using Request = http::request<http::string_body>;
using Response = http::response<http::string_body>;

// A call of hours is fetched as one file.
constexpr std::uint64_t k_body_limit = 1ULL << 30U;
constexpr std::chrono::minutes k_idle{10};

std::string sha256(const std::string& text) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> hash{};
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast) OpenSSL's bytes
    ::SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), hash.data());
    std::string hex;
    for (const unsigned char byte : hash) {
        constexpr const char* k_digits = "0123456789abcdef";
        hex += k_digits[byte >> 4U];
        hex += k_digits[byte & 15U];
    }
    return hex;
}

// Of the file where the request is a form that has one: the boundary of its parts is drawn afresh
// for each request.
std::string digest_of(const Request& request) {
    const std::string& body = request.body();
    const auto file = body.find("filename=");
    const auto begin = file == std::string::npos ? file : body.find("\r\n\r\n", file);
    if (begin == std::string::npos) {
        return sha256(body);
    }
    const std::string type{request[http::field::content_type]};
    const std::string boundary = type.substr(std::min(type.find("boundary=") + 9, type.size()));
    return sha256(body.substr(begin + 4, body.find("\r\n--" + boundary, begin) - begin - 4));
}

// The AI servers have one address for all hosts, as in life, where it is part of what was asked:
// who asks is told by the key.
std::optional<int> host_of(Request& request) {
    const std::string key{request[http::field::authorization]};
    const std::string common = "Bearer " + std::string{k_ai_key};
    if (!key.starts_with(common + "-")) {
        return std::nullopt;
    }
    request.set(http::field::authorization, common);
    return std::stoi(key.substr(common.size() + 1));
}

asio::awaitable<std::optional<Request>> read_request(beast::tcp_stream& client,
                                                     beast::flat_buffer& buffer) {
    error_code error;
    http::request_parser<http::string_body> parser;
    parser.body_limit(k_body_limit);
    client.expires_after(k_idle);
    co_await http::async_read_header(client, buffer, parser, told_by(error));
    if (!error && beast::iequals(parser.get()[http::field::expect], "100-continue")) {
        http::response<http::empty_body> go_on{http::status::continue_, 11};
        co_await http::async_write(client, go_on, told_by(error));
        parser.get().erase(http::field::expect);
    }
    if (!error) {
        co_await http::async_read(client, buffer, parser, told_by(error));
    }
    if (error) {
        co_return std::nullopt;
    }
    co_return parser.release();
}

asio::awaitable<std::optional<Response>> answer_of(beast::tcp_stream& server, Request request) {
    error_code error;
    request.keep_alive(false);
    co_await http::async_write(server, request, told_by(error));
    http::response_parser<http::string_body> parser;
    parser.body_limit(k_body_limit);
    parser.skip(request.method() == http::verb::head);
    beast::flat_buffer buffer;
    if (!error) {
        co_await http::async_read(server, buffer, parser, told_by(error));
    }
    if (error) {
        co_return std::nullopt;
    }
    co_return parser.release();
}

} // namespace

Gateway::Gateway(asio::io_context& context, std::string direction, Upstreams upstreams,
                 Ledger& ledger, std::chrono::seconds patience)
    : m_direction{std::move(direction)}, m_upstreams{std::move(upstreams)}, m_ledger{ledger},
      m_patience{patience}, m_acceptor{context, {asio::ip::address_v4::loopback(), 0}} {
    asio::co_spawn(context, accept(), asio::detached);
}

asio::awaitable<void> Gateway::accept() {
    while (true) {
        error_code error;
        tcp::socket socket = co_await m_acceptor.async_accept(told_by(error));
        if (!error) {
            asio::co_spawn(m_acceptor.get_executor(), serve(std::move(socket)), asio::detached);
        }
    }
}

// A client that is answered nothing sees its connection close.
asio::awaitable<void> Gateway::serve(tcp::socket socket) {
    beast::tcp_stream client{std::move(socket)};
    beast::flat_buffer buffer;
    while (true) {
        auto request = co_await read_request(client, buffer);
        if (!request) {
            co_return;
        }
        Exchange exchange{.direction = m_direction,
                          .method = std::string{request->method_string()},
                          .target = std::string{request->target()},
                          .asked = Clock::now()};
        if (m_direction == "webhook") {
            exchange.body = request->body();
        } else {
            exchange.digest = digest_of(*request);
        }
        const auto asking = host_of(*request);
        const bool keep_alive = request->keep_alive();
        std::optional<Response> answer;
        for (const Upstream& upstream : m_upstreams()) {
            error_code error;
            beast::tcp_stream server{m_acceptor.get_executor()};
            server.expires_after(m_patience);
            co_await server.async_connect(
                tcp::endpoint{asio::ip::address_v4::loopback(), upstream.port}, told_by(error));
            if (!error) {
                exchange.host = asking.value_or(upstream.host);
                answer = co_await answer_of(server, std::move(*request));
                break;
            }
        }
        error_code error;
        if (answer) {
            answer->keep_alive(keep_alive);
            client.expires_after(m_patience);
            http::response_serializer<http::string_body> serializer{*answer};
            co_await http::async_write(client, serializer, told_by(error));
            exchange.status = error ? 0 : static_cast<int>(answer->result_int());
        }
        exchange.answered = Clock::now();
        m_ledger.add(std::move(exchange));
        if (!answer || error || !keep_alive) {
            client.close();
            co_return;
        }
    }
}

} // namespace callctl::chaos
