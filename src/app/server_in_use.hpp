// A server as it turned out to want to be asked.
#pragma once

#include "base/secret.hpp"

#include <mutex>
#include <utility>

namespace callctl::app {

/// Shared by all jobs of a process, so that what one had to learn the others need not.
template <class Server>
class ServerInUse {
  public:
    explicit ServerInUse(Server server) : m_server{std::move(server)} {}

    [[nodiscard]] Server get() const {
        const std::scoped_lock lock{m_mutex};
        return m_server;
    }
    /// All but the key: that may have been renewed since get().
    void set(Server server) {
        const std::scoped_lock lock{m_mutex};
        server.api_key = std::move(m_server.api_key);
        m_server = std::move(server);
    }
    /// For requests of jobs that begin later.
    void renew_key(const base::Secret& key) {
        const std::scoped_lock lock{m_mutex};
        m_server.api_key = key;
    }

  private:
    mutable std::mutex m_mutex;
    Server m_server;
};

} // namespace callctl::app
