// Calls that were given up and that nobody has to look at any more, since the host has deleted
// their rows, or ended all of their stages itself. Those that are on the schedule are seen to by
// whoever claims them.
#include "pg/call_store_rows.hpp"
#include "pg/call_store_sweep.hpp"
#include "pg/figures_sql.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace callctl::pg {
namespace {

// Walks through those that were given up, the newest first.
constexpr const char* k_given_up_walk = "given_up";

} // namespace

// Of one time all or none, for the walk goes on below that. A row that the host has inserted anew
// has another id. What others hold has its turn at the next walk.
const std::string& close_given_up_sql() {
    static const std::string k_sql = fmt::format(R"(
WITH page AS MATERIALIZED (
  SELECT call_id, call_sid, call_log_id, call_created_at
  FROM callctl.work
  WHERE due_at IS NULL AND reason NOT IN ({})
    AND call_created_at < coalesce('epoch'::timestamptz + $1::bigint * interval '1 microsecond',
                                   'infinity')
  ORDER BY call_created_at DESC
  FETCH FIRST ($2::integer) ROWS WITH TIES),
over AS MATERIALIZED (
  SELECT w.call_id, l.id IS NOT NULL AS is_done
  FROM page
  JOIN callctl.work w USING (call_id)
  LEFT JOIN call_log l ON l.id = page.call_log_id
  WHERE w.due_at IS NULL AND (w.lease_until IS NULL OR w.lease_until <= now())
    AND CASE WHEN l.id IS NULL
             THEN NOT EXISTS (SELECT FROM call_log o WHERE o.call_sid = page.call_sid)
             ELSE l.recording_status::text IN ('completed', 'skipped')
                  AND l.transcript_status::text IN ('completed', 'skipped')
                  AND l.summary_status::text IN ('completed', 'skipped') END
  ORDER BY w.call_sid
  FOR NO KEY UPDATE OF w SKIP LOCKED),
closed AS (
  UPDATE callctl.work w
  SET stage = CASE WHEN over.is_done THEN 'summary' ELSE w.stage END,
      reason = CASE WHEN NOT over.is_done THEN 'NOT_ELIGIBLE' END,
      detail = CASE WHEN over.is_done THEN '' ELSE '{}' END,
      updated_at = greatest(w.updated_at, now())
  FROM over
  WHERE w.call_id = over.call_id)
SELECT CASE WHEN count(*) >= $2::integer
            THEN round(extract(epoch FROM min(call_created_at)) * 1000000)::bigint END
FROM page)",
                                                 reasons_to_rest(), k_row_deleted);
    return k_sql;
}

void PgCallStore::close_given_up(SweepPass& pass) {
    const std::int64_t below = position_of(pass, k_given_up_walk);
    const int limit = std::clamp(pass.request.limit, 1, std::max(pass.request.page, 1));
    const Rows page = within(pass, [&](Transaction& transaction) {
        return transaction.exec(close_given_up_sql(),
                                {below != 0 ? param(below) : Param{}, param(limit)});
    });
    set_position(pass, k_given_up_walk, page.one().at(0).optional_integer().value_or(0));
}

} // namespace callctl::pg
