// What can go wrong in normal operation, as a value.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace callctl::base {

/// What the caller can do about an error; never how the other side spelled it.
enum class ErrorKind {
    transient,     ///< the same request may work later
    rate_limited,  ///< the other side asks us to slow down
    not_found,     ///< the thing named does not exist there
    unauthorized,  ///< our credentials or our account are refused
    rejected,      ///< the request was understood and refused for good
    conflict,      ///< somebody else changed the thing first
    invalid_input, ///< what we were given (or got back) cannot be read
};

[[nodiscard]] std::string_view to_string(ErrorKind kind);

/// `message`: lower case, no full stop, names the thing and the value; never a secret.
struct Error {
    ErrorKind kind{ErrorKind::transient};
    std::string message;
    /// How long the other side asked us to wait (`Retry-After`), where it said so.
    std::optional<std::chrono::milliseconds> retry_after{};
};

} // namespace callctl::base
