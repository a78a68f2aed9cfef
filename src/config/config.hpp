// The configuration as typed values, validated.
#pragma once

#include "base/ids.hpp"
#include "base/secret.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace callctl::config {

using ApiKeySid = base::Sid<'S', 'K'>;

struct Twilio {
    std::optional<base::AccountSid> account_sid{};
    std::vector<base::Secret> auth_tokens{}; ///< the first signs REST requests, all verify webhooks
    std::optional<ApiKeySid> api_key{};
    base::Secret api_secret{};
    std::string base_url{"https://api.twilio.com"};
};

struct Transcript {
    std::string provider{"openai"};
    std::string base_url{"https://api.openai.com/v1"}; ///< no slash at the end, as all URLs here
    base::Secret api_key{};                            ///< empty: the server wants none
    std::string model{};
    std::string response_format{"json"};    ///< `json` or `verbose_json`, never `auto`
    std::string language_field{"language"}; ///< `language`, `languages[]`; empty: send none
    std::chrono::milliseconds timeout{std::chrono::minutes{10}};
    std::int64_t price_per_minute_micros{0}; ///< millionths of the price's unit
};

struct Summary {
    std::string provider{"openai"};
    std::string base_url{"https://api.openai.com/v1"};
    base::Secret api_key{};
    std::string model{};
    std::string max_tokens_field{"max_completion_tokens"};
    int max_tokens{2000};
    std::chrono::milliseconds timeout{std::chrono::minutes{2}};
};

struct Pipeline {
    std::chrono::milliseconds adoption_horizon{std::chrono::hours{24 * 7}};
    std::chrono::milliseconds min_recording{std::chrono::seconds{2}};
    std::chrono::milliseconds twiml_grace{std::chrono::seconds{2}};
    int max_attempts{8};
};

enum class LogFormat : std::uint8_t { text, json };
enum class LogLevel : std::uint8_t { debug, info, warning, error };

struct Log {
    LogFormat format{LogFormat::text};
    LogLevel level{LogLevel::info};
};

/// What is unset is empty. The defaults here are those of settings.hpp (a test compares them).
struct Config {
    base::Secret database_url{};
    std::string public_url{};
    std::string listen{"127.0.0.1:8080"}; ///< numeric address and port
    std::string admin_listen{"127.0.0.1:9464"};
    std::string stream_url{};
    std::filesystem::path twiml_file{};
    std::vector<std::string> languages{}; ///< ISO 639, lower case; empty: let the server detect
    std::string business_name{};
    std::string business_type{};
    std::filesystem::path state_dir{}; ///< absolute; it need not exist yet
    int workers{4};
    Twilio twilio{};
    Transcript transcript{};
    Summary summary{};
    Pipeline pipeline{};
    Log log{};
    /// Column of the host's table to the value that calls inserted by callctl get there.
    std::map<std::string, std::string> call_log_defaults{};
};

} // namespace callctl::config
