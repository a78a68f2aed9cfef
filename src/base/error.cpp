#include "base/error.hpp"

namespace callctl::base {

std::string_view to_string(ErrorKind kind) {
    switch (kind) {
    case ErrorKind::transient:
        return "transient";
    case ErrorKind::rate_limited:
        return "rate_limited";
    case ErrorKind::not_found:
        return "not_found";
    case ErrorKind::unauthorized:
        return "unauthorized";
    case ErrorKind::rejected:
        return "rejected";
    case ErrorKind::conflict:
        return "conflict";
    case ErrorKind::invalid_input:
        return "invalid_input";
    }
    return "unknown";
}

} // namespace callctl::base
