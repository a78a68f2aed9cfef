#include "e2e/chaos/http.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <limits>
#include <stdexcept>

namespace callctl::chaos {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

Json ask(std::uint16_t port, const std::string& method, const std::string& target,
         const Json& body) {
    asio::io_context context;
    asio::ip::tcp::socket socket{context};
    socket.connect({asio::ip::address_v4::loopback(), port});
    http::request<http::string_body> request{http::string_to_verb(method), target, 11};
    request.set(http::field::host, "127.0.0.1");
    request.set(http::field::connection, "close");
    if (!body.is_null()) {
        request.set(http::field::content_type, "application/json");
        request.body() = body.dump();
    }
    request.prepare_payload();
    http::write(socket, request);
    http::response_parser<http::string_body> answer;
    answer.body_limit(std::numeric_limits<std::uint64_t>::max());
    beast::flat_buffer buffer;
    http::read(socket, buffer, answer);
    if (answer.get().result_int() >= 300) {
        throw std::runtime_error{"the simulator refuses " + target + ": " + answer.get().body()};
    }
    return Json::parse(answer.get().body(), nullptr, /*allow_exceptions=*/false);
}

} // namespace callctl::chaos
