// Leases that are renewed and given back.
#include "base/text.hpp"
#include "pg/call_store.hpp"
#include "pg/call_store_rows.hpp"
#include "pg/fence.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace callctl::pg {
namespace {

constexpr const char* k_lock_calls = R"(
SELECT FROM callctl.work WHERE call_id = ANY ($1::bigint[]) ORDER BY call_sid FOR NO KEY UPDATE)";

const std::string k_release = fmt::format(R"(
WITH held AS MATERIALIZED ({}),
given_back AS (
  UPDATE callctl.work w
  SET lease_owner = NULL, lease_until = NULL, updated_at = now()
  FROM held
  WHERE w.call_id = held.call_id)
UPDATE callctl.attempt a
SET finished_at = now(), reason = 'CRASHED', detail = 'given back before it ended', burnt = false
FROM held
WHERE a.call_id = held.call_id AND a.finished_at IS NULL)",
                                          k_lock_held);

const std::string k_set_aside = fmt::format(R"(
WITH held AS MATERIALIZED ({}),
given_back AS (
  UPDATE callctl.work w
  SET lease_owner = NULL, lease_until = NULL, crashes = w.crashes + $5::integer, detail = $3,
      due_at = CASE WHEN w.due_at IS NOT NULL
                    THEN now() + $4::bigint * interval '1 millisecond' END,
      updated_at = now()
  FROM held
  WHERE w.call_id = held.call_id)
UPDATE callctl.attempt a
SET finished_at = now(), reason = 'CRASHED', detail = $3, burnt = false
FROM held
WHERE a.call_id = held.call_id AND a.finished_at IS NULL)",
                                            k_lock_held);

// Locked in the order of the SIDs, as everywhere: renewals must not deadlock with webhooks.
constexpr const char* k_renew = R"(
WITH held AS MATERIALIZED (
  SELECT w.call_id
  FROM callctl.work w
  JOIN unnest($1::bigint[], $2::bigint[]) AS d(call_id, token)
    ON w.call_id = d.call_id AND w.lease_token = d.token
  WHERE w.lease_owner IS NOT NULL
    AND NOT EXISTS (
      SELECT FROM callctl.attempt a
      WHERE a.call_id = w.call_id AND a.finished_at IS NULL
        AND greatest(a.started_at, (SELECT max(p.created_at) FROM callctl.piece p
                                    WHERE p.call_id = w.call_id AND p.stage = a.stage))
            < now() - interval '1 millisecond' * CASE a.stage WHEN 'recording' THEN $4::bigint
                                                              WHEN 'transcript' THEN $5::bigint
                                                              ELSE $6::bigint END)
  ORDER BY w.call_sid
  FOR NO KEY UPDATE OF w)
UPDATE callctl.work w
SET lease_until = now() + $3::bigint * interval '1 millisecond'
FROM held
WHERE w.call_id = held.call_id
RETURNING w.call_id)";

} // namespace

void PgCallStore::give_strays_back() {
    const auto strays = m_stray_leases.take();
    if (strays.empty()) {
        return;
    }
    std::vector<std::int64_t> ids;
    std::ranges::transform(strays, std::back_inserter(ids), [](const port::Lease& lease) {
        return static_cast<std::int64_t>(lease.call);
    });
    try {
        transact(Patience::full, [&](Transaction& transaction) {
            // The claim may be under way yet: its token is to be seen only once it is over.
            transaction.exec(k_lock_calls, {id_array(ids)});
            transaction.exec_often(k_release, lease_params(strays));
        });
    } catch (...) {
        m_stray_leases.add(strays);
        throw;
    }
}

void PgCallStore::release(const port::Lease& lease) {
    static_cast<void>(m_releases.ask(lease));
}

std::vector<std::monostate> PgCallStore::release_all(std::span<const port::Lease> leases,
                                                     Patience patience) {
    transact(patience, [&](Transaction& transaction) {
        transaction.exec_often(k_release, lease_params(leases));
    });
    m_doubts.forget(leases);
    m_seen.forget(leases);
    return std::vector<std::monostate>(leases.size());
}

void PgCallStore::set_aside(const port::Lease& lease, const port::Aside& aside) {
    auto params = lease_params({&lease, 1});
    params.push_back(param(base::storable_text(base::shortened(aside.why, k_longest_error))));
    params.push_back(interval_param(aside.pause));
    params.push_back(param(aside.crashed ? 1 : 0));
    statement(k_set_aside, params);
    m_seen.forget({&lease, 1});
}

std::vector<port::Lease> PgCallStore::renew(std::span<const port::Lease> leases,
                                            std::chrono::milliseconds lease,
                                            const call::StageDeadlines& deadlines) {
    std::vector<std::int64_t> kept;
    auto params = lease_params(leases);
    params.push_back(interval_param(lease));
    std::ranges::transform(deadlines, std::back_inserter(params), interval_param);
    const Rows rows = statement(k_renew, params);
    for (const Row row : rows) {
        kept.push_back(row.at(0).integer());
    }
    std::vector<port::Lease> lost;
    std::ranges::copy_if(leases, std::back_inserter(lost), [&](const port::Lease& held) {
        return std::ranges::find(kept, static_cast<std::int64_t>(held.call)) == kept.end();
    });
    m_seen.forget(leases); // their rows are of another version now
    return lost;
}

} // namespace callctl::pg
