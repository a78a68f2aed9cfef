// A preset with what is configured written over it, and shown where nothing is.
#pragma once

#include "config/load.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace callctl::cmd {

template <class Value, class Setting>
void set(Value& value, const std::optional<Setting>& setting) {
    if (setting) {
        value = static_cast<Value>(*setting);
    }
}

template <class Value>
void set_unless_empty(Value& value, const Value& setting) {
    if (!setting.empty()) {
        value = setting;
    }
}

/// As it is configured: without the space behind a prefix.
[[nodiscard]] inline std::string or_none(const std::string& text) {
    return text.empty() ? "none" : text.substr(0, text.find_last_not_of(' ') + 1);
}

/// A setting, and how the server has it.
template <class Server>
struct Shown {
    std::string_view key;
    std::function<std::string(const Server&)> text;
};

/// Settings that nobody set and that the preset decides are shown as what it decides.
template <class Server>
void show_unset(const Server& preset, const std::vector<Shown<Server>>& shown,
                std::vector<config::Entry>& entries) {
    for (config::Entry& entry : entries) {
        const auto found = std::ranges::find(shown, entry.key, &Shown<Server>::key);
        if (entry.origin.kind == config::OriginKind::unset && found != shown.end()) {
            entry.shown = found->text(preset);
            entry.origin.kind =
                entry.shown.empty() ? config::OriginKind::unset : config::OriginKind::default_value;
        }
    }
}

/// `10m`
[[nodiscard]] inline std::string in_minutes(std::chrono::milliseconds time) {
    return std::to_string(std::chrono::duration_cast<std::chrono::minutes>(time).count()) + "m";
}

} // namespace callctl::cmd
