#include "sys/worker_id.hpp"

#include "base/exception.hpp"
#include "base/text.hpp"

#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace callctl::sys {
namespace {

/// Fit for a table cell and a log line: a host may call itself anything.
std::string host_name() {
    std::array<char, 65> name{}; // HOST_NAME_MAX is 64; the last byte stays 0
    if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') {
        return "host";
    }
    std::string text{name.data()};
    std::ranges::replace_if(
        text,
        [](char c) {
            return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '.' || c == '-' || c == '_');
        },
        '_');
    return text;
}

} // namespace

std::string random_hex() {
    std::array<char, 16> random{};
    // So few bytes come whole or not at all (getrandom(2)).
    if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) {
        throw base::BugError{"the kernel gives no random bytes"};
    }
    return base::to_hex({random.data(), random.size()});
}

std::string make_worker_id() {
    return host_name() + "-" + random_hex();
}

} // namespace callctl::sys
