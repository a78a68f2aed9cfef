// The configuration as typed values, validated.
#pragma once

#include "base/ids.hpp"
#include "base/network.hpp"
#include "base/secret.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace callctl::config {

using ApiKeySid = base::Sid<'S', 'K'>;

/// Of all hosts together; 0: no limit.
struct Limits {
    int requests_per_minute{0};
    int concurrency{0};
};

struct Twilio {
    std::optional<base::AccountSid> account_sid{};
    std::vector<base::Secret> auth_tokens{}; ///< the first signs REST requests, all verify webhooks
    std::optional<ApiKeySid> api_key{};
    base::Secret api_secret{};
    std::string base_url{"https://api.twilio.com"};
    Limits limits{};
};

/// What is unset is as the provider's preset has it; an empty text leaves the thing out.
struct Transcript {
    std::string provider{"openai"};
    std::string base_url{"https://api.openai.com/v1"}; ///< no slash at the end, as all URLs here
    std::optional<std::string> path{};
    std::optional<std::string> query{};
    std::optional<std::string> auth_header{};
    std::optional<std::string> auth_prefix{}; ///< with the space behind it
    base::Secret api_key{};                   ///< empty: the server wants none
    std::string model{};
    std::optional<std::string> response_format{}; ///< `auto`, `json` or `verbose_json`
    std::optional<std::string> language_field{};  ///< `auto`, `language` or `languages[]`
    std::optional<std::string> audio_format{};    ///< `wav` or `flac`
    std::optional<int> max_bytes{};
    std::optional<int> max_seconds{};
    std::optional<int> min_billed_seconds{};
    std::map<std::string, std::string> extra_fields{};
    std::string prompt{};
    std::vector<std::string> keywords{};
    std::optional<std::chrono::milliseconds> timeout{};
    std::array<std::string, 2> inbound_speakers{"caller", "agent"}; ///< by channel
    std::array<std::string, 2> outbound_speakers{"customer", "agent"};
    Limits limits{};
};

/// Likewise.
struct Summary {
    std::string provider{"openai"};
    std::string base_url{"https://api.openai.com/v1"};
    std::optional<std::string> path{};
    std::optional<std::string> query{};
    std::optional<std::string> auth_header{};
    std::optional<std::string> auth_prefix{}; ///< with the space behind it
    base::Secret api_key{};
    std::map<std::string, std::string> headers{};
    std::string model{};
    std::string language{};                       ///< ISO 639; empty: that of the call
    std::optional<std::string> response_format{}; ///< `json_schema`, `json_object` or `none`
    std::optional<std::string> max_tokens_field{};
    std::optional<int> max_tokens{};
    std::optional<int> context_tokens{};
    std::optional<double> temperature{};
    std::string reasoning_effort{};
    std::optional<std::chrono::milliseconds> timeout{};
    Limits limits{};
};

/// Of serve-webhooks.
struct Server {
    std::vector<base::Network> trusted_proxies{};
    int max_connections{8192};
    int max_connections_per_address{256};
    std::chrono::milliseconds request_timeout{std::chrono::seconds{10}};
    std::chrono::milliseconds idle_timeout{std::chrono::seconds{150}};
};

/// An application that serves the TwiML of calls; none while `url` is empty.
struct Upstream {
    std::string url{};
    std::string public_url{};
    std::chrono::milliseconds timeout{std::chrono::seconds{5}};
    std::filesystem::path fallback_twiml{};
};

struct Pipeline {
    std::chrono::milliseconds adoption_horizon{std::chrono::hours{24 * 7}};
    std::chrono::milliseconds min_recording{std::chrono::seconds{2}};
    std::chrono::milliseconds twiml_grace{std::chrono::seconds{3}};
    int max_attempts{8};
};

/// In millionths of whatever the prices are in; 0 where there is none.
struct Price {
    std::int64_t audio_minute_micros{0};
    std::int64_t input_million_micros{0};
    std::int64_t output_million_micros{0};
};

enum class LogFormat : std::uint8_t { text, json };
enum class LogLevel : std::uint8_t { debug, info, warning, error };
/// Their words, in the order of the enumerations.
inline constexpr std::array<std::string_view, 2> k_log_formats{"text", "json"};
inline constexpr std::array<std::string_view, 4> k_log_levels{"debug", "info", "warning", "error"};

struct Log {
    LogFormat format{LogFormat::text};
    LogLevel level{LogLevel::info};
};

/// What is unset is empty. The defaults here are those of settings.hpp (a test compares them).
struct Config {
    base::Secret database_url{};
    std::string public_url{};
    std::string listen{"127.0.0.1:8080"}; ///< numeric address and port, or `unix:/path`
    std::string admin_listen{"127.0.0.1:9464"};
    Server server{};
    std::string stream_url{};
    std::filesystem::path twiml_file{};
    Upstream upstream{};
    std::vector<std::string> languages{}; ///< ISO 639, lower case; empty: let the server detect
    std::string business_name{};
    std::string business_type{};
    std::filesystem::path state_dir{}; ///< absolute; it need not exist yet
    int spool_max_bytes{268'435'456};
    std::filesystem::path metrics_file{}; ///< absolute, ends in .prom; empty: none is written
    int workers{4};
    Twilio twilio{};
    Transcript transcript{};
    Summary summary{};
    std::map<std::string, Price> prices{}; ///< by model
    Pipeline pipeline{};
    Log log{};
    /// Column of the host's table to the value that calls inserted by callctl get there.
    std::map<std::string, std::string> call_log_defaults{};
};

} // namespace callctl::config
