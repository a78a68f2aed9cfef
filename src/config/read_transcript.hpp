// The settings of the transcription server.
#pragma once

#include "config/config.hpp"
#include "config/reader.hpp"

namespace callctl::config {

/// Throws base::ConfigError as load() does.
[[nodiscard]] Transcript read_transcript(const Reader& read);

} // namespace callctl::config
