// The log: standard error, one line an event, as text or as JSON lines.
#pragma once

#include "config/config.hpp"

#include <memory>

namespace spdlog {
class logger;
}

namespace callctl::cmd {

/// Under journald (`to_journal`) a line begins with its priority instead of the time
/// (sd-daemon(3)). Synchronous, so that a crash loses nothing.
[[nodiscard]] std::shared_ptr<spdlog::logger> make_logger(const config::Log& log, bool to_journal);

} // namespace callctl::cmd
