#include "config/origin.hpp"

#include <fmt/format.h>

namespace callctl::config {

std::string to_string(const Origin& origin) {
    switch (origin.kind) {
    case OriginKind::unset:
        return "unset";
    case OriginKind::default_value:
        return "default";
    case OriginKind::file:
        return fmt::format("{}:{}", origin.name, origin.line);
    case OriginKind::credential:
    case OriginKind::environment:
    case OriginKind::flag:
        return origin.name;
    }
    return "unknown";
}

} // namespace callctl::config
