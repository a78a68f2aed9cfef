// An index that is built CONCURRENTLY lets reads and writes of the table through, but not the DDL
// of the host's own migrator, behind which writes would queue in turn.
#pragma once

#include "pg/connection.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace callctl::pg {

/// While it lives, a CREATE or DROP INDEX CONCURRENTLY of this program is cancelled as soon as
/// somebody waits for call_log because of it: long before PostgreSQL looks for a deadlock, which it
/// might end at the host's cost. Who was cancelled gets a BusyError, and can begin again.
class WayGiver {
  public:
    explicit WayGiver(ConnectOptions connect);
    WayGiver(const WayGiver&) = delete;
    WayGiver& operator=(const WayGiver&) = delete;
    ~WayGiver();

  private:
    void watch();
    bool is_over_after_a_pause();

    ConnectOptions m_connect;
    std::mutex m_mutex;
    std::condition_variable m_changed;
    bool m_over{false};
    std::thread m_thread;
};

} // namespace callctl::pg
