#include "pg/claim_sql.hpp"

#include "pg/fence.hpp"
#include "pg/open_attempts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace callctl::pg {
namespace {

constexpr std::size_t k_enters_at{6}; // counted from 0
constexpr int k_first_place{8};       // those of the stages, behind the other parameters of a claim

// The words are literals, so that the planner knows them.
constexpr const char* k_due_calls = R"(
  FROM callctl.work w
  WHERE w.due_at <= now()
    AND (w.lease_until IS NULL OR w.lease_until <= now())
    AND ($1::text IS NULL OR w.stage = $1::text)
    AND ($2::bigint IS NULL OR w.call_created_at >= now() - $2::bigint * interval '1 millisecond')
    AND NOT ($3::boolean AND w.stage IN (
          SELECT CASE p.provider WHEN 'twilio' THEN 'recording'
                                 WHEN 'transcription' THEN 'transcript'
                                 ELSE 'summary' END
          FROM callctl.provider p
          WHERE p.closed_until > now())))";

// Free places of the providers that have only so many: three parameters from this one on, in the
// order of the stages; 0: no limit, k_left_out: none.
std::string room_sql(int first) {
    return fmt::format(R"(
room AS MATERIALIZED (
  SELECT l.stage,
         l.places - (SELECT count(*)
                     FROM callctl.provider_place p
                     JOIN callctl.work w USING (call_id)
                     WHERE p.provider = l.provider AND {}) AS places
  FROM (VALUES ('recording', 'twilio', ${}::integer),
               ('transcript', 'transcription', ${}::integer),
               ('summary', 'summary', ${}::integer)) AS l(stage, provider, places)
  WHERE l.places <> 0))",
                       k_holds_place, first, first + 1, first + 2);
}

bool limits_places(const port::ClaimRequest& request) {
    return std::ranges::any_of(request.places, [](int places) { return places != 0; });
}

// Where the index is entered: at $7, if it is not NULL. A condition of the index even in a plan
// that is made for any value.
constexpr const char* from_of(port::ClaimOrder order) {
    return order == port::ClaimOrder::newest
               ? "AND w.call_created_at <= coalesce($7::timestamptz, 'infinity')"
               : "AND w.due_at >= coalesce($7::timestamptz, '-infinity')";
}

// What a plan is made for that is kept: a limit that it does not know would be a tenth of all calls
// that are due (PostgreSQL, PREPARE), and be worth sorting them.
constexpr std::array k_windows{16, 256, k_most_claims};

int window_of(int limit) {
    const auto* const window = std::ranges::lower_bound(k_windows, limit);
    return window == k_windows.end() ? k_windows.back() : *window;
}

// The limit stands in a MATERIALIZED part of its own: as a subquery the planner may run it more
// than once and take more rows than the limit says. What an earlier holder left open is closed with
// it.
std::string claim_sql(const std::string& picked, const char* passed_over) {
    return fmt::format(R"(
WITH {},
closed AS (
  UPDATE callctl.attempt a
  SET finished_at = now(), reason = 'CRASHED', detail = 'the worker''s lease ran out', burnt = false
  FROM picked, {}
  WHERE a.attempt_id = open.attempt_id AND a.finished_at IS NULL),
w AS (
  UPDATE callctl.work u
  SET lease_owner = $5, lease_until = now() + $6::bigint * interval '1 millisecond',
      lease_token = u.lease_token + {}, crashes = u.crashes + picked.ran_out::integer,
      news = u.news + picked.ran_out::integer, updated_at = now()
  FROM picked
  WHERE u.call_id = picked.call_id
  RETURNING u.call_id, u.due_at, u.call_created_at)
SELECT call_id, due_at, call_created_at, {} FROM w ORDER BY due_at, call_id)",
                       picked, open_attempts_of("picked"), k_token_step, passed_over);
}

std::string first_due(const char* name, port::ClaimOrder order, int window,
                      const std::string& further_condition) {
    return fmt::format(R"(
{} AS MATERIALIZED (
  SELECT *
  FROM (SELECT w.call_id, w.stage, w.due_at, w.call_created_at, w.lease_owner IS NOT NULL AS ran_out
        {} {} {} {} LIMIT {} FOR NO KEY UPDATE SKIP LOCKED) AS first
  LIMIT $4::integer))",
                       name, k_due_calls, further_condition, from_of(order), claim_order_sql(order),
                       window);
}

const char* free_of(const port::ClaimRequest& request) {
    return request.take_over ? "" : "AND w.lease_owner IS NULL ";
}

std::string claim_due_sql(const port::ClaimRequest& request, int window) {
    return claim_sql(first_due("picked", request.order, window, free_of(request)), "false, false");
}

// Those for which there is no room stay as they are.
std::string claim_with_room_sql(const port::ClaimRequest& request, int window) {
    return claim_sql(
        fmt::format(
            R"({}, {},
picked AS MATERIALIZED (
  SELECT s.call_id, s.ran_out
  FROM (SELECT w.*, row_number() OVER (PARTITION BY w.stage {}) AS nth FROM seen w) AS s
  LEFT JOIN room USING (stage)
  WHERE room.places IS NULL OR s.nth <= room.places))",
            room_sql(k_first_place),
            first_due("seen", request.order, window,
                      std::string{free_of(request)} +
                          "AND w.stage <> ALL (ARRAY(SELECT stage FROM room WHERE places <= 0))"),
            claim_order_sql(request.order)),
        "(SELECT count(*) FROM picked) < (SELECT count(*) FROM seen), "
        "EXISTS (SELECT FROM room WHERE places <= 0)");
}

// A held call can be taken when its lease ends, one of a closed provider when that opens; when a
// place is left nobody knows.
const std::string k_next_due = fmt::format(R"(
WITH {}
SELECT min(greatest(w.due_at,
                    CASE WHEN w.lease_owner IS NOT NULL THEN w.lease_until END,
                    CASE WHEN p.closed_until > now() THEN p.closed_until END,
                    CASE WHEN room.places <= 0 THEN now() + interval '1 second' END))
FROM callctl.work w
LEFT JOIN room USING (stage)
LEFT JOIN callctl.provider p
  ON p.provider = CASE w.stage WHEN 'recording' THEN 'twilio'
                               WHEN 'transcript' THEN 'transcription'
                               ELSE 'summary' END
WHERE w.due_at IS NOT NULL
  AND ($1::text IS NULL OR w.stage = $1::text)
  AND ($2::bigint IS NULL OR w.call_created_at >= now() - $2::bigint * interval '1 millisecond'))",
                                           room_sql(3));

void add_places(Params& params, const port::ClaimRequest& request) {
    for (const int places : request.places) {
        params.push_back(param(places));
    }
}

} // namespace

const char* due_calls_sql() {
    return k_due_calls;
}

Params due_params(const port::ClaimRequest& request, int limit) {
    return {request.stage ? param(call::to_string(*request.stage)) : Param{},
            request.since ? interval_param(*request.since) : Param{},
            param(request.skip_closed_providers), param(limit)};
}

const char* claim_order_sql(port::ClaimOrder order) {
    return order == port::ClaimOrder::newest ? "ORDER BY w.call_created_at DESC, w.call_id"
                                             : "ORDER BY w.due_at, w.call_id";
}

ClaimStatement claim_statement(const port::ClaimRequest& request, int limit) {
    const int window = window_of(limit);
    ClaimStatement statement{.sql = limits_places(request) ? claim_with_room_sql(request, window)
                                                           : claim_due_sql(request, window),
                             .params = due_params(request, limit)};
    statement.params.push_back(param(request.worker));
    statement.params.push_back(interval_param(request.lease));
    statement.params.emplace_back();
    if (limits_places(request)) {
        add_places(statement.params, request);
    }
    return statement;
}

void ClaimStatement::enter_at(const std::optional<base::Time>& from) {
    params.at(k_enters_at) = param(from);
}

const std::string& next_due_sql() {
    return k_next_due;
}

Params next_due_params(const port::ClaimRequest& request) {
    Params params{request.stage ? param(call::to_string(*request.stage)) : Param{},
                  request.since ? interval_param(*request.since) : Param{}};
    add_places(params, request);
    return params;
}

} // namespace callctl::pg
