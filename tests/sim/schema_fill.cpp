#include "sim/message.hpp"
#include "sim/schema.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace callctl::sim {
namespace {

constexpr int k_deepest = 20;

/// What a property is probably about.
enum class About { topic, outcome, agreed, follow_ups, sentiment, customer, language, whole };

constexpr std::array<std::pair<std::string_view, About>, 22> k_hints{{
    {"sentiment", About::sentiment}, {"mood", About::sentiment},    {"language", About::language},
    {"lang", About::language},       {"follow", About::follow_ups}, {"action", About::follow_ups},
    {"next", About::follow_ups},     {"todo", About::follow_ups},   {"agree", About::agreed},
    {"decision", About::agreed},     {"point", About::agreed},      {"commit", About::agreed},
    {"customer", About::customer},   {"caller", About::customer},   {"name", About::customer},
    {"topic", About::topic},         {"title", About::topic},       {"subject", About::topic},
    {"reason", About::topic},        {"outcome", About::outcome},   {"result", About::outcome},
    {"resolution", About::outcome},
}};

About about(const std::string& name, About otherwise) {
    const std::string low = lower_case(name);
    for (const auto& [hint, meaning] : k_hints) {
        if (low.find(hint) != std::string::npos) {
            return meaning;
        }
    }
    return otherwise;
}

class Filler {
  public:
    Filler(const Json& root, const Gist& gist, const std::string& language)
        : m_root{&root}, m_gist{&gist}, m_language{&language} {}

    Json fill(const Json& schema, About meaning, const std::string& text, int depth) const {
        if (depth > k_deepest) {
            return nullptr;
        }
        if (schema.contains("$ref")) {
            return fill(resolved(schema.at("$ref").get<std::string>()), meaning, text, depth + 1);
        }
        if (schema.contains("anyOf")) {
            return fill(schema.at("anyOf").front(), meaning, text, depth + 1);
        }
        if (schema.contains("const")) {
            return schema.at("const");
        }
        if (schema.contains("enum")) {
            return chosen(schema.at("enum"), meaning);
        }
        const std::string type = type_of(schema);
        if (type == "object") {
            return object(schema, meaning, depth);
        }
        if (type == "array") {
            return array(schema, meaning, depth);
        }
        if (type == "null") {
            return nullptr;
        }
        if (type == "boolean") {
            return !m_gist->follow_ups.empty();
        }
        if (type == "integer" || type == "number") {
            return 0;
        }
        const std::string said = text.empty() ? words(meaning) : text;
        return said.empty() && nullable(schema) ? Json(nullptr) : Json(said);
    }

  private:
    [[nodiscard]] const Json& resolved(const std::string& reference) const {
        const auto pointer = nlohmann::ordered_json::json_pointer{reference.substr(1)};
        return m_root->contains(pointer) ? m_root->at(pointer) : *m_root;
    }

    static std::string type_of(const Json& schema) {
        const Json type = schema.value("type", Json("string"));
        if (!type.is_array()) {
            return type.get<std::string>();
        }
        const auto real =
            std::ranges::find_if(type, [](const Json& name) { return name != "null"; });
        return real == type.end() ? "null" : real->get<std::string>();
    }

    static bool nullable(const Json& schema) {
        const Json type = schema.value("type", Json("string"));
        return type.is_array() && std::ranges::find(type, Json("null")) != type.end();
    }

    Json object(const Json& schema, About meaning, int depth) const {
        Json value = Json::object();
        const Json properties = schema.value("properties", Json::object());
        for (const auto& [name, property] : properties.items()) {
            value[name] = fill(property, about(name, meaning), "", depth + 1);
        }
        return value;
    }

    Json array(const Json& schema, About meaning, int depth) const {
        const auto& items = meaning == About::agreed ? m_gist->agreed : m_gist->follow_ups;
        Json value = Json::array();
        if (meaning != About::agreed && meaning != About::follow_ups) {
            const std::string one = words(meaning);
            if (!one.empty()) {
                value.push_back(fill(schema.at("items"), meaning, one, depth + 1));
            }
            return value;
        }
        for (const std::string& item : items) {
            value.push_back(fill(schema.at("items"), meaning, item, depth + 1));
        }
        return value;
    }

    [[nodiscard]] Json chosen(const Json& values, About meaning) const {
        const auto said = std::ranges::find(values, Json(words(meaning)));
        if (said != values.end()) {
            return *said;
        }
        const auto vague = std::ranges::find_if(
            values, [](const Json& value) { return value == "unknown" || value == "other"; });
        return vague == values.end() ? values.front() : *vague;
    }

    [[nodiscard]] std::string words(About meaning) const {
        switch (meaning) {
        case About::topic:
            return m_gist->topic;
        case About::outcome:
            return m_gist->outcome;
        case About::agreed:
            return m_gist->agreed.empty() ? "" : m_gist->agreed.front();
        case About::follow_ups:
            return m_gist->follow_ups.empty() ? "" : m_gist->follow_ups.front();
        case About::sentiment:
            return m_gist->sentiment;
        case About::customer:
            return m_gist->customer_name;
        case About::language:
            return *m_language;
        case About::whole:
            break;
        }
        return m_gist->topic + ". " + m_gist->outcome + ".";
    }

    const Json* m_root;
    const Gist* m_gist;
    const std::string* m_language;
};

} // namespace

Json filled(const Json& schema, const Gist& gist, const std::string& language) {
    return Filler{schema, gist, language}.fill(schema, About::whole, "", 0);
}

} // namespace callctl::sim
