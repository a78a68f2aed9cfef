#include "summary/json.hpp"

#include "base/text.hpp"

#include <nlohmann/json.hpp>

namespace callctl::summary {

using Json = nlohmann::ordered_json;

const Json* member(const Json* object, const char* key) {
    if (object == nullptr || !object->is_object()) {
        return nullptr;
    }
    const auto found = object->find(key);
    return found == object->end() ? nullptr : &*found;
}

std::string text_of(const Json* value) {
    return value != nullptr && value->is_string()
               ? base::storable_text(value->get_ref<const std::string&>())
               : std::string{};
}

std::int64_t count_of(const Json* value) {
    constexpr std::int64_t k_most = 1'000'000'000'000;
    const bool counts = value != nullptr && value->is_number_integer();
    const auto count = counts ? value->get<std::int64_t>() : std::int64_t{0};
    return count >= 0 && count <= k_most ? count : 0;
}

Json parsed(std::string_view text) {
    return Json::parse(base::storable_text(text), nullptr, /*allow_exceptions=*/false);
}

std::string dumped(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace callctl::summary
