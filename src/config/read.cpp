#include "config/read.hpp"

#include "base/exception.hpp"
#include "config/read_prices.hpp"
#include "config/read_summary.hpp"
#include "config/read_transcript.hpp"
#include "config/reader.hpp"
#include "config/server_fields.hpp"
#include "config/value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

namespace callctl::config {
namespace {

constexpr int k_max_workers = 256;
constexpr int k_max_attempts = 1000;
constexpr int k_smallest_spool = 100'000;
constexpr int k_max_connections = 1'000'000;

Twilio read_twilio(const Reader& read) {
    Twilio twilio;
    twilio.account_sid = read.sid<base::AccountSid>("twilio.account_sid");
    if (const auto tokens = read.find("twilio.auth_token")) {
        for (std::string& token : to_list(*tokens)) {
            twilio.auth_tokens.emplace_back(std::move(token));
        }
    }
    twilio.api_key = read.sid<ApiKeySid>("twilio.api_key");
    twilio.api_secret = read.secret("twilio.api_secret");
    twilio.base_url = read.url("twilio.base_url");
    twilio.limits = limits_of(read, "twilio");
    return twilio;
}

Log read_log(const Reader& read) {
    return {static_cast<LogFormat>(to_word(read.item("log.format"), k_log_formats)),
            static_cast<LogLevel>(to_word(read.item("log.level"), k_log_levels))};
}

Server read_server(const Reader& read) {
    return {to_networks(read.item("trusted_proxies")),
            to_integer(read.item("server.max_connections"), 1, k_max_connections),
            to_integer(read.item("server.max_connections_per_address"), 1, k_max_connections),
            to_duration(read.item("server.request_timeout")),
            to_duration(read.item("server.idle_timeout"))};
}

std::filesystem::path read_state_dir(const Reader& read) {
    const auto item = read.find("state_dir");
    if (item && !std::filesystem::path{item->value.text}.is_absolute()) {
        refuse(*item, "is not an absolute path", "write it from the root, as /var/lib/callctl");
    }
    return item ? std::filesystem::path{item->value.text} : std::filesystem::path{};
}

// Twilio gives an answer 15 seconds, and the server one second less.
Upstream read_upstream(const Reader& read) {
    constexpr std::chrono::milliseconds k_shortest{100};
    constexpr std::chrono::milliseconds k_longest{6'000};
    const Item item = read.item("upstream.timeout");
    const auto timeout = to_duration(item);
    if (timeout < k_shortest || timeout > k_longest) {
        refuse(item, "is not from 100ms to 6s",
               "two tries must end within the 15 seconds that Twilio waits for an answer");
    }
    return {.url = read.url("upstream.url"),
            .public_url = read.url("upstream.public_url"),
            .timeout = timeout,
            .fallback_twiml = read.text("upstream.fallback_twiml")};
}

// node_exporter takes up *.prom alone, and cron's folder is not that of a shell.
std::filesystem::path read_metrics_file(const Reader& read) {
    const auto item = read.find("metrics_file");
    if (!item) {
        return {};
    }
    std::filesystem::path path{item->value.text};
    if (!path.is_absolute() || path.extension() != ".prom") {
        refuse(*item, "is not an absolute path that ends in .prom",
               "write it from the root, as /var/lib/prometheus/node-exporter/callctl.prom");
    }
    return path;
}

bool is_column_name(std::string_view name) {
    return !name.empty() && name.size() <= 63 && !(name[0] >= '0' && name[0] <= '9') &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
           });
}

std::map<std::string, std::string> read_column_defaults(const Values& values) {
    std::map<std::string, std::string> columns;
    for (const auto& [column, value] : table_of(values, k_call_log_defaults)) {
        if (!is_column_name(column)) {
            throw base::ConfigError{fmt::format("{}: '{}' is not a column name of {}",
                                                to_string(value.origin), column,
                                                k_call_log_defaults),
                                    "column names are lower case: letters, digits and _"};
        }
        columns.emplace(column, value.text);
    }
    return columns;
}

void check_upstream(const Reader& read) {
    const auto url = read.find("upstream.url");
    for (const char* const key : {"upstream.public_url", "upstream.fallback_twiml"}) {
        if (const auto other = read.find(key); other && !url) {
            throw base::ConfigError{fmt::format("{} ({}) is set, and upstream.url is not", key,
                                                to_string(other->value.origin)),
                                    "set upstream.url to the application's address, or unset both"};
        }
    }
    if (url && lower_case(read.url("upstream.url")) == lower_case(read.url("public_url"))) {
        refuse(*url, "is the public URL of callctl itself",
               "write where the application listens, as http://127.0.0.1:5000");
    }
}

void check_together(const Reader& read) {
    check_upstream(read);
    const auto stream = read.find("stream_url");
    const auto document = read.find("twiml_file");
    if (stream && document) {
        throw base::ConfigError{fmt::format("stream_url ({}) and twiml_file ({}) are both set",
                                            to_string(stream->value.origin),
                                            to_string(document->value.origin)),
                                "a call goes on in one way: unset one of them"};
    }
}

} // namespace

Config read_config(const Values& values) {
    const Reader read{values};
    check_together(read);
    return {
        .database_url = read.secret("database_url"),
        .public_url = read.url("public_url"),
        .listen = to_listen(read.item("listen")),
        .admin_listen = to_listen(read.item("admin_listen")),
        .server = read_server(read),
        .stream_url = read.url("stream_url", Scheme::wss),
        .twiml_file = read.text("twiml_file"),
        .upstream = read_upstream(read),
        .languages = to_languages(read.item("language")),
        .business_name = read.text("business_name"),
        .business_type = read.text("business_type"),
        .state_dir = read_state_dir(read),
        .spool_max_bytes = to_integer(read.item("spool.max_bytes"), k_smallest_spool,
                                      std::numeric_limits<int>::max()),
        .metrics_file = read_metrics_file(read),
        .workers = to_integer(read.item("workers"), 0, k_max_workers),
        .twilio = read_twilio(read),
        .transcript = read_transcript(read),
        .summary = read_summary(read),
        .prices = read_prices(read),
        .pipeline = {to_duration(read.item("pipeline.adoption_horizon")),
                     to_duration(read.item("pipeline.min_recording")),
                     to_duration_or_zero(read.item("pipeline.twiml_grace")),
                     to_integer(read.item("pipeline.max_attempts"), 1, k_max_attempts)},
        .log = read_log(read),
        .call_log_defaults = read_column_defaults(values),
    };
}

} // namespace callctl::config
