#include "config/gather.hpp"

#include "base/exception.hpp"
#include "config/value.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace callctl::config {
namespace {

// LoadCredential=callctl:/etc/callctl/credentials names each file of the folder so
// (systemd.exec(5)).
constexpr std::string_view k_folder_of_credentials{"callctl_"};

constexpr std::size_t k_max_secret_bytes = 64UL << 10U;

std::string flag_name(std::string_view key) {
    std::string name{"--"};
    name += key;
    std::replace_if(
        name.begin(), name.end(), [](char c) { return c == '_' || c == '.'; }, '-');
    return name;
}

// The file's text without the line ends that editors and `echo` leave behind.
std::string read_secret(const std::filesystem::path& path, const std::string& named_by) {
    std::ifstream in{path, std::ios::binary};
    std::string text(k_max_secret_bytes, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    text.resize(text.find_last_not_of("\r\n") + 1);
    if (text.empty() || !in.eof()) {
        throw base::ConfigError{
            fmt::format("{}: cannot read a secret from {}", named_by, path.string()),
            "the file must exist, be readable, and hold nothing but the secret"};
    }
    return text;
}

// A folder that cannot be looked into is not one without secrets.
void require_readable(const std::filesystem::path& path, bool is_there,
                      const std::error_code& error) {
    if (!is_there || error) {
        const std::string why = error ? error.message() : "it is no directory that is there";
        throw base::ConfigError{
            fmt::format("CREDENTIALS_DIRECTORY: {} cannot be read: {}", path.string(), why),
            "run this as the user of callctl, or unset CREDENTIALS_DIRECTORY"};
    }
}

std::optional<Value> from_secret_file(const Setting& setting, const Environment& environment) {
    const std::string name = std::string{setting.variable} + "_FILE";
    if (const auto path = variable(environment, name)) {
        return Value{read_secret(*path, name), {OriginKind::environment, name}};
    }
    const auto directory = variable(environment, "CREDENTIALS_DIRECTORY");
    if (!directory) {
        return std::nullopt;
    }
    std::error_code trouble;
    const bool is_directory = std::filesystem::is_directory(*directory, trouble);
    require_readable(*directory, is_directory, trouble);
    const std::string name_of_file = lower_case(setting.variable);
    for (const std::string& file : {name_of_file, std::string{setting.variable},
                                    std::string{k_folder_of_credentials} + name_of_file}) {
        const std::filesystem::path path = std::filesystem::path{*directory} / file;
        const bool is_there = std::filesystem::exists(path, trouble);
        require_readable(*directory, true, trouble);
        if (is_there) {
            return Value{read_secret(path, "CREDENTIALS_DIRECTORY"),
                         {OriginKind::credential, path.string()}};
        }
    }
    return std::nullopt;
}

std::optional<Value> from_environment(const Setting& setting, const Environment& environment) {
    auto text = variable(environment, setting.variable);
    if (setting.secrecy == Secrecy::open) {
        return text ? std::optional{Value{*std::move(text),
                                          {OriginKind::environment, std::string{setting.variable}}}}
                    : std::nullopt;
    }
    if (text && variable(environment, std::string{setting.variable} + "_FILE")) {
        throw base::ConfigError{fmt::format("{0} and {0}_FILE are both set", setting.variable),
                                "unset one of them"};
    }
    return text ? std::optional{Value{*std::move(text),
                                      {OriginKind::environment, std::string{setting.variable}}}}
                : from_secret_file(setting, environment);
}

Values read_files(const Sources& sources) {
    Values values;
    for (const File& file : sources.files) {
        Values read = read_file(file.path, file.required ? Missing::is_error : Missing::is_empty);
        for (auto& [key, value] : read) {
            // Empty is unset, as with variables; in an open table it is a value.
            if (!value.text.empty() || is_in_open_table(key)) {
                values.insert_or_assign(key, std::move(value));
            }
        }
    }
    return values;
}

std::optional<Value> default_of(const Setting& setting, const Sources& sources) {
    if (setting.key == "state_dir") {
        auto path = default_state_dir(sources);
        return path ? std::optional{Value{*std::move(path), {OriginKind::default_value}}}
                    : std::nullopt;
    }
    if (setting.default_text.empty()) {
        return std::nullopt;
    }
    return Value{std::string{setting.default_text}, {OriginKind::default_value}};
}

void apply_flags(const Sources& sources, Values& values) {
    for (const auto& [key, text] : sources.flags) {
        if (setting(key).secrecy == Secrecy::secret) {
            throw base::BugError{fmt::format("{} is a secret and must not be a flag", key)};
        }
        values.insert_or_assign(key, Value{text, {OriginKind::flag, flag_name(key)}});
    }
}

bool may_fall_back(const Setting& setting, const Values& values) {
    if (setting.falls_back_for.empty()) {
        return true;
    }
    const auto provider = values.find(setting.falls_back_for);
    return provider != values.end() && provider->second.text == "openai";
}

void apply_defaults(const Sources& sources, Values& values) {
    for (const Setting& setting : k_settings) {
        if (!values.contains(setting.key)) {
            if (auto value = default_of(setting, sources)) {
                values.insert_or_assign(std::string{setting.key}, *std::move(value));
            }
        }
    }
    for (const Setting& setting : k_settings) {
        const auto other = values.find(setting.falls_back_to);
        if (!values.contains(setting.key) && other != values.end() &&
            may_fall_back(setting, values)) {
            values.insert_or_assign(std::string{setting.key}, Value{other->second});
        }
    }
}

} // namespace

std::optional<std::string> variable(const Environment& environment, std::string_view name) {
    auto text = environment ? environment(std::string{name}) : std::nullopt;
    return text && !text->empty() ? text : std::nullopt;
}

std::optional<std::string> default_state_dir(const Sources& sources) {
    if (const auto given = variable(sources.environment, "STATE_DIRECTORY")) {
        return given->substr(0, given->find(':')); // systemd.exec(5): several, separated by colons
    }
    if (access(sources.system_state_dir.c_str(), W_OK) == 0) {
        return sources.system_state_dir.string();
    }
    if (const auto xdg = variable(sources.environment, "XDG_STATE_HOME")) {
        return *xdg + "/callctl";
    }
    if (const auto home = variable(sources.environment, "HOME")) {
        return *home + "/.local/state/callctl";
    }
    return std::nullopt;
}

Values gather(const Sources& sources) {
    Values values = read_files(sources);
    for (const Setting& setting : k_settings) {
        if (auto value = from_environment(setting, sources.environment)) {
            values.insert_or_assign(std::string{setting.key}, *std::move(value));
        }
    }
    apply_flags(sources, values);
    apply_defaults(sources, values);
    return values;
}

} // namespace callctl::config
