// Calls that were given up and whose rows the host has deleted since: nobody has to look at them
// any more. Those that are on the schedule are retired by whoever claims them.
#include "pg/call_store_rows.hpp"
#include "pg/call_store_sweep.hpp"
#include "pg/figures_sql.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace callctl::pg {
namespace {

// Walks through those that were given up, the newest first.
constexpr const char* k_given_up_walk = "given_up";

// Of one time all or none, for the walk goes on below that. A row that the host has inserted anew
// has another id. What others hold has its turn at the next walk.
const std::string& retire_sql() {
    static const std::string k_sql = fmt::format(R"(
WITH page AS MATERIALIZED (
  SELECT call_id, call_sid, call_log_id, call_created_at
  FROM callctl.work
  WHERE due_at IS NULL AND reason NOT IN ({})
    AND call_created_at < coalesce('epoch'::timestamptz + $1::bigint * interval '1 microsecond',
                                   'infinity')
  ORDER BY call_created_at DESC
  FETCH FIRST ($2::integer) ROWS WITH TIES),
orphans AS MATERIALIZED (
  SELECT w.call_id
  FROM page
  JOIN callctl.work w USING (call_id)
  WHERE w.due_at IS NULL AND (w.lease_until IS NULL OR w.lease_until <= now())
    AND NOT EXISTS (SELECT FROM call_log l WHERE l.id = page.call_log_id)
    AND NOT EXISTS (SELECT FROM call_log l WHERE l.call_sid = page.call_sid)
  ORDER BY w.call_sid
  FOR NO KEY UPDATE OF w SKIP LOCKED),
retired AS (
  UPDATE callctl.work w
  SET reason = 'NOT_ELIGIBLE', detail = '{}', updated_at = greatest(w.updated_at, now())
  FROM orphans
  WHERE w.call_id = orphans.call_id)
SELECT CASE WHEN count(*) >= $2::integer
            THEN round(extract(epoch FROM min(call_created_at)) * 1000000)::bigint END
FROM page)",
                                                 reasons_to_rest(), k_row_deleted);
    return k_sql;
}

} // namespace

void PgCallStore::retire_orphans(SweepPass& pass) {
    const std::int64_t below = position_of(pass, k_given_up_walk);
    const int limit = std::clamp(pass.request.limit, 1, std::max(pass.request.page, 1));
    const Rows page = within(pass, [&](Transaction& transaction) {
        return transaction.exec(retire_sql(), {below != 0 ? param(below) : Param{}, param(limit)});
    });
    set_position(pass, k_given_up_walk, page.one().at(0).optional_integer().value_or(0));
}

} // namespace callctl::pg
