// SIGHUP: secrets are read again while the server goes on serving.
#pragma once

#include "config/load.hpp"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace spdlog {
class logger;
}

namespace callctl::cmd {

struct SecretChange {
    config::Config config{};            ///< the running one with the secrets that may change
    std::vector<std::string> changed{}; ///< keys of those
    std::vector<std::string> ignored{}; ///< keys of what differs and needs a restart
};

/// What of `fresh` a running process takes over: tokens and keys, each only while the settings that
/// say where it is sent are the same, since a key of one server must not reach another.
[[nodiscard]] SecretChange with_secrets_of(const config::Loaded& running,
                                           const config::Loaded& fresh);

/// Reads on a thread of its own, since files may be slow, once for each burst of signals. What
/// cannot be read changes nothing and is logged. systemd is told of the beginning and of the end.
class SecretReload {
  public:
    struct Steps {
        /// As Runner::on_hangup.
        std::function<void(std::function<void()>)> subscribe{};
        /// Throws what is wrong with the configuration.
        std::function<config::Loaded()> read{};
        std::function<void(const config::Config&)> apply{};
    };

    SecretReload(config::Loaded running, Steps steps, std::shared_ptr<spdlog::logger> logger);
    SecretReload(const SecretReload&) = delete;
    SecretReload& operator=(const SecretReload&) = delete;
    ~SecretReload();

  private:
    void run();
    void reload();
    void take_over(const config::Loaded& fresh);

    config::Loaded m_running;
    Steps m_steps;
    std::shared_ptr<spdlog::logger> m_logger;
    std::mutex m_mutex{};
    std::condition_variable m_condition{};
    bool m_asked{false};
    bool m_stopping{false};
    std::thread m_thread{};
};

} // namespace callctl::cmd
