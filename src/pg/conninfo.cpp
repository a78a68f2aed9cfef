#include "pg/conninfo.hpp"

#include "base/exception.hpp"
#include "base/http.hpp"

#include <fmt/format.h>

#include <libpq-fe.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>

namespace callctl::pg {
namespace {

constexpr std::string_view k_mask = "***";
constexpr std::string_view k_unreadable = "(unreadable connection string)";

using Settings = std::map<std::string, std::string>;
using OptionList = std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)>;

Settings non_empty(const OptionList& list) {
    Settings settings;
    for (const PQconninfoOption* option = list.get();
         option != nullptr && option->keyword != nullptr; ++option) {
        if (option->val != nullptr) {
            settings[option->keyword] = option->val;
        }
    }
    return settings;
}

/// Nothing when libpq cannot read it. libpq's own message quotes the string, so it is not used.
std::optional<Settings> parse(const std::string& conninfo) {
    char* message = nullptr;
    const OptionList list{PQconninfoParse(conninfo.c_str(), &message), &PQconninfoFree};
    PQfreemem(message);
    if (!list) {
        return std::nullopt;
    }
    return non_empty(list);
}

bool is_secret(std::string_view keyword) {
    return keyword == "password" || keyword == "sslpassword";
}

/// Length of `postgresql://` or `postgres://`; 0 when `text` is not a URI.
std::size_t scheme_length(std::string_view text) {
    for (const std::string_view scheme : {"postgresql://", "postgres://"}) {
        if (text.starts_with(scheme)) {
            return scheme.size();
        }
    }
    return 0;
}

/// Where the password of a URI stands, generously: also one with `@`, `/` or `?` in it that should
/// have been percent-encoded.
std::optional<std::pair<std::size_t, std::size_t>> password_range(std::string_view uri) {
    const std::size_t colon = uri.find(':', scheme_length(uri));
    std::size_t at = uri.rfind('@');
    if (colon == std::string_view::npos || at == std::string_view::npos || colon > at) {
        return std::nullopt;
    }
    const std::string_view rest = uri.substr(colon + 1);
    const std::size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
    const bool is_port = digits == rest.size() || rest[digits] == '/' || rest[digits] == '?';
    const std::size_t query = uri.find('?', uri.find('/', colon));
    if (query < at) { // that `@` may belong to the query
        const std::size_t earlier = uri.rfind('@', query);
        if (earlier != std::string_view::npos && earlier > colon) {
            at = earlier;
        } else if (is_port) {
            return std::nullopt;
        }
    }
    return std::pair{colon + 1, at};
}

std::string decoded(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool escape = text[i] == '%' && i + 2 < text.size();
        plain += escape ? static_cast<char>(
                              std::stoi("0" + std::string{text.substr(i + 1, 2)}, nullptr, 16))
                        : text[i];
        i += escape ? 2 : 0;
    }
    return plain;
}

/// The query of a URI, from its `?`, with the values of secret keywords masked.
std::string masked_query(std::string_view query) {
    std::string shown;
    while (!query.empty()) {
        const std::size_t end = std::min(query.find('&', 1), query.size());
        const std::string_view item = query.substr(0, end);
        const std::size_t equals = std::min(item.find('='), item.size());
        if (is_secret(decoded(item.substr(1, equals - 1)))) {
            shown.append(item.substr(0, equals)).append("=").append(k_mask);
        } else {
            shown.append(item);
        }
        query.remove_prefix(end);
    }
    return shown;
}

std::string printable_uri(std::string_view uri) {
    std::string shown{uri};
    std::size_t tail = scheme_length(uri);
    if (const auto range = password_range(uri)) {
        shown.replace(range->first, range->second - range->first, k_mask);
        tail = range->first + k_mask.size();
    } else if (uri.find('@', std::min(uri.find(':', tail), uri.size())) != std::string_view::npos &&
               !parse(shown)) { // what looks like port, path and query is a password: `12/34?5`
        return shown.substr(0, tail) + std::string{k_mask};
    }
    const std::size_t query = std::min(shown.find('?', tail), shown.size());
    return shown.substr(0, query) + masked_query(std::string_view{shown}.substr(query));
}

std::string quoted_value(std::string_view value) {
    std::string text{'\''};
    for (const char c : value) {
        if (c == '\'' || c == '\\') {
            text += '\\';
        }
        text += c;
    }
    return text + '\'';
}

std::string joined(const Settings& settings) {
    std::string text;
    for (const auto& [keyword, value] : settings) {
        text += fmt::format("{}{}={}", text.empty() ? "" : " ", keyword, quoted_value(value));
    }
    return text;
}

Settings parse_or_throw(const std::string& conninfo) {
    if (scheme_length(conninfo) != 0) {
        const auto range = password_range(conninfo);
        const std::string_view password =
            range ? std::string_view{conninfo}.substr(range->first, range->second - range->first)
                  : std::string_view{};
        if (password.find_first_of("@/") != std::string_view::npos) {
            throw base::ConfigError{
                "the password in DATABASE_URL has a character with a meaning in URIs",
                "write @ as %40 and / as %2F"};
        }
    }
    auto settings = parse(conninfo);
    if (!settings) {
        throw base::ConfigError{"DATABASE_URL cannot be read",
                                "write postgresql://user:password@host:5432/database, or "
                                "host=... user=... dbname=... pairs"};
    }
    return std::move(*settings);
}

/// The `-c` settings of the user: of the conninfo, else of PGOPTIONS. They come after ours and win.
std::string own_options(const Settings& settings) {
    if (const auto found = settings.find("options"); found != settings.end()) {
        return found->second;
    }
    const Settings defaults = non_empty(OptionList{PQconndefaults(), &PQconninfoFree});
    const auto found = defaults.find("options");
    return found == defaults.end() ? std::string{} : found->second;
}

} // namespace

std::string printable_conninfo(std::string_view conninfo) {
    conninfo = conninfo.substr(0, conninfo.find('\0')); // libpq reads no further
    if (scheme_length(conninfo) != 0) {
        return printable_uri(conninfo);
    }
    const auto settings = parse(std::string{conninfo});
    if (!settings) {
        return std::string{k_unreadable};
    }
    std::string shown;
    for (const auto& [keyword, value] : *settings) {
        shown += fmt::format("{}{}={}", shown.empty() ? "" : " ", keyword,
                             is_secret(keyword) ? k_mask : std::string_view{value});
    }
    return shown.empty() ? "the default database of the PG* variables" : shown;
}

std::string session_conninfo(const ConnectOptions& options, StartupOptions startup) {
    Settings settings = parse_or_throw(options.conninfo.reveal());
    const std::string user_options = own_options(settings);
    settings.erase("options");
    settings["application_name"] = options.application_name;
    settings["client_encoding"] = "UTF8";
    settings.try_emplace("connect_timeout", std::to_string(options.connect_timeout.count()));
    // A host that vanished without a word is noticed after half a minute, not after two hours.
    settings.try_emplace("keepalives_idle", "15");
    settings.try_emplace("keepalives_interval", "5");
    settings.try_emplace("keepalives_count", "3");
    settings.try_emplace("tcp_user_timeout", "30000");
    if (startup == StartupOptions::with) {
        settings["options"] = fmt::format(
            "-c statement_timeout={} -c lock_timeout={} -c idle_in_transaction_session_timeout={} "
            "-c TimeZone=UTC -c DateStyle=ISO -c bytea_output=hex -c client_min_messages=error "
            "-c callctl.session=set {}",
            options.statement_timeout.count(), options.lock_timeout.count(),
            options.idle_in_transaction_timeout.count(), user_options);
    }
    return joined(settings);
}

bool has_own_options(const base::Secret& conninfo) {
    return !own_options(parse_or_throw(conninfo.reveal())).empty();
}

base::Secret with_database(const base::Secret& conninfo, std::string_view database) {
    Settings settings = parse_or_throw(conninfo.reveal());
    settings["dbname"] = std::string{database};
    return base::Secret{joined(settings)};
}

std::string search_path_option(std::string_view quoted_schema) {
    constexpr std::string_view k_escaped = " \t\n\v\f\r\\"; // whitespace would end the argument
    std::string argument = "-csearch_path=";
    for (const char c : quoted_schema) {
        if (k_escaped.find(c) != std::string_view::npos) {
            argument += '\\';
        }
        argument += c;
    }
    return base::percent_encode(argument);
}

} // namespace callctl::pg
