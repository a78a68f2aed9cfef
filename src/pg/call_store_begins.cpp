// Attempts that begin by themselves, and not with the write before them.
#include "pg/array_rows.hpp"
#include "pg/call_store_transitions.hpp"
#include "pg/fence.hpp"
#include "pg/open_attempts.hpp"

#include <fmt/format.h>

#include <map>
#include <utility>

namespace callctl::pg {
namespace {

using port::Written;

// Asking Twilio is not recording: an attempt of the recording stage leaves the status as it is. The
// host's row is locked before it is looked at, so that it is as whoever held it has left it.
const std::string k_begin_attempts = fmt::format(R"(
WITH ours AS MATERIALIZED ({}),
wanted AS MATERIALIZED (
  SELECT ours.*, d.stage
  FROM ours
  JOIN unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[])
    AS d(call_id, token, stage, seen_news) USING (call_id, token)
  WHERE ours.news <= d.seen_news),
ended AS MATERIALIZED (
  SELECT wanted.call_id,
         CASE wanted.stage WHEN 'transcript' THEN l.transcript_status::text
                           ELSE l.summary_status::text END IN ('completed', 'skipped') AS is_done
  FROM wanted
  JOIN call_log l ON l.id = wanted.call_log_id
  WHERE wanted.stage <> 'recording'
  ORDER BY wanted.call_sid
  FOR NO KEY UPDATE OF l),
held AS MATERIALIZED (
  SELECT * FROM wanted WHERE call_id NOT IN (SELECT call_id FROM ended WHERE is_done)),
asked AS (
  UPDATE callctl.work w
  SET asked_by_rest_at = now()
  FROM held
  WHERE w.call_id = held.call_id AND held.stage = 'recording'),
closed AS (
  UPDATE callctl.attempt a
  SET finished_at = now(), reason = 'CRASHED', detail = 'another attempt began before it ended',
      burnt = false
  FROM held, {}
  WHERE a.attempt_id = open.attempt_id AND a.finished_at IS NULL),
opened AS (
  INSERT INTO callctl.attempt (call_id, stage, lease_token, worker, started_at)
  SELECT call_id, stage, lease_token, lease_owner, now()
  FROM held),
shown AS (
  UPDATE call_log l
  SET transcript_status = CASE held.stage WHEN 'transcript' THEN 'processing'
                                          ELSE l.transcript_status END,
      summary_status = CASE held.stage WHEN 'summary' THEN 'processing' ELSE l.summary_status END,
      updated_at = now() AT TIME ZONE 'UTC'
  FROM held
  WHERE l.id = held.call_log_id AND held.stage <> 'recording')
SELECT call_id, token, (call_id, token) IN (SELECT call_id, token FROM held)
FROM ours)",
                                                 k_lock_held, open_attempts_of("held"));

} // namespace

std::vector<Written> begin_attempts(Transaction& transaction,
                                    std::span<const AttemptStart> starts) {
    ArrayRows wanted;
    for (const AttemptStart& start : starts) {
        wanted.add({param(static_cast<std::int64_t>(start.lease.call)), param(start.lease.token),
                    param(call::to_string(start.stage)), param(start.seen_news)});
    }
    std::map<std::pair<std::int64_t, std::int64_t>, Written> results; // by call and token
    const Rows rows = transaction.exec_often(k_begin_attempts, wanted.params());
    for (const Row row : rows) {
        results.emplace(std::pair{row.at(0).integer(), row.at(1).integer()},
                        row.at(2).boolean() ? Written::done : Written::outdated);
    }
    std::vector<Written> written;
    for (const AttemptStart& start : starts) {
        const auto found =
            results.find({static_cast<std::int64_t>(start.lease.call), start.lease.token});
        written.push_back(found == results.end() ? Written::superseded : found->second);
    }
    return written;
}

} // namespace callctl::pg
