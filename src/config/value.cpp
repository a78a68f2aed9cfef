#include "config/value.hpp"

#include "base/exception.hpp"
#include "base/text.hpp"
#include "base/time.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace callctl::config {
namespace {

constexpr std::size_t k_shown_bytes = 120;
constexpr std::string_view k_unix = "unix:";

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '\x7F';
}

template <class Number>
std::optional<Number> to_number(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || text.empty()) {
        return std::nullopt;
    }
    return number;
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(' ');
    return first == std::string_view::npos
               ? std::string_view{}
               : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

bool is_port(std::string_view text) {
    const auto port = to_number<std::uint16_t>(text);
    return port.has_value();
}

// `host`, `host:port`, `[v6]`, `[v6]:port`; characters of RFC 3986 hosts without percent-encoding.
bool is_authority(std::string_view text) {
    std::string_view host = text;
    if (text.substr(0, 1) == "[") {
        host = text.substr(0, text.find(']') + 1);
    } else {
        host = text.substr(0, text.find(':'));
    }
    const std::string_view rest = text.substr(host.size());
    const bool good = std::all_of(host.begin(), host.end(), [](char c) {
        return std::string_view{"-._[]:"}.find(c) != std::string_view::npos ||
               (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    });
    return !host.empty() && good && (rest.empty() || (rest[0] == ':' && is_port(rest.substr(1))));
}

// What stands behind `scheme://`; empty when the scheme is another.
std::string_view behind_scheme(std::string_view url, Scheme scheme) {
    using Prefixes = std::array<std::string_view, 2>;
    const Prefixes prefixes =
        scheme == Scheme::http ? Prefixes{"https://", "http://"} : Prefixes{"wss://", "wss://"};
    for (const std::string_view prefix : prefixes) {
        if (lower_case(url.substr(0, prefix.size())) == prefix) {
            return url.substr(prefix.size());
        }
    }
    return {};
}

bool is_address(std::string_view text) {
    std::array<unsigned char, sizeof(in6_addr)> buffer{};
    if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
        const std::string inner{text.substr(1, text.size() - 2)};
        return inet_pton(AF_INET6, inner.c_str(), buffer.data()) == 1;
    }
    return inet_pton(AF_INET, std::string{text}.c_str(), buffer.data()) == 1;
}

void check_socket_path(const Item& item, std::string_view path) {
    if (!path.starts_with('/') || path.size() >= sizeof(sockaddr_un::sun_path)) {
        refuse(item, "is not an absolute path of at most 107 bytes behind unix:",
               "write it as unix:/run/callctl/webhooks.sock");
    }
}

std::chrono::milliseconds duration_from(const Item& item, std::chrono::milliseconds lowest) {
    const auto duration = base::parse_duration(item.value.text);
    if (!duration || *duration < lowest) {
        refuse(item, "is not a duration", "write it with a unit: 500ms, 90s, 5m, 2h or 7d");
    }
    return *duration;
}

} // namespace

std::string lower_case(std::string_view text) {
    std::string out{text};
    std::transform(out.begin(), out.end(), out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return out;
}

void refuse(const Item& item, std::string_view problem, std::string hint) {
    const std::string shown =
        item.setting.secrecy == Secrecy::secret
            ? std::string{"the value"}
            : fmt::format("'{}'",
                          base::shortened(base::storable_text(item.value.text), k_shown_bytes));
    const std::string where =
        item.value.origin.kind == OriginKind::file
            ? fmt::format("{}: {}", to_string(item.value.origin), item.setting.key)
            : to_string(item.value.origin);
    throw base::ConfigError{fmt::format("{}: {} {}", where, shown, problem), std::move(hint)};
}

void check_text(const Item& item) {
    const std::string& text = item.value.text;
    if (std::any_of(text.begin(), text.end(), is_control)) {
        refuse(item, "contains a control character",
               "write it again; a line break or a tab may have come with a paste");
    }
    if (base::storable_text(text) != text) {
        refuse(item, "is not valid UTF-8", "save it as UTF-8");
    }
}

std::string to_url(const Item& item, Scheme scheme) {
    const std::string_view text = item.value.text;
    const std::string_view rest = behind_scheme(text, scheme);
    if (rest.empty()) {
        if (scheme == Scheme::wss) {
            refuse(item, "is not a wss:// URL", "write it as wss://agent.example.com/media");
        }
        refuse(item, "is not an http:// or https:// URL", "write it as https://calls.example.com");
    }
    if (rest.find_first_of("?#") != std::string_view::npos) {
        // What follows may be a key.
        const Value hidden{std::string{text.substr(0, text.find_first_of("?#") + 1)} + "...",
                           item.value.origin};
        refuse({item.setting, hidden}, "must not have a query or a fragment",
               "leave out the ? or # and what follows it");
    }
    const std::string_view authority = rest.substr(0, rest.find('/'));
    if (authority.find('@') != std::string_view::npos) {
        // Not quoted: what stands before the @ may be a password.
        const Value hidden{"user:password@...", item.value.origin};
        refuse({item.setting, hidden}, "must not have a user name or a password",
               "credentials have settings of their own: man callctl.toml");
    }
    if (!is_authority(authority) || text.find(' ') != std::string_view::npos) {
        refuse(item, "is not a URL with a host",
               fmt::format("write it as {}calls.example.com",
                           scheme == Scheme::http ? "https://" : "wss://"));
    }
    return std::string{text.substr(0, text.find_last_not_of('/') + 1)};
}

std::vector<base::Network> to_networks(const Item& item) {
    std::vector<base::Network> networks;
    if (item.value.text == "none") {
        return networks;
    }
    for (const std::string& text : to_list(item)) {
        const auto network = base::Network::parse(text);
        if (!network) {
            const Value wrong{text, item.value.origin};
            refuse({item.setting, wrong}, "is neither an address nor a network",
                   "write them as 10.0.0.5, 10.0.0.0/8 or 2001:db8::/32, with commas between; none "
                   "trusts nobody");
        }
        networks.push_back(*network);
    }
    return networks;
}

std::string to_listen(const Item& item) {
    const std::string_view text = item.value.text;
    if (text.starts_with(k_unix)) {
        check_socket_path(item, text.substr(k_unix.size()));
        return std::string{text};
    }
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos || !is_address(text.substr(0, colon)) ||
        !is_port(text.substr(colon + 1))) {
        refuse(item, "is not a numeric address and a port",
               "write it as 127.0.0.1:8080, 0.0.0.0:8080 or [::1]:8080, or as "
               "unix:/run/callctl/webhooks.sock");
    }
    return std::string{text};
}

std::chrono::milliseconds to_duration_or_zero(const Item& item) {
    return duration_from(item, std::chrono::milliseconds{0});
}

std::chrono::milliseconds to_duration(const Item& item) {
    return duration_from(item, std::chrono::milliseconds{1});
}

int to_integer(const Item& item, int lowest, int highest) {
    const auto number = to_number<int>(item.value.text);
    if (!number || *number < lowest || *number > highest) {
        refuse(item, fmt::format("is not a whole number from {} to {}", lowest, highest),
               fmt::format("write digits only, such as {}", std::max(lowest, 1)));
    }
    return *number;
}

std::int64_t to_decimal(const Item& item, std::string_view what) {
    constexpr std::size_t k_digits = 6;
    constexpr std::uint32_t k_highest = 1'000'000;
    const std::string_view text = item.value.text;
    const std::string_view whole = text.substr(0, text.find('.'));
    const std::string_view behind =
        whole.size() == text.size() ? "" : text.substr(whole.size() + 1);
    std::string padded{behind};
    padded.resize(std::max(k_digits, padded.size()), '0');
    const auto units = to_number<std::uint32_t>(whole);
    const auto micros = to_number<std::uint32_t>(padded);
    if (!units || !micros || behind.size() > k_digits || *units > k_highest || text.back() == '.') {
        refuse(item, fmt::format("is not {}", what),
               "write it as 0.006, with at most six digits behind the point");
    }
    return std::int64_t{*units} * 1'000'000 + *micros;
}

std::int64_t to_micros(const Item& item) {
    return to_decimal(item, "a price");
}

std::size_t to_word(const Item& item, std::span<const std::string_view> words) {
    const auto found = std::find(words.begin(), words.end(), item.value.text);
    if (found == words.end()) {
        const std::string_view nearest = base::nearest_word(item.value.text, words);
        refuse(item, fmt::format("is not one of: {}", fmt::join(words, ", ")),
               nearest.empty() ? std::string{"write one of these words, in lower case"}
                               : fmt::format("did you mean '{}'?", nearest));
    }
    return static_cast<std::size_t>(found - words.begin());
}

std::vector<std::string> to_list(const Item& item) {
    std::vector<std::string> items;
    std::string_view rest = item.value.text;
    while (!rest.empty()) {
        const std::string_view head = rest.substr(0, rest.find(','));
        if (const std::string_view text = trimmed(head); !text.empty()) {
            items.emplace_back(text);
        }
        rest.remove_prefix(std::min(rest.size(), head.size() + 1));
    }
    return items;
}

std::vector<std::string> to_languages(const Item& item) {
    std::vector<std::string> languages;
    const std::vector<std::string> words = to_list(item);
    for (const std::string& word : words) {
        const std::string code = lower_case(word);
        const bool letters =
            std::all_of(code.begin(), code.end(), [](char c) { return c >= 'a' && c <= 'z'; });
        if (code == "auto" && words.size() == 1) {
            return {};
        }
        if (!letters || code.size() < 2 || code.size() > 3) {
            refuse(item, "is not a list of ISO 639 codes", "write it as he, as he,en, or as auto");
        }
        if (std::find(languages.begin(), languages.end(), code) == languages.end()) {
            languages.push_back(code);
        }
    }
    return languages;
}

} // namespace callctl::config
