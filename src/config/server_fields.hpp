// Settings that servers of speech and of language models have alike. Each function throws
// base::ConfigError for a value that cannot be meant.
#pragma once

#include "config/config.hpp"
#include "config/reader.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace callctl::config {

/// Stands for an empty text, which as an empty variable would count as unset.
inline constexpr std::string_view k_none = "none";

[[nodiscard]] std::optional<std::string> optional_text(const Reader& read, std::string_view key);
[[nodiscard]] std::optional<int> optional_integer(const Reader& read, std::string_view key,
                                                  int lowest, int highest);
template <std::size_t Size>
[[nodiscard]] std::optional<std::string>
optional_word(const Reader& read, std::string_view key,
              const std::array<std::string_view, Size>& words);

/// The name of one of `providers`; else the message offers the nearest.
template <class Providers>
[[nodiscard]] std::string provider_of(const Item& item, const Providers& providers);
[[nodiscard]] std::optional<std::string> path_of(const Reader& read, std::string_view key);
[[nodiscard]] std::optional<std::string> query_of(const Reader& read, std::string_view key);
[[nodiscard]] std::optional<std::string> auth_header_of(const Reader& read, std::string_view key);
/// With the space that is between it and the key.
[[nodiscard]] std::optional<std::string> auth_prefix_of(const Reader& read, std::string_view key);

/// Of `section`: `twilio`, `transcript` or `summary`.
[[nodiscard]] Limits limits_of(const Reader& read, std::string_view section);

/// Letters, digits and what is in `more`.
[[nodiscard]] bool consists_of(std::string_view text, std::string_view more);
/// Beside letters and digits in the name of a header (RFC 9110, 5.6.2: a token).
inline constexpr std::string_view k_header_signs = "-_.!#$%&'*+^`|~";

// --- Inline implementations ---

template <std::size_t Size>
std::optional<std::string> optional_word(const Reader& read, std::string_view key,
                                         const std::array<std::string_view, Size>& words) {
    const auto item = read.find(key);
    return item ? std::optional{word(*item, words)} : std::nullopt;
}

template <class Providers>
std::string provider_of(const Item& item, const Providers& providers) {
    std::vector<std::string_view> names;
    names.reserve(providers.size());
    for (const auto& provider : providers) {
        names.push_back(provider.name);
    }
    return std::string{names.at(to_word(item, names))};
}

} // namespace callctl::config
