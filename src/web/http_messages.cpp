#include "web/http_messages.hpp"

#include "base/time.hpp"
#include "web/http_text.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>

namespace callctl::web {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

std::string_view view(boost::string_view text) {
    return {text.data(), text.size()};
}
boost::string_view beast_view(std::string_view text) {
    return {text.data(), text.size()};
}

bool is_ours_to_write(std::string_view name) {
    const auto field = http::string_to_field(beast_view(name));
    return field == http::field::content_length || field == http::field::transfer_encoding ||
           field == http::field::connection || field == http::field::date;
}

bool is_digits(boost::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// RFC 9110, 6.4.1. Other 1xx and 3xx statuses are the handler's affair.
bool has_no_body(int status) {
    return status == 204 || status == 304;
}

} // namespace

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
    if (header.count(http::field::content_length) > 1 ||
        !is_digits(header[http::field::content_length])) {
        return 400; // the parser takes equal ones; whoever passes them on may not (RFC 9110, 8.6)
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

port::WebRequest request_of(const RequestHeader& header) {
    port::WebRequest request;
    request.method = header.method_string().to_string();
    request.target = origin_form(view(header.target())).value_or("/");
    for (const auto& field : header) {
        request.headers.push_back({field.name_string().to_string(), field.value().to_string()});
    }
    return request;
}

bool waits_for_continue(const RequestHeader& header) {
    return header.version() == 11 && !header[http::field::expect].empty();
}

ResponseMessage message_of(port::WebResponse reply, unsigned version, bool keep_alive) {
    ResponseMessage message;
    message.version(version);
    message.result(static_cast<unsigned>(reply.status));
    message.set(http::field::date, base::format_http_date(std::chrono::floor<base::Time::duration>(
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

} // namespace callctl::web
