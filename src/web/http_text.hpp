// Rules of HTTP about text that the server library leaves to us.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace callctl::web {

/// A field name as RFC 9110, 5.6.2 allows it.
[[nodiscard]] bool is_token(std::string_view text);

/// `text` without the control characters with which a value could become a second header
/// (Boost.Beast writes values as they are, shown on 1.74 and 1.83).
[[nodiscard]] std::string clean_header_value(std::string_view text);

/// Path and query of a request target: of `/path?query` itself, and of `http://host/path?query`,
/// which every server must accept (RFC 9112, 3.2.2). Nothing for the other forms (`*`,
/// `host:port`).
[[nodiscard]] std::optional<std::string> origin_form(std::string_view target);

} // namespace callctl::web
