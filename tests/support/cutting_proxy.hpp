// Between a program and its database: after so many statements the program is dead.
#pragma once

#include "support/temporary_folder.hpp"

#include <atomic>
#include <list>
#include <string>
#include <string_view>
#include <thread>

namespace callctl::support {

/// Passes what goes between clients on a Unix socket of its own and the server's. Once the wanted
/// number of statements has reached the server, no answer comes back any more and all connections
/// are closed, as by kill -9; later ones are refused.
class CuttingProxy {
  public:
    /// `server` is the path of the server's socket. Statements with `uncounted` in their text do
    /// not count.
    CuttingProxy(std::string server, int statements, std::string uncounted);
    CuttingProxy(const CuttingProxy&) = delete;
    CuttingProxy& operator=(const CuttingProxy&) = delete;
    ~CuttingProxy();

    /// For libpq: `host` and `port` of a conninfo.
    [[nodiscard]] std::string host() const { return m_folder.path(); }
    [[nodiscard]] bool has_cut() const { return m_left <= 0; }

  private:
    struct Link {
        int client{-1};
        int server{-1};
        std::string unread{}; ///< of the client: less than a message
        bool started{false};
    };

    void serve();
    void accept_one();
    /// False when the link has ended.
    bool pass(Link& link, int from, int to);
    void count(Link& link);
    void close_all();

    TemporaryFolder m_folder;
    std::string m_server;
    std::string m_uncounted;
    std::atomic<int> m_left;
    std::atomic<bool> m_over{false};
    int m_listener{-1};
    std::list<Link> m_links;
    std::thread m_thread;
};

} // namespace callctl::support
