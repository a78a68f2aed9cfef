// Settings by key, as typed values. Used by the readers of this folder alone.
#pragma once

#include "base/exception.hpp"
#include "base/secret.hpp"
#include "config/file.hpp"
#include "config/value.hpp"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace callctl::config {

/// Typed access to the gathered texts, which must outlive it; an unset setting gives an empty
/// value.
class Reader {
  public:
    explicit Reader(const Values& values) : m_values{values} {}

    [[nodiscard]] const Values& values() const { return m_values; }

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

    /// For settings that have a default, and so always a value.
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

/// One of `words`; else the message offers the nearest.
template <std::size_t Size>
[[nodiscard]] std::string word(const Item& item, const std::array<std::string_view, Size>& words) {
    return std::string{words.at(to_word(item, words))};
}

} // namespace callctl::config
