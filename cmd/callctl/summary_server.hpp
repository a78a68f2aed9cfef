// The server of summaries that is configured: a preset with what is written over it.
#pragma once

#include "config/config.hpp"
#include "config/load.hpp"
#include "summary/server.hpp"

#include <vector>

namespace callctl::cmd {

/// What must be configured and is not is empty: see config::Need::summary.
[[nodiscard]] summary::Server summary_server(const config::Config& config);

/// Settings that nobody set and that the preset decides are shown as what it decides.
void show_summary_preset(const config::Config& config, std::vector<config::Entry>& entries);

} // namespace callctl::cmd
