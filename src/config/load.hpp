// Flags over environment over files over defaults, into one validated Config.
#pragma once

#include "config/config.hpp"
#include "config/origin.hpp"
#include "config/settings.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace callctl::config {

/// Looks a variable up; nothing when it is not set. An empty variable counts as unset.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

struct File {
    std::filesystem::path path;
    bool required{false}; ///< named by the user: that it does not exist is an error
};

struct Sources {
    std::map<std::string, std::string> flags{}; ///< by key; never of a secret
    Environment environment{};
    std::vector<File> files{}; ///< a later one wins over an earlier one, key by key
    /// Taken as state directory when it is there and can be written to.
    std::filesystem::path system_state_dir{"/var/lib/callctl"};
};

/// One line of `callctl config`.
struct Entry {
    std::string key{};
    std::string variable{}; ///< empty for what stands in an open table
    std::string shown{};    ///< the effective text; `***` for a secret that is set
    Origin origin{};
    std::string description{};
};

struct Loaded {
    Config config{};
    std::vector<Entry> entries{};        ///< in the order of k_settings, then the open tables
    std::vector<std::string> warnings{}; ///< for the operator; one sentence each
};

/// The process's environment.
[[nodiscard]] Environment process_environment();

/// The file named by CALLCTL_CONFIG; else /etc/callctl/callctl.toml, then
/// $XDG_CONFIG_HOME/callctl/callctl.toml (or below $HOME/.config).
[[nodiscard]] std::vector<File> default_files(const Environment& environment);

/// Throws base::ConfigError with the place (variable, flag, or file:line) when a value cannot be
/// read, a key is unknown, or two values contradict each other. Missing values are no error here:
/// see require.hpp. Reads the files, changes nothing.
[[nodiscard]] Loaded load(const Sources& sources);

} // namespace callctl::config
