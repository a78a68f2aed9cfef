#include "config/read_prices.hpp"

#include "base/exception.hpp"
#include "base/text.hpp"
#include "config/value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace callctl::config {
namespace {

using Member = std::int64_t Price::*;

constexpr std::array<std::pair<std::string_view, Member>, 3> k_members{
    {{"audio_minute", &Price::audio_minute_micros},
     {"input_million", &Price::input_million_micros},
     {"output_million", &Price::output_million_micros}}};

Member member_of(std::string_view name, const Value& value) {
    std::array<std::string_view, k_members.size()> names{};
    std::transform(k_members.begin(), k_members.end(), names.begin(),
                   [](const auto& member) { return member.first; });
    const auto* const found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) {
        const std::string_view nearest = base::nearest_word(name, names);
        throw base::ConfigError{
            fmt::format("{}: unknown price '{}'", to_string(value.origin), name),
            nearest.empty() ? fmt::format("prices are: {}", fmt::join(names, ", "))
                            : fmt::format("did you mean '{}'?", nearest)};
    }
    return k_members.at(static_cast<std::size_t>(found - names.begin())).second;
}

} // namespace

// The key is `MODEL.PRICE`, and models have points in their names.
std::map<std::string, Price> read_prices(const Reader& read) {
    std::map<std::string, Price> prices;
    for (const auto& [key, value] : table_of(read.values(), k_prices)) {
        const std::size_t point = key.rfind('.');
        const std::string name = key.substr(point + 1);
        const Member member = member_of(name, value);
        const std::string full_key = fmt::format("{}.{}", k_prices, key);
        const Setting setting{full_key, "", "", "price"};
        prices[key.substr(0, point)].*member = to_micros({setting, value});
    }
    return prices;
}

} // namespace callctl::config
