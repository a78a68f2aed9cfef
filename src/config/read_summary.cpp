#include "config/read_summary.hpp"

#include "config/server_fields.hpp"
#include "config/summary_provider.hpp"

#include <algorithm>

namespace callctl::config {
namespace {

constexpr int k_most_tokens = 10'000'000;
constexpr int k_smallest_context = 1024;

std::string language_of(const Item& item) {
    const auto languages = to_languages(item);
    if (languages.size() > 1) {
        refuse(item, "names more than one language", "a summary is written in one");
    }
    return languages.empty() ? std::string{} : languages.front();
}

std::map<std::string, std::string> headers_of(const Reader& read) {
    constexpr Setting k_header{k_summary_headers, "", "", "header"};
    std::map<std::string, std::string> headers;
    for (const auto& [name, value] : table_of(read.values(), k_summary_headers)) {
        if (name.empty() || !consists_of(name, k_header_signs)) {
            throw base::ConfigError{
                fmt::format("{}: '{}' is not the name of a header", to_string(value.origin), name),
                "write it as X-Title"};
        }
        check_text({k_header, value});
        headers.emplace(name, value.text);
    }
    return headers;
}

std::optional<double> temperature_of(const Reader& read) {
    constexpr std::int64_t k_highest = 2'000'000;
    const auto item = read.find("summary.temperature");
    if (!item) {
        return std::nullopt;
    }
    const std::int64_t micros = to_decimal(*item, "a number from 0 to 2");
    if (micros > k_highest) {
        refuse(*item, "is more than 2", "write it as 0.2");
    }
    return static_cast<double>(micros) / 1e6;
}

std::string reasoning_effort_of(const Reader& read, std::string_view provider) {
    const auto item = read.find("summary.reasoning_effort");
    if (item && provider == "anthropic") {
        refuse(*item, "is nothing that anthropic is asked for", "leave it out");
    }
    return item ? item->value.text : std::string{};
}

} // namespace

Summary read_summary(const Reader& read) {
    Summary summary;
    summary.provider = provider_of(read.item("summary.provider"), k_summary_providers);
    summary.base_url = read.url("summary.base_url");
    summary.path = path_of(read, "summary.path");
    summary.query = query_of(read, "summary.query");
    summary.auth_header = auth_header_of(read, "summary.auth_header");
    summary.auth_prefix = auth_prefix_of(read, "summary.auth_prefix");
    summary.api_key = read.secret("summary.api_key");
    summary.headers = headers_of(read);
    summary.model = read.text("summary.model");
    summary.language = language_of(read.item("summary.language"));
    summary.response_format =
        optional_word(read, "summary.response_format",
                      std::array<std::string_view, 3>{"json_schema", "json_object", k_none});
    summary.max_tokens_field = optional_word(
        read, "summary.max_tokens_field",
        std::array<std::string_view, 3>{"max_completion_tokens", "max_tokens", k_none});
    if (summary.max_tokens_field == k_none) {
        summary.max_tokens_field = std::string{};
    }
    summary.max_tokens = optional_integer(read, "summary.max_tokens", 1, k_most_tokens);
    summary.context_tokens =
        optional_integer(read, "summary.context_tokens", k_smallest_context, k_most_tokens);
    summary.temperature = temperature_of(read);
    summary.reasoning_effort = reasoning_effort_of(read, summary.provider);
    summary.limits = limits_of(read, "summary");
    if (const auto timeout = read.find("summary.timeout")) {
        summary.timeout = to_duration(*timeout);
    }
    return summary;
}

} // namespace callctl::config
