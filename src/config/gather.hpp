// Collects the effective text of every setting with its origin.
#pragma once

#include "config/file.hpp"
#include "config/load.hpp"

#include <string_view>

namespace callctl::config {

/// Every setting that has a value, defaults and fall-backs included, and the column defaults. Texts
/// are checked for control characters and UTF-8, not for what they mean.
[[nodiscard]] Values gather(const Sources& sources);

/// The variable, or nothing when it is unset or empty.
[[nodiscard]] std::optional<std::string> variable(const Environment& environment,
                                                  std::string_view name);

/// See Config::state_dir; nothing when no place can be found.
[[nodiscard]] std::optional<std::string> default_state_dir(const Sources& sources);

} // namespace callctl::config
