#include "config/server_fields.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace callctl::config {

std::optional<std::string> optional_text(const Reader& read, std::string_view key) {
    const auto item = read.find(key);
    if (!item) {
        return std::nullopt;
    }
    return item->value.text == k_none ? std::string{} : item->value.text;
}

std::optional<int> optional_integer(const Reader& read, std::string_view key, int lowest,
                                    int highest) {
    const auto item = read.find(key);
    return item ? std::optional{to_integer(*item, lowest, highest)} : std::nullopt;
}

Limits limits_of(const Reader& read, std::string_view section) {
    constexpr int k_most = 1'000'000;
    const auto limit = [&](std::string_view name) {
        return optional_integer(read, fmt::format("{}.{}", section, name), 1, k_most).value_or(0);
    };
    return {.requests_per_minute = limit("requests_per_minute"),
            .concurrency = limit("concurrency")};
}

bool consists_of(std::string_view text, std::string_view more) {
    return std::all_of(text.begin(), text.end(), [more](char c) {
        return base::is_alphanumeric(c) || more.find(c) != std::string_view::npos;
    });
}

std::optional<std::string> path_of(const Reader& read, std::string_view key) {
    const auto item = read.find(key);
    if (item && (!item->value.text.starts_with('/') ||
                 item->value.text.find_first_of(" ?#\"<>\\") != std::string::npos)) {
        const std::string_view section = key.substr(0, key.find('.'));
        refuse(*item, "is not a path",
               fmt::format("write it from the /, as /v1; what follows a ? is {}.query", section));
    }
    return item ? std::optional{item->value.text} : std::nullopt;
}

std::optional<std::string> query_of(const Reader& read, std::string_view key) {
    auto query = optional_text(read, key);
    if (query &&
        (query->starts_with('?') || query->find_first_of(" #\"<>\\") != std::string::npos)) {
        refuse(*read.find(key), "is not a query",
               "write it without the ?, as api-version=2024-10-21");
    }
    return query;
}

std::optional<std::string> auth_header_of(const Reader& read, std::string_view key) {
    auto name = optional_text(read, key);
    if (name && !consists_of(*name, k_header_signs)) {
        refuse(*read.find(key), "is not the name of a header",
               "write it as Authorization or api-key, or none to send no key");
    }
    return name;
}

std::optional<std::string> auth_prefix_of(const Reader& read, std::string_view key) {
    auto scheme = optional_text(read, key);
    if (!scheme || scheme->empty()) {
        return scheme;
    }
    const std::string text = scheme->substr(0, scheme->find_last_not_of(' ') + 1);
    if (!consists_of(text, "-_")) {
        refuse(*read.find(key), "is not a word",
               "write it as Bearer or Token, or none for the key alone; never the key");
    }
    return text + ' ';
}

} // namespace callctl::config
