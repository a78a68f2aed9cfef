#include "config/file.hpp"

#include "base/exception.hpp"
#include "base/text.hpp"
#include "config/settings.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

#define TOML_EXCEPTIONS 1
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <set>

namespace callctl::config {
namespace {

// What is in it are tables of their own, one for each model.
constexpr std::string_view k_price_row = "price.";
static_assert(k_price_row.starts_with(k_prices));

constexpr std::streamsize k_max_file_bytes = 1 << 20;

std::string place(const std::filesystem::path& path, const toml::source_position& position) {
    return fmt::format("{}:{}:{}", path.string(), position.line, position.column);
}

// Tables that the settings' keys pass through: `twilio`, `call_log`, `call_log.defaults`.
std::set<std::string, std::less<>> known_tables() {
    std::set<std::string, std::less<>> tables{k_open_tables.begin(), k_open_tables.end()};
    const auto add_parents = [&tables](std::string_view key) {
        for (auto dot = key.rfind('.'); dot != std::string_view::npos; dot = key.rfind('.')) {
            key = key.substr(0, dot);
            tables.emplace(key);
        }
    };
    std::for_each(k_open_tables.begin(), k_open_tables.end(), add_parents);
    for (const Setting& setting : k_settings) {
        add_parents(setting.key);
    }
    return tables;
}

bool is_setting(std::string_view key) {
    return std::any_of(k_settings.begin(), k_settings.end(),
                       [key](const Setting& setting) { return setting.key == key; });
}

// Without an exponent, which no setting takes: 0.00005 is a price.
std::string in_digits(double number) {
    std::array<char, 512> text{}; // the longest double has 327 characters so
    auto* const end = std::to_chars(text.begin(), text.end(), number, std::chars_format::fixed).ptr;
    return {text.begin(), end};
}

// Text of a single value; nothing for tables and arrays.
std::optional<std::string> scalar_text(const toml::node& node) {
    if (const auto* text = node.as_string()) {
        return text->get();
    }
    if (const auto* number = node.as_integer()) {
        return fmt::format("{}", number->get());
    }
    if (const auto* number = node.as_floating_point()) {
        return in_digits(number->get());
    }
    if (const auto* truth = node.as_boolean()) {
        return truth->get() ? "true" : "false";
    }
    return std::nullopt;
}

class Flattener {
  public:
    explicit Flattener(const std::filesystem::path& path) : m_path{path} {}

    Values run(const toml::table& root) {
        walk(root, "");
        return std::move(m_values);
    }

  private:
    // Nesting is bounded by the depth of known tables.
    void walk(const toml::table& table, const std::string& prefix) {
        for (const auto& [name, node] : table) {
            const std::string key = prefix + std::string{name.str()};
            const auto& position = name.source().begin;
            if (m_tables.contains(key) || prefix == k_price_row) {
                const toml::table* inner = node.as_table();
                if (inner == nullptr) {
                    fail(position, fmt::format("'{0}' is a table: write [{0}]", key));
                }
                walk(*inner, key + ".");
            } else if (is_setting(key) || is_in_open_table(key)) {
                add(key, node, position);
            } else {
                refuse_unknown(key, position);
            }
        }
    }

    void add(const std::string& key, const toml::node& node,
             const toml::source_position& position) {
        std::optional<std::string> text = scalar_text(node);
        if (!text && node.is_array()) {
            text = joined(*node.as_array(), key, position);
        }
        if (!text) {
            fail(position, fmt::format("'{}' must be text, a number, or an array of texts", key));
        }
        m_values[key] = Value{*std::move(text),
                              {OriginKind::file, m_path.string(), static_cast<int>(position.line)}};
    }

    std::string joined(const toml::array& array, const std::string& key,
                       const toml::source_position& position) {
        std::string text;
        for (const toml::node& item : array) {
            const auto* item_text = item.as_string();
            if (item_text == nullptr) {
                fail(position, fmt::format("'{}' must be an array of texts", key));
            }
            text += text.empty() ? "" : ",";
            text += item_text->get();
        }
        return text;
    }

    [[noreturn]] void refuse_unknown(const std::string& key,
                                     const toml::source_position& position) {
        std::vector<std::string_view> known{m_tables.begin(), m_tables.end()};
        std::transform(k_settings.begin(), k_settings.end(), std::back_inserter(known),
                       [](const Setting& setting) { return setting.key; });
        const std::string_view nearest = base::nearest_word(key, known);
        throw base::ConfigError{fmt::format("{}: unknown key '{}'", place(m_path, position), key),
                                nearest.empty() ? std::string{"callctl.toml(5) lists all keys"}
                                                : fmt::format("did you mean '{}'?", nearest)};
    }

    [[noreturn]] void fail(const toml::source_position& position, const std::string& problem) {
        throw base::ConfigError{fmt::format("{}: {}", place(m_path, position), problem),
                                "callctl.toml(5) shows how each setting is written"};
    }

    const std::filesystem::path& m_path;
    const std::set<std::string, std::less<>> m_tables{known_tables()};
    Values m_values{};
};

// The file's bytes; nothing when it is not there and need not be.
std::optional<std::string> slurp(const std::filesystem::path& path, Missing missing) {
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    if (status.type() == std::filesystem::file_type::not_found && missing == Missing::is_empty) {
        return std::nullopt;
    }
    if (!std::filesystem::exists(status)) {
        throw base::ConfigError{fmt::format("cannot read {}: {}", path.string(), error.message()),
                                "check the path, and that this user may read it"};
    }
    if (!std::filesystem::is_regular_file(status)) {
        throw base::ConfigError{fmt::format("cannot read {}: it is not a file", path.string()),
                                "name a TOML file"};
    }
    std::ifstream in{path, std::ios::binary};
    std::string text(static_cast<std::size_t>(k_max_file_bytes), '\0');
    in.read(text.data(), k_max_file_bytes);
    if (!in.eof()) {
        throw base::ConfigError{fmt::format("cannot read {}: {}", path.string(),
                                            in ? "it is larger than 1 MiB" : "permission denied"),
                                "check the file, and that this user may read it"};
    }
    text.resize(static_cast<std::size_t>(in.gcount()));
    return text;
}

} // namespace

Values table_of(const Values& values, std::string_view table) {
    const std::string prefix = std::string{table} + ".";
    Values inner;
    for (auto at = values.lower_bound(prefix); at != values.end() && at->first.starts_with(prefix);
         ++at) {
        inner.emplace(at->first.substr(prefix.size()), at->second);
    }
    return inner;
}

bool is_in_open_table(std::string_view key) {
    return std::any_of(k_open_tables.begin(), k_open_tables.end(), [key](std::string_view table) {
        return key.starts_with(table) && key.substr(table.size()).starts_with('.');
    });
}

Values read_file(const std::filesystem::path& path, Missing missing) {
    const std::optional<std::string> text = slurp(path, missing);
    if (!text) {
        return {};
    }
    try {
        return Flattener{path}.run(toml::parse(*text, path.string()));
    } catch (const toml::parse_error& error) {
        throw base::ConfigError{
            fmt::format("{}: {}", place(path, error.source().begin), error.description()),
            "the file must be TOML: text in quotes, tables in [brackets]"};
    }
}

} // namespace callctl::config
