// Between the server library's messages and ours. Internal to src/web: it shows the library's
// types.
#pragma once

#include "port/web_handler.hpp"
#include "web/server.hpp"

#include <boost/beast/http.hpp>

#include <string>

namespace callctl::web {

using RequestHeader = boost::beast::http::header<true, boost::beast::http::fields>;
using ResponseMessage = boost::beast::http::response<boost::beast::http::string_body>;

/// In place of a status: nothing can be answered.
inline constexpr int k_close = -1;

/// The status for what the parser found wrong; k_close where the client has gone.
[[nodiscard]] int refusal_of(const boost::system::error_code& ec, bool in_header);
/// The status for a header that parses and is refused all the same; 0 for a good one. These are the
/// checks that Boost.Beast leaves to its users.
[[nodiscard]] int refusal_of(const RequestHeader& header, const ServerOptions& options);

/// Without body and peer.
[[nodiscard]] port::WebRequest request_of(const RequestHeader& header);
[[nodiscard]] bool waits_for_continue(const RequestHeader& header);

[[nodiscard]] ResponseMessage message_of(port::WebResponse reply, unsigned version,
                                         bool keep_alive);
/// The status with its name as body.
[[nodiscard]] port::WebResponse plain(int status);

} // namespace callctl::web
