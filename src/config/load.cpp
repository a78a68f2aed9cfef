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

std::vector<Entry> entries_of(const Values& values) {
    std::vector<Entry> entries;
    entries.reserve(k_settings.size());
    for (const Setting& setting : k_settings) {
        entries.push_back(entry_of(setting, values));
    }
    const std::string prefix = std::string{k_call_log_defaults} + ".";
    for (auto at = values.lower_bound(prefix); at != values.end() && at->first.starts_with(prefix);
         ++at) {
        entries.push_back({at->first, "", at->second.text, at->second.origin,
                           "value of this column in rows that callctl inserts"});
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
