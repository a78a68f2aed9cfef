// Who works on which call: leases with a token that grows with every claim.
#include "base/text.hpp"
#include "pg/call_store.hpp"
#include "pg/call_store_adopt.hpp"
#include "pg/call_store_rows.hpp"
#include "pg/call_store_sweep.hpp"
#include "pg/fence.hpp"
#include "pg/open_attempts.hpp"
#include "port/claim_turns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

namespace callctl::pg {
namespace {

// A call that is due and that nobody holds. The words are literals, so that the planner knows them;
// $1 stage, $2 since in ms, $3 leave out closed providers, $4 limit; of a claim $5 and $6 are the
// worker and its lease, $7 is where the index is entered.
constexpr std::size_t k_enters_at{6}; // counted from 0
constexpr int k_first_place{8};
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

constexpr int k_left_out{-1};

bool limits_places(const port::ClaimRequest& request) {
    return std::ranges::any_of(request.places, [](int places) { return places != 0; });
}

// Each is the order of a partial index of the calls that are on the schedule.
constexpr const char* sql_of(port::ClaimOrder order) {
    return order == port::ClaimOrder::newest ? "ORDER BY w.call_created_at DESC, w.call_id"
                                             : "ORDER BY w.due_at, w.call_id";
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
constexpr std::array k_windows{16, 256, 4'096};

int window_of(int limit) {
    const auto* const window = std::ranges::lower_bound(k_windows, limit);
    return window == k_windows.end() ? k_windows.back() : *window;
}

// Not the next number: a standby that takes over may not have heard of the last claims, and makes
// them again, while those who made them go on.
constexpr const char* k_token_step = "1 + floor(1000000 * random())::bigint";

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
  WHERE a.attempt_id = open.attempt_id),
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
                      const char* further_condition) {
    return fmt::format(R"(
{} AS MATERIALIZED (
  SELECT *
  FROM (SELECT w.call_id, w.stage, w.due_at, w.call_created_at, w.lease_owner IS NOT NULL AS ran_out
        {} {} {} {} LIMIT {} FOR NO KEY UPDATE SKIP LOCKED) AS first
  LIMIT $4::integer))",
                       name, k_due_calls, further_condition, from_of(order), sql_of(order), window);
}

std::string claim_due_sql(port::ClaimOrder order, int window) {
    return claim_sql(first_due("picked", order, window, ""), "false, false");
}

// Those for which there is no room stay as they are.
std::string claim_with_room_sql(port::ClaimOrder order, int window) {
    return claim_sql(
        fmt::format(
            R"({}, {},
picked AS MATERIALIZED (
  SELECT s.call_id, s.ran_out
  FROM (SELECT w.*, row_number() OVER (PARTITION BY w.stage {}) AS nth FROM seen w) AS s
  LEFT JOIN room USING (stage)
  WHERE room.places IS NULL OR s.nth <= room.places))",
            room_sql(k_first_place),
            first_due("seen", order, window,
                      "AND w.stage <> ALL (ARRAY(SELECT stage FROM room WHERE places <= 0))"),
            sql_of(order)),
        "(SELECT count(*) FROM picked) < (SELECT count(*) FROM seen), "
        "EXISTS (SELECT FROM room WHERE places <= 0)");
}

const std::string k_take = fmt::format(R"(
WITH closed AS (
  UPDATE callctl.attempt
  SET finished_at = now(), reason = 'CRASHED', detail = 'the worker''s lease ran out', burnt = false
  WHERE call_id = $1::bigint AND finished_at IS NULL)
UPDATE callctl.work
SET lease_owner = $2, lease_until = now() + $3::bigint * interval '1 millisecond',
    lease_token = lease_token + {}, crashes = $4::integer, news = $5::bigint, updated_at = now()
WHERE call_id = $1::bigint
RETURNING lease_token, lease_until)",
                                       k_token_step);

// The host deleted these rows: there is nothing left to work for.
const std::string k_retire = fmt::format(R"(
UPDATE callctl.work
SET due_at = NULL, reason = 'DELETED', detail = '{}', lease_owner = NULL, lease_until = NULL,
    updated_at = now()
WHERE call_id = ANY ($1::bigint[]))",
                                         k_row_deleted);

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

Params due_params(const port::ClaimRequest& request, int limit) {
    return {request.stage ? param(call::to_string(*request.stage)) : Param{},
            request.since ? interval_param(*request.since) : Param{},
            param(request.skip_closed_providers), param(limit)};
}

port::Claim claim_of(const StoredCall& stored) {
    return {{stored.call.id, stored.lease_token, stored.lease_until.value()}, stored.call};
}

/// Reads calls that were claimed, in the order given, into `calls` too. By a statement of its own:
/// the one that claimed them may have waited for a row of callctl.work, and sees call_log as it was
/// before.
std::vector<port::Claim> claims_of(Transaction& transaction, const std::vector<std::int64_t>& ids,
                                   SeenCalls::Calls& calls) {
    for (StoredCall& stored : read_calls(transaction, ids)) {
        const auto id = stored.call.id;
        calls.emplace(id, std::move(stored));
    }
    std::vector<port::Claim> claims;
    std::vector<std::int64_t> orphans;
    for (const std::int64_t id : ids) {
        const StoredCall& stored = calls.at(base::CallId{id});
        if (stored.host.id == 0) {
            orphans.push_back(id);
            calls.erase(base::CallId{id});
        } else {
            claims.push_back(claim_of(stored));
        }
    }
    if (!orphans.empty()) {
        transaction.exec(k_retire, {id_array(orphans)});
    }
    return claims;
}

} // namespace

// What is claimed, orphans apart.
std::vector<port::Claim> PgCallStore::claim_once(const std::string& sql, const Params& params,
                                                 Found& found) {
    std::vector<port::Claim> claims;
    const auto losses = m_pool.losses();
    SeenCalls::Calls seen;
    const auto attempt = [&](Transaction& transaction) {
        std::vector<std::int64_t> ids;
        found = {}; // of a try that was rolled back
        seen.clear();
        const Rows rows = transaction.exec_often(sql, params);
        for (const Row row : rows) {
            ids.push_back(row.at(0).integer());
            found.turns.emplace_back(row.at(1).time(), row.at(2).time());
            found.crowded = row.at(3).boolean();
            found.left_out = row.at(4).boolean();
        }
        claims = claims_of(transaction, ids, seen);
    };
    commit_claims(attempt, claims, {.plans = Plans::kept});
    m_seen.put(std::move(seen), losses);
    return claims;
}

// A claim in doubt is given back, by whoever claims next or, where nothing but the connection was
// lost, at once.
void PgCallStore::commit_claims(const std::function<void(Transaction&)>& attempt,
                                const std::vector<port::Claim>& claims,
                                const TransactionOptions& options) {
    try {
        m_pool.transact(attempt, options);
    } catch (const InDoubtError&) {
        m_stray_leases.add(claims);
        give_strays_back();
        throw;
    }
}

std::vector<port::Claim> PgCallStore::claim_due(const port::ClaimRequest& request) {
    std::vector<port::Claim> claims;
    if (request.limit <= 0) {
        return claims;
    }
    require_schema();
    give_strays_back();
    try {
        claim_with_room(request, claims);
    } catch (...) {
        m_stray_leases.add(claims);
        throw;
    }
    return claims;
}

// Where the first that were seen had no room at their providers, there may be others behind them.
// Those that are claimed have no place yet.
void PgCallStore::claim_with_room(port::ClaimRequest request, std::vector<port::Claim>& claims) {
    Found found;
    do {
        for (port::Claim& claim : claim_some(request, found)) {
            int& places = request.places.at(static_cast<std::size_t>(claim.call.stage));
            if (places > 0) {
                places = places > 1 ? places - 1 : k_left_out;
            }
            claims.push_back(std::move(claim));
            --request.limit;
        }
    } while (found.crowded);
}

std::vector<port::Claim> PgCallStore::claim_some(const port::ClaimRequest& request, Found& found) {
    const int limit = std::min(request.limit, k_windows.back());
    const int window = window_of(limit);
    const std::string sql = limits_places(request) ? claim_with_room_sql(request.order, window)
                                                   : claim_due_sql(request.order, window);
    auto params = due_params(request, limit);
    params.push_back(param(request.worker));
    params.push_back(interval_param(request.lease));
    params.emplace_back();
    if (limits_places(request)) {
        add_places(params, request);
    }
    while (true) {
        const auto from = m_claim_marks.get(request);
        params.at(k_enters_at) = param(from);
        const auto began = std::chrono::steady_clock::now();
        auto claims = claim_once(sql, params, found);
        for (const auto& [due, created] : found.turns) {
            m_claim_marks.take(request, due, created);
        }
        if (!from) {
            m_claim_marks.walked(request, std::chrono::steady_clock::now() - began);
        }
        const bool are_all = found.turns.size() < static_cast<std::size_t>(limit);
        if (are_all || found.left_out) { // which may lie before the mark
            m_claim_marks.forget(request);
        }
        // All of them retired, or none behind the mark: there may be others.
        const bool again = claims.empty() && (!found.turns.empty() || from);
        if (!again) {
            return claims;
        }
    }
}

base::Result<port::Claim> PgCallStore::claim_call(const base::CallSid& sid,
                                                  const port::ClaimRequest& request) {
    require_schema();
    give_strays_back();
    const base::Result<port::Claim> unknown =
        base::fail(base::ErrorKind::not_found, fmt::format("no call {}", sid.str()));
    base::Result<port::Claim> result = unknown;
    std::vector<port::Claim> claims;
    const auto attempt = [&](Transaction& transaction) {
        claims.clear(); // of a try that was rolled back
        result = unknown;
        auto stored = take_by_name(transaction, sid);
        if (!stored) {
            return;
        }
        if (stored->held && stored->lease_owner != request.worker) {
            result =
                base::fail(base::ErrorKind::conflict,
                           fmt::format("call {} is held by {}", sid.str(), stored->lease_owner));
            return;
        }
        if (!stored->lease_owner.empty() && !stored->held) {
            ++stored->call.crashes;
            ++stored->call.news;
        }
        const Rows taken =
            transaction.exec(k_take, {param(static_cast<std::int64_t>(stored->call.id)),
                                      param(request.worker), interval_param(request.lease),
                                      param(stored->call.crashes), param(stored->call.news)});
        stored->lease_token = taken.one().at(0).integer();
        stored->lease_until = taken.one().at(1).time();
        claims.push_back(claim_of(*stored));
    };
    commit_claims(attempt, claims);
    if (!claims.empty()) {
        result = std::move(claims.front());
    }
    return result;
}

std::vector<call::Call> PgCallStore::due_among(Transaction& transaction,
                                               const port::ClaimRequest& request,
                                               port::ClaimOrder order, Among among,
                                               const std::vector<std::string>& sids) {
    auto params = due_params(request, std::max(request.limit, 0));
    params.push_back(text_array(sids));
    const auto* const sorted = sql_of(order);
    const auto* const which = among == Among::these ? "= ANY" : "<> ALL";
    const Rows rows = transaction.exec(
        fmt::format("WITH picked AS (SELECT w.*, w.xmin {} AND w.call_sid {} ($5::text[]) "
                    "AND EXISTS (SELECT FROM call_log h WHERE h.id = w.call_log_id) {} "
                    "LIMIT $4::integer) SELECT {} FROM picked w {} {}",
                    k_due_calls, which, sorted, call_columns(), k_host_join, sorted),
        params);
    std::vector<call::Call> calls;
    for (const Row row : rows) {
        calls.push_back(read_call(row).call);
    }
    return calls;
}

// What a pass takes up is due when it does so: behind all that was due before, part by part.
std::vector<call::Call> PgCallStore::due_calls(Transaction& transaction,
                                               const port::ClaimRequest& request,
                                               const Rehearsed& rehearsed) {
    const auto limit = static_cast<std::size_t>(std::max(request.limit, 0));
    const auto in_order = [&](port::ClaimOrder order) {
        auto calls = due_among(transaction, request, order, Among::others, rehearsed.sids);
        calls.insert(calls.end(), rehearsed.due.begin(), rehearsed.due.end());
        std::ranges::stable_sort(calls, [order](const call::Call& a, const call::Call& b) {
            return order == port::ClaimOrder::newest
                       ? std::tie(b.created_at, a.id) < std::tie(a.created_at, b.id)
                       : a.due_at < b.due_at;
        });
        if (calls.size() > limit) {
            calls.erase(calls.begin() + static_cast<std::ptrdiff_t>(limit), calls.end());
        }
        return calls;
    };
    auto most_overdue = in_order(port::ClaimOrder::most_overdue);
    const bool are_all = most_overdue.size() < limit;
    return port::taken_in_turns(std::move(most_overdue), are_all
                                                             ? std::vector<call::Call>{}
                                                             : in_order(port::ClaimOrder::newest));
}

std::optional<base::Time> PgCallStore::next_due(const port::ClaimRequest& request) {
    Params params{request.stage ? param(call::to_string(*request.stage)) : Param{},
                  request.since ? interval_param(*request.since) : Param{}};
    add_places(params, request);
    return statement(k_next_due, params, Access::read_once).one().at(0).optional_time();
}

} // namespace callctl::pg
