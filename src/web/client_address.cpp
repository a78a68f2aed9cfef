#include "web/client_address.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace callctl::web {
namespace {

constexpr std::string_view k_blanks = " \t";

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(k_blanks);
    return first == std::string_view::npos
               ? std::string_view{}
               : text.substr(first, text.find_last_not_of(k_blanks) - first + 1);
}

bool is_port(std::string_view text) {
    return !text.empty() && text.size() <= 5 &&
           text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_forwarded_for(std::string_view name) {
    constexpr std::string_view k_name = "x-forwarded-for";
    return name.size() == k_name.size() && base::lower_case(name) == k_name;
}

/// The last entry of the list, which is shortened by it.
std::string_view take_last(std::string_view& list) {
    const auto comma = list.rfind(',');
    const bool alone = comma == std::string_view::npos;
    const std::string_view entry = alone ? list : list.substr(comma + 1);
    list = alone ? std::string_view{} : list.substr(0, comma);
    return entry;
}

} // namespace

std::optional<base::IpAddress> parse_forwarded_entry(std::string_view text) {
    text = trimmed(text);
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        const std::string_view rest =
            end == std::string_view::npos ? "x" : text.substr(end + 1); // no port, so no address
        if (!rest.empty() && !(rest.front() == ':' && is_port(rest.substr(1)))) {
            return std::nullopt;
        }
        const auto address = base::IpAddress::parse(text.substr(1, end - 1));
        const bool bracketed_v4 = text.find(':') > end;
        return bracketed_v4 ? std::nullopt : address;
    }
    const auto colon = text.find(':');
    if (colon != std::string_view::npos && colon == text.rfind(':')) { // IPv6 has two at least
        return is_port(text.substr(colon + 1)) ? base::IpAddress::parse(text.substr(0, colon))
                                               : std::nullopt;
    }
    return base::IpAddress::parse(text);
}

bool is_trusted(const std::optional<base::IpAddress>& peer,
                const std::vector<base::Network>& trusted) {
    return !peer || std::any_of(trusted.begin(), trusted.end(), [&](const base::Network& network) {
        return network.contains(*peer);
    });
}

std::optional<base::IpAddress> client_of(const std::optional<base::IpAddress>& peer,
                                         const std::vector<base::HttpHeader>& headers,
                                         const std::vector<base::Network>& trusted) {
    auto client = peer;
    // Lines of one name are one list (RFC 9110, 5.3).
    for (std::size_t i = headers.size(); i > 0; --i) {
        const base::HttpHeader& header = headers[i - 1];
        if (!is_forwarded_for(header.name)) {
            continue;
        }
        std::string_view list = header.value;
        while (!list.empty()) {
            if (!is_trusted(client, trusted)) {
                return client;
            }
            const auto entry = trimmed(take_last(list));
            if (entry.empty()) {
                continue;
            }
            const auto before = parse_forwarded_entry(entry);
            if (!before) {
                return client;
            }
            client = before;
        }
    }
    return client;
}

} // namespace callctl::web
