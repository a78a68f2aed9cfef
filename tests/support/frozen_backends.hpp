// PostgreSQL that hangs: its processes are stopped in the middle of their work.
#pragma once

#include "pg/query.hpp"

#include <sys/types.h>

#include <cerrno>
#include <csignal>
#include <vector>

namespace callctl::test {

/// Processes of PostgreSQL that neither answer nor go away, until they are thawed.
class FrozenBackends {
  public:
    FrozenBackends() = default;
    FrozenBackends(const FrozenBackends&) = delete;
    FrozenBackends& operator=(const FrozenBackends&) = delete;
    ~FrozenBackends() { thaw(); }

    void add(const pg::Rows& pids) {
        for (const pg::Row row : pids) {
            const auto pid = static_cast<pid_t>(row.at(0).integer());
            if (::kill(pid, SIGSTOP) == 0) {
                m_pids.push_back(pid);
            } else {
                m_refused = m_refused || errno == EPERM;
            }
        }
    }
    void thaw() {
        for (const pid_t pid : m_pids) {
            ::kill(pid, SIGCONT);
        }
        m_pids.clear();
    }
    /// They are another user's.
    [[nodiscard]] bool is_refused() const { return m_refused; }

  private:
    std::vector<pid_t> m_pids;
    bool m_refused{false};
};

} // namespace callctl::test
