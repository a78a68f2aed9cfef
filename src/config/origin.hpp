// Where a value came from.
#pragma once

#include <cstdint>
#include <string>

namespace callctl::config {

/// From the weakest to the strongest.
enum class OriginKind : std::uint8_t {
    unset,
    default_value,
    file,        ///< name: path of the TOML file
    credential,  ///< name: path below $CREDENTIALS_DIRECTORY
    environment, ///< name: the variable; for a secret also NAME_FILE
    flag,        ///< name: as written on the command line
};

struct Origin {
    OriginKind kind{OriginKind::unset};
    std::string name{};
    int line{0}; ///< of a TOML file; 0 elsewhere
};

/// For a person: `unset`, `default`, `/etc/callctl/callctl.toml:3`, `CALLCTL_LISTEN`, `--listen`.
[[nodiscard]] std::string to_string(const Origin& origin);

/// A text as a source had it. `list` keeps the items of a TOML array apart by commas.
struct Value {
    std::string text{};
    Origin origin{};
};

} // namespace callctl::config
