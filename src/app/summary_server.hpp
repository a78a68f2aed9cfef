// The server of summaries as it has turned out to be.
#pragma once

#include "summary/server.hpp"

#include <memory>
#include <mutex>

namespace spdlog {
class logger;
}

namespace callctl::app {

/// Remembers what the server refused for as long as the process runs, so that the next call is
/// asked about without it. Callable from any thread.
class SummaryServer {
  public:
    SummaryServer(summary::Server configured, std::shared_ptr<spdlog::logger> logger);

    [[nodiscard]] const summary::Server& configured() const { return m_configured; }
    [[nodiscard]] summary::Server known() const;
    /// `taught` is a degraded form that the server has taken. Logged when it is news.
    void learn(const summary::Server& taught);
    /// For requests of jobs that begin later.
    void renew_key(base::Secret key);

  private:
    const summary::Server m_configured;
    mutable std::mutex m_mutex{};
    summary::Server m_known;
    std::shared_ptr<spdlog::logger> m_logger;
};

} // namespace callctl::app
