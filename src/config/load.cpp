#include "config/load.hpp"

#include "config/gather.hpp"
#include "config/read.hpp"
#include "config/value.hpp"

#include <fmt/format.h>

#include <cstdlib>

namespace callctl::config {
namespace {

Entry entry_of(const Setting& setting, const Values& values) {
    const auto found = values.find(setting.key);
    const bool secret = setting.secrecy == Secrecy::secret;
    Entry entry{std::string{setting.key},
                std::string{setting.variable},
                "",
                {},
                std::string{setting.description}};
    if (found != values.end()) {
        entry.shown = secret ? "***" : found->second.text;
        entry.origin = found->second.origin;
    }
    return entry;
}

std::string_view description_of(std::string_view open_table) {
    if (open_table == k_extra_fields) {
        return "form field of requests to the transcription server";
    }
    if (open_table == k_prices) {
        return "price of a model, for the cost of attempts";
    }
    return open_table == k_summary_headers ? "header of requests to the summary server"
                                           : "value of this column in rows that callctl inserts";
}

std::vector<Entry> entries_of(const Values& values) {
    std::vector<Entry> entries;
    entries.reserve(k_settings.size());
    for (const Setting& setting : k_settings) {
        entries.push_back(entry_of(setting, values));
    }
    for (const std::string_view table : k_open_tables) {
        for (const auto& [key, value] : table_of(values, table)) {
            entries.push_back({fmt::format("{}.{}", table, key), "", value.text, value.origin,
                               std::string{description_of(table)}});
        }
    }
    return entries;
}

// A file with a secret in it that everybody may read.
std::vector<std::string> warnings_of(const Values& values) {
    std::vector<std::string> warnings;
    for (const Setting& setting : k_settings) {
        const auto found = values.find(setting.key);
        if (setting.secrecy == Secrecy::open || found == values.end() ||
            found->second.origin.kind != OriginKind::file) {
            continue;
        }
        std::error_code error;
        const auto status = std::filesystem::status(found->second.origin.name, error);
        const auto others = status.permissions() & std::filesystem::perms::others_read;
        if (others != std::filesystem::perms::none) {
            warnings.push_back(fmt::format("{} holds {} and can be read by everybody",
                                           found->second.origin.name, setting.key));
        }
    }
    return warnings;
}

} // namespace

Environment process_environment() {
    return [](const std::string& name) -> std::optional<std::string> {
        // NOLINTNEXTLINE(concurrency-mt-unsafe) nothing in this process changes its environment
        const char* text = std::getenv(name.c_str());
        return text == nullptr ? std::nullopt : std::optional<std::string>{text};
    };
}

std::vector<File> default_files(const Environment& environment) {
    if (const auto named = variable(environment, k_file_variable)) {
        return {{*named, true}};
    }
    std::vector<File> files{{"/etc/callctl/callctl.toml"}};
    if (const auto xdg = variable(environment, "XDG_CONFIG_HOME")) {
        files.push_back({*xdg + "/callctl/callctl.toml"});
    } else if (const auto home = variable(environment, "HOME")) {
        files.push_back({*home + "/.config/callctl/callctl.toml"});
    }
    return files;
}

Loaded load(const Sources& sources) {
    const Values values = gather(sources);
    for (const Setting& setting : k_settings) {
        if (const auto found = values.find(setting.key); found != values.end()) {
            check_text({setting, found->second});
        }
    }
    return {read_config(values), entries_of(values), warnings_of(values)};
}

} // namespace callctl::config
