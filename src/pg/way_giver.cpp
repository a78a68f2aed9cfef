#include "pg/way_giver.hpp"

#include "pg/transaction.hpp"

#include <utility>

namespace callctl::pg {
namespace {

constexpr std::chrono::milliseconds k_interval{25};

/// Found by its name, because the session that the statement got from a pooler is not known.
constexpr const char* k_give_way = R"(
SELECT pg_cancel_backend(ours.pid)
FROM pg_stat_activity ours
WHERE ours.datname = current_database() AND ours.application_name = $1
  AND ours.state = 'active' AND ours.query LIKE '%INDEX CONCURRENTLY%'
  AND ours.pid <> pg_backend_pid()
  AND EXISTS (SELECT FROM pg_locks l
              WHERE NOT l.granted AND l.relation = to_regclass('call_log')
                AND ours.pid = ANY (pg_blocking_pids(l.pid))))";

} // namespace

WayGiver::WayGiver(ConnectOptions connect)
    : m_connect{std::move(connect)}, m_thread{[this] { watch(); }} {}

WayGiver::~WayGiver() {
    {
        const std::lock_guard lock{m_mutex};
        m_over = true;
    }
    m_changed.notify_all();
    m_thread.join();
}

// Without it the index is built all the same, only less considerately.
void WayGiver::watch() {
    try {
        Connection connection{m_connect};
        while (!is_over_after_a_pause()) {
            Transaction transaction{connection, Access::read_once};
            transaction.exec(k_give_way, {param(m_connect.application_name)});
        }
    } catch (const base::Exception& /*the run meets the same trouble, and tells of it*/) {
    }
}

bool WayGiver::is_over_after_a_pause() {
    std::unique_lock lock{m_mutex};
    return m_changed.wait_for(lock, k_interval, [this] { return m_over; });
}

} // namespace callctl::pg
