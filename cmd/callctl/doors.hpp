// Where serve-webhooks is reached, and within which bounds.
#pragma once

#include "config/config.hpp"
#include "web/server.hpp"

#include <memory>

namespace spdlog {
class logger;
}

namespace callctl::cmd {

struct Doors {
    web::ServerOptions webhooks;
    web::ServerOptions admin;
};

/// Takes the sockets that systemd hands over, and makes sure that there are files for all
/// connections: where the limit of the process has no room, for fewer, which is logged. Throws
/// base::ConfigError for sockets that are of no use.
[[nodiscard]] Doors make_doors(const config::Config& config,
                               const std::shared_ptr<spdlog::logger>& logger);

/// As the log has it: the address, or `systemd` where that listens.
[[nodiscard]] std::string listened_at(const web::ServerOptions& door);

} // namespace callctl::cmd
