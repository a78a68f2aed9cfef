#include "doors.hpp"

#include "app/upstream.hpp"
#include "base/exception.hpp"
#include "sys/file_limit.hpp"
#include "sys/passed_sockets.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

namespace callctl::cmd {
namespace {

constexpr std::size_t k_admin_connections = 64;
// For the database, logs and the admin pages, and for each worker its requests and its recording.
constexpr std::size_t k_other_files = 128 + k_admin_connections;
constexpr std::size_t k_files_of_worker = 8;

std::size_t connections_that_fit(const config::Config& config, spdlog::logger& logger) {
    const auto wanted = static_cast<std::size_t>(config.server.max_connections);
    const auto others = k_other_files +
                        k_files_of_worker * static_cast<std::size_t>(config.workers) +
                        (config.upstream.url.empty() ? 0 : app::UpstreamSettings{}.max_in_hand);
    const std::size_t limit = sys::raise_file_limit(wanted + others);
    if (limit >= wanted + others) {
        return wanted;
    }
    if (limit <= others) {
        throw base::ConfigError{
            fmt::format("at most {} files may be open, and {} are needed beside connections", limit,
                        others),
            "raise LimitNOFILE= of the unit, or the hard limit of 'ulimit -n'"};
    }
    logger.warn("fewer_connections max_connections={} wanted={} files={} hint=\"raise LimitNOFILE= "
                "of the unit, or the hard limit of ulimit -n\"",
                limit - others, wanted, limit);
    return limit - others;
}

} // namespace

Doors make_doors(const config::Config& config, const std::shared_ptr<spdlog::logger>& logger) {
    const auto on_fault = [logger](std::string_view fault) {
        logger->error("server_fault what=\"{}\"", fault);
    };
    auto sockets = sys::by_use(sys::passed_sockets());
    return {.webhooks = {.listen = config.listen,
                         .sockets = std::move(sockets.webhooks),
                         .max_connections = connections_that_fit(config, *logger),
                         .max_connections_per_address =
                             static_cast<std::size_t>(config.server.max_connections_per_address),
                         .trusted_proxies = config.server.trusted_proxies,
                         .request_deadline = config.server.request_timeout,
                         .idle_timeout = config.server.idle_timeout,
                         .on_fault = on_fault},
            .admin = {.listen = config.admin_listen,
                      .sockets = std::move(sockets.admin),
                      .max_connections = k_admin_connections,
                      .on_fault = on_fault}};
}

std::string listened_at(const web::ServerOptions& door) {
    return door.sockets.empty() ? door.listen : "systemd";
}

} // namespace callctl::cmd
