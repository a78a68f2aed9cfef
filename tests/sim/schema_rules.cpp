// The strict subset (https://platform.openai.com/docs/guides/structured-outputs#supported-schemas).
#include "sim/schema.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace callctl::sim {
namespace {

constexpr int k_deepest_allowed = 10;
constexpr std::size_t k_most_enum_values = 1000;
constexpr std::array<std::string_view, 14> k_not_permitted{"allOf",
                                                           "oneOf",
                                                           "not",
                                                           "if",
                                                           "then",
                                                           "else",
                                                           "dependentRequired",
                                                           "dependentSchemas",
                                                           "patternProperties",
                                                           "minLength",
                                                           "maxLength",
                                                           "uniqueItems",
                                                           "contains",
                                                           "default"};
constexpr std::array<std::string_view, 7> k_types{"string", "number", "boolean", "integer",
                                                  "object", "array",  "null"};

std::string at(const std::string& context, const std::string& what) {
    return fmt::format("In context=({}), {}", context, what);
}

std::string deeper(const std::string& context, std::string_view step) {
    return context.empty() ? fmt::format("'{}'", step) : fmt::format("{}, '{}'", context, step);
}

bool has_type(const Json& schema, std::string_view type) {
    const Json& types = schema.contains("type") ? schema.at("type") : schema;
    return types == type ||
           (types.is_array() && std::ranges::find(types, Json(type)) != types.end());
}

class Judge {
  public:
    std::optional<std::string> judge(const Json& schema, const std::string& context, int depth) {
        if (!schema.is_object()) {
            return at(context, "schema must be an object.");
        }
        if (schema.contains("$ref")) {
            return std::nullopt;
        }
        for (const std::string_view keyword : k_not_permitted) {
            if (schema.contains(keyword)) {
                return at(context, fmt::format("'{}' is not permitted.", keyword));
            }
        }
        if (schema.contains("anyOf")) {
            return judge_each(schema.at("anyOf"), deeper(context, "anyOf"), depth);
        }
        if (auto violation = judge_type(schema, context)) {
            return violation;
        }
        if (has_type(schema, "object")) {
            return judge_object(schema, context, depth + 1);
        }
        if (has_type(schema, "array")) {
            if (!schema.contains("items")) {
                return at(context, "array schema missing items.");
            }
            return judge(schema.at("items"), deeper(context, "items"), depth + 1);
        }
        return std::nullopt;
    }

  private:
    static std::optional<std::string> judge_type(const Json& schema, const std::string& context) {
        if (!schema.contains("type") && !schema.contains("enum") && !schema.contains("const")) {
            return at(context, "schema must have a 'type' key.");
        }
        const Json types = !schema.contains("type")       ? Json::array()
                           : schema.at("type").is_array() ? schema.at("type")
                                                          : Json::array({schema.at("type")});
        for (const Json& type : types) {
            if (std::ranges::find(k_types, type) == k_types.end()) {
                return at(context, fmt::format("{} is not a valid type.", type.dump()));
            }
        }
        if (schema.contains("enum") &&
            (!schema.at("enum").is_array() || schema.at("enum").empty() ||
             schema.at("enum").size() > k_most_enum_values)) {
            return at(context, "enum must be a list of 1 to 1000 values.");
        }
        return std::nullopt;
    }

    std::optional<std::string> judge_each(const Json& schemas, const std::string& context,
                                          int depth) {
        int index = 0;
        for (const Json& schema : schemas) {
            if (auto violation = judge(schema, deeper(context, std::to_string(index++)), depth)) {
                return violation;
            }
        }
        return std::nullopt;
    }

    std::optional<std::string> judge_object(const Json& schema, const std::string& context,
                                            int depth) {
        if (depth > k_deepest_allowed) {
            return at(context, "schema exceeds 10 levels of nesting.");
        }
        if (!schema.contains("additionalProperties") ||
            schema.at("additionalProperties") != false) {
            return at(context,
                      "'additionalProperties' is required to be supplied and to be false.");
        }
        const Json properties = schema.value("properties", Json::object());
        const Json required = schema.value("required", Json::array());
        for (const auto& [name, property] : properties.items()) {
            if (std::ranges::find(required, Json(name)) == required.end()) {
                return at(context,
                          fmt::format("'required' is required to be supplied and to be an array "
                                      "including every key in properties. Missing '{}'.",
                                      name));
            }
            if (auto violation =
                    judge(property, deeper(deeper(context, "properties"), name), depth)) {
                return violation;
            }
        }
        for (const Json& name : required) {
            if (!name.is_string() || !properties.contains(name.get<std::string>())) {
                return at(context, fmt::format("Extra required key {} supplied.", name.dump()));
            }
        }
        return std::nullopt;
    }
};

} // namespace

std::optional<std::string> strict_violation(const Json& schema) {
    if (!schema.is_object() || !schema.contains("type") || schema.at("type") != "object") {
        const Json type = schema.is_object() ? schema.value("type", Json("None")) : Json("None");
        return fmt::format("schema must be a JSON Schema of 'type: \"object\"', got 'type: {}'.",
                           type.dump());
    }
    Judge judge;
    if (auto violation = judge.judge(schema, "", 0)) {
        return violation;
    }
    for (const char* const folder : {"$defs", "definitions"}) {
        const Json definitions = schema.value(folder, Json::object());
        for (const auto& [name, definition] : definitions.items()) {
            if (auto violation =
                    judge.judge(definition, fmt::format("'{}', '{}'", folder, name), 0)) {
                return violation;
            }
        }
    }
    return std::nullopt;
}

} // namespace callctl::sim
