#include "transcript/reply_json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace callctl::transcript {

using Json = nlohmann::json;
using std::chrono::milliseconds;

const Json* member(const Json& object, const char* key) {
    if (!object.is_object()) {
        return nullptr;
    }
    const auto found = object.find(key);
    return found == object.end() ? nullptr : &*found;
}

std::string text_of(const Json* value) {
    return value != nullptr && value->is_string() ? value->get<std::string>() : std::string{};
}

std::optional<double> number_of(const Json* value) {
    if (value != nullptr && value->is_number()) {
        return value->get<double>();
    }
    double number = 0.0;
    const std::string text = text_of(value);
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    const bool whole = error == std::errc{} && rest == end && std::isfinite(number);
    return whole ? std::optional{number} : std::nullopt;
}

std::optional<milliseconds> seconds_of(const Json* value) {
    constexpr double k_longest = 1'000'000.0;
    const auto seconds = number_of(value);
    if (!seconds || !(*seconds >= 0.0 && *seconds <= k_longest)) {
        return std::nullopt;
    }
    return milliseconds{std::llround(*seconds * 1000.0)};
}

std::string trimmed(std::string_view text) {
    const std::size_t start = std::min(text.find_first_not_of(" \t\n"), text.size());
    text.remove_prefix(start);
    return std::string{text.substr(0, text.find_last_not_of(" \t\n") + 1)};
}

} // namespace callctl::transcript
