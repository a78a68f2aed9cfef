// The settings of the server of summaries.
#pragma once

#include "config/config.hpp"
#include "config/reader.hpp"

namespace callctl::config {

/// Throws base::ConfigError as load() does.
[[nodiscard]] Summary read_summary(const Reader& read);

} // namespace callctl::config
