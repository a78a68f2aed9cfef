// The transcription server that is configured: a preset with what is written over it.
#pragma once

#include "config/config.hpp"
#include "config/load.hpp"
#include "transcript/server.hpp"

#include <vector>

namespace callctl::cmd {

/// Nothing of it is `auto` any more. What must be configured and is not is empty: see
/// config::Need::transcription.
[[nodiscard]] transcript::Server transcription_server(const config::Config& config);

/// Settings that nobody set and that the preset decides are shown as what it decides.
void show_transcript_preset(const config::Config& config, std::vector<config::Entry>& entries);

} // namespace callctl::cmd
