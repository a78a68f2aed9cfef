// The log: standard error, one line an event, as text or as JSON lines.
#pragma once

#include "config/config.hpp"

#include <memory>
#include <optional>
#include <string>

namespace spdlog {
class logger;
}

namespace callctl::cmd {

/// Whether the file is the journal's: `variable` is $JOURNAL_STREAM, `device:inode`, which child
/// processes inherit although their output may go elsewhere (systemd.exec(5)).
[[nodiscard]] bool is_journal(const std::optional<std::string>& variable, int file);

/// Under journald (`to_journal`) a line begins with its priority instead of the time
/// (sd-daemon(3)). Synchronous, so that a crash loses nothing.
[[nodiscard]] std::shared_ptr<spdlog::logger> make_logger(const config::Log& log, bool to_journal);

} // namespace callctl::cmd
