// The gathered texts as one Config.
#pragma once

#include "config/config.hpp"
#include "config/file.hpp"

namespace callctl::config {

/// Throws base::ConfigError for the first value that is not what its setting takes, and for two
/// that contradict each other. \pre `values` comes from gather()
[[nodiscard]] Config read_config(const Values& values);

} // namespace callctl::config
