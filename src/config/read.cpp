#include "config/read.hpp"

#include "base/exception.hpp"
#include "config/value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace callctl::config {
namespace {

constexpr int k_max_workers = 256;
constexpr int k_max_tokens = 1'000'000;
constexpr int k_max_attempts = 1000;

// Typed access to the gathered texts; an unset setting gives an empty value.
class Reader {
  public:
    explicit Reader(const Values& values) : m_values{values} {}

    [[nodiscard]] std::optional<Item> find(std::string_view key) const {
        const auto found = m_values.find(key);
        if (found == m_values.end()) {
            return std::nullopt;
        }
        return Item{setting(key), found->second};
    }

    [[nodiscard]] std::string text(std::string_view key) const {
        const auto item = find(key);
        return item ? item->value.text : std::string{};
    }

    [[nodiscard]] base::Secret secret(std::string_view key) const {
        return base::Secret{text(key)};
    }

    [[nodiscard]] std::string url(std::string_view key, Scheme scheme = Scheme::http) const {
        const auto item = find(key);
        return item ? to_url(*item, scheme) : std::string{};
    }

    // For settings that have a default, and so always a value.
    [[nodiscard]] Item item(std::string_view key) const {
        const auto found = find(key);
        if (!found) {
            throw base::BugError{fmt::format("{} has no default", key)};
        }
        return *found;
    }

    template <class SidType>
    [[nodiscard]] std::optional<SidType> sid(std::string_view key) const {
        const auto found = find(key);
        if (!found) {
            return std::nullopt;
        }
        auto parsed = SidType::parse(found->value.text);
        if (!parsed) {
            refuse(*found, fmt::format("is not {} and 32 hexadecimal digits", SidType::k_prefix),
                   "copy it from the Twilio console");
        }
        return parsed;
    }

  private:
    const Values& m_values;
};

template <std::size_t Size>
std::string word(const Item& item, const std::array<std::string_view, Size>& words) {
    return std::string{words.at(to_word(item, words))};
}

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

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
    return twilio;
}

// gpt-transcribe takes `languages[]` and no other format than json; Whisper servers take `language`
// and give times in verbose_json (OpenAI, speech-to-text guide, "Supported formats").
Transcript read_transcript(const Reader& read) {
    Transcript transcript;
    transcript.provider =
        word(read.item("transcript.provider"), std::array{std::string_view{"openai"}});
    transcript.base_url = read.url("transcript.base_url");
    transcript.api_key = read.secret("transcript.api_key");
    transcript.model = read.text("transcript.model");
    transcript.response_format =
        word(read.item("transcript.response_format"),
             std::array<std::string_view, 3>{"auto", "json", "verbose_json"});
    if (transcript.response_format == "auto") {
        transcript.response_format =
            contains(transcript.model, "whisper") ? "verbose_json" : "json";
    }
    transcript.language_field =
        word(read.item("transcript.language_field"),
             std::array<std::string_view, 4>{"auto", "language", "languages[]", "none"});
    if (transcript.language_field == "auto") {
        transcript.language_field =
            contains(transcript.model, "gpt-transcribe") ? "languages[]" : "language";
    } else if (transcript.language_field == "none") {
        transcript.language_field.clear();
    }
    transcript.timeout = to_duration(read.item("transcript.timeout"));
    transcript.price_per_minute_micros = to_micros(read.item("transcript.price_per_minute"));
    return transcript;
}

Summary read_summary(const Reader& read) {
    Summary summary;
    summary.provider = word(read.item("summary.provider"), std::array{std::string_view{"openai"}});
    summary.base_url = read.url("summary.base_url");
    summary.api_key = read.secret("summary.api_key");
    summary.model = read.text("summary.model");
    summary.max_tokens_field =
        word(read.item("summary.max_tokens_field"),
             std::array<std::string_view, 2>{"max_completion_tokens", "max_tokens"});
    summary.max_tokens = to_integer(read.item("summary.max_tokens"), 1, k_max_tokens);
    summary.timeout = to_duration(read.item("summary.timeout"));
    return summary;
}

Log read_log(const Reader& read) {
    constexpr std::array<std::string_view, 2> k_formats{"text", "json"};
    constexpr std::array<std::string_view, 4> k_levels{"debug", "info", "warning", "error"};
    return {static_cast<LogFormat>(to_word(read.item("log.format"), k_formats)),
            static_cast<LogLevel>(to_word(read.item("log.level"), k_levels))};
}

std::filesystem::path read_state_dir(const Reader& read) {
    const auto item = read.find("state_dir");
    if (item && !std::filesystem::path{item->value.text}.is_absolute()) {
        refuse(*item, "is not an absolute path", "write it from the root, as /var/lib/callctl");
    }
    return item ? std::filesystem::path{item->value.text} : std::filesystem::path{};
}

bool is_column_name(std::string_view name) {
    return !name.empty() && name.size() <= 63 && !(name[0] >= '0' && name[0] <= '9') &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
           });
}

std::map<std::string, std::string> read_column_defaults(const Values& values) {
    const std::string prefix = std::string{k_call_log_defaults} + ".";
    std::map<std::string, std::string> columns;
    for (auto at = values.lower_bound(prefix); at != values.end() && at->first.starts_with(prefix);
         ++at) {
        const std::string column = at->first.substr(prefix.size());
        if (!is_column_name(column)) {
            throw base::ConfigError{fmt::format("{}: '{}' is not a column name of {}",
                                                to_string(at->second.origin), column,
                                                k_call_log_defaults),
                                    "column names are lower case: letters, digits and _"};
        }
        columns.emplace(column, at->second.text);
    }
    return columns;
}

void check_together(const Reader& read) {
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
        .stream_url = read.url("stream_url", Scheme::wss),
        .twiml_file = read.text("twiml_file"),
        .languages = to_languages(read.item("language")),
        .business_name = read.text("business_name"),
        .business_type = read.text("business_type"),
        .state_dir = read_state_dir(read),
        .workers = to_integer(read.item("workers"), 0, k_max_workers),
        .twilio = read_twilio(read),
        .transcript = read_transcript(read),
        .summary = read_summary(read),
        .pipeline = {to_duration(read.item("pipeline.adoption_horizon")),
                     to_duration(read.item("pipeline.min_recording")),
                     to_duration(read.item("pipeline.twiml_grace")),
                     to_integer(read.item("pipeline.max_attempts"), 1, k_max_attempts)},
        .log = read_log(read),
        .call_log_defaults = read_column_defaults(values),
    };
}

} // namespace callctl::config
