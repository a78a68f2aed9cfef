// Who works on which call: leases with a token that grows with every claim.
#include "base/text.hpp"
#include "pg/call_store.hpp"
#include "pg/call_store_adopt.hpp"
#include "pg/call_store_rows.hpp"
#include "pg/fence.hpp"
#include "pg/open_attempts.hpp"
#include "port/claim_turns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace callctl::pg {
namespace {

// A call that is due and that nobody holds. The words are literals, so that the planner knows them;
// $1 stage, $2 since in ms, $3 leave out closed providers, $4 limit.
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

// Each is the order of a partial index of the calls that are on the schedule.
constexpr const char* sql_of(port::ClaimOrder order) {
    return order == port::ClaimOrder::newest
               ? "ORDER BY w.call_created_at DESC, w.call_id LIMIT $4::integer"
               : "ORDER BY w.due_at, w.call_id LIMIT $4::integer";
}

// Where the index is entered: $7, if it is not NULL.
constexpr const char* from_of(port::ClaimOrder order) {
    return order == port::ClaimOrder::newest
               ? "AND ($7::timestamptz IS NULL OR w.call_created_at <= $7::timestamptz)"
               : "AND ($7::timestamptz IS NULL OR w.due_at >= $7::timestamptz)";
}

// Not the next number: a standby that takes over may not have heard of the last claims, and makes
// them again, while those who made them go on.
constexpr const char* k_token_step = "1 + floor(1000000 * random())::bigint";

// The limit stands in a MATERIALIZED part of its own: as a subquery the planner may run it more
// than once and take more rows than the limit says. What an earlier holder left open is closed with
// it.
std::string claim_due_sql(port::ClaimOrder order) {
    return fmt::format(R"(
WITH picked AS MATERIALIZED (
  SELECT w.call_id, w.lease_owner IS NOT NULL AS ran_out {} {} {}
  FOR NO KEY UPDATE SKIP LOCKED),
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
SELECT call_id, due_at, call_created_at FROM w ORDER BY due_at, call_id)",
                       k_due_calls, from_of(order), sql_of(order), open_attempts_of("picked"),
                       k_token_step);
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
  SET lease_owner = NULL, lease_until = NULL, crashes = w.crashes + 1, detail = $3,
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

// A held call can be taken when its lease ends, one of a closed provider when that opens.
constexpr const char* k_next_due = R"(
SELECT min(greatest(w.due_at,
                    CASE WHEN w.lease_owner IS NOT NULL THEN w.lease_until END,
                    CASE WHEN p.closed_until > now() THEN p.closed_until END))
FROM callctl.work w
LEFT JOIN callctl.provider p
  ON p.provider = CASE w.stage WHEN 'recording' THEN 'twilio'
                               WHEN 'transcript' THEN 'transcription'
                               ELSE 'summary' END
WHERE w.due_at IS NOT NULL
  AND ($1::text IS NULL OR w.stage = $1::text)
  AND ($2::bigint IS NULL OR w.call_created_at >= now() - $2::bigint * interval '1 millisecond'))";

Params due_params(const port::ClaimRequest& request) {
    return {request.stage ? param(call::to_string(*request.stage)) : Param{},
            request.since ? interval_param(*request.since) : Param{},
            param(request.skip_closed_providers), param(std::max(request.limit, 0))};
}

port::Claim claim_of(StoredCall stored) {
    const port::Lease lease{stored.call.id, stored.lease_token, stored.lease_until.value()};
    return {lease, std::move(stored.call)};
}

/// Reads calls that were claimed, in the order given. By a statement of its own: the one that
/// claimed them may have waited for a row of callctl.work, and sees call_log as it was before.
std::vector<port::Claim> claims_of(Transaction& transaction, const std::vector<std::int64_t>& ids) {
    std::map<std::int64_t, StoredCall> calls;
    for (StoredCall& stored : read_calls(transaction, ids)) {
        const auto id = static_cast<std::int64_t>(stored.call.id);
        calls.emplace(id, std::move(stored));
    }
    std::vector<port::Claim> claims;
    std::vector<std::int64_t> orphans;
    for (const std::int64_t id : ids) {
        StoredCall& stored = calls.at(id);
        if (stored.host.id == 0) {
            orphans.push_back(id);
        } else {
            claims.push_back(claim_of(std::move(stored)));
        }
    }
    if (!orphans.empty()) {
        transaction.exec(k_retire, {id_array(orphans)});
    }
    return claims;
}

} // namespace

// What is claimed, orphans apart, and the turns of all that was found.
std::vector<port::Claim> PgCallStore::claim_once(const std::string& sql, const Params& params,
                                                 Turns& found) {
    std::vector<port::Claim> claims;
    const auto attempt = [&](Transaction& transaction) {
        std::vector<std::int64_t> ids;
        found.clear(); // of a try that was rolled back
        const Rows rows = transaction.exec(sql, params);
        for (const Row row : rows) {
            ids.push_back(row.at(0).integer());
            found.emplace_back(row.at(1).time(), row.at(2).time());
        }
        claims = claims_of(transaction, ids);
    };
    commit_claims(attempt, claims);
    return claims;
}

// A claim in doubt is given back, by whoever claims next or, where nothing but the connection was
// lost, at once.
void PgCallStore::commit_claims(const std::function<void(Transaction&)>& attempt,
                                const std::vector<port::Claim>& claims) {
    try {
        m_pool.transact(attempt);
    } catch (const InDoubtError&) {
        m_stray_leases.add(claims);
        give_strays_back();
        throw;
    }
}

std::vector<port::Claim> PgCallStore::claim_due(const port::ClaimRequest& request) {
    static const std::string k_overdue = claim_due_sql(port::ClaimOrder::most_overdue);
    static const std::string k_newest = claim_due_sql(port::ClaimOrder::newest);
    const std::string& sql = request.order == port::ClaimOrder::newest ? k_newest : k_overdue;
    if (request.limit <= 0) {
        return {};
    }
    require_schema();
    give_strays_back();
    auto params = due_params(request);
    params.push_back(param(request.worker));
    params.push_back(interval_param(request.lease));
    params.emplace_back();
    while (true) {
        const auto from = m_claim_marks.get(request);
        params.back() = param(from);
        Turns found;
        const auto began = std::chrono::steady_clock::now();
        auto claims = claim_once(sql, params, found);
        for (const auto& [due, created] : found) {
            m_claim_marks.take(request, due, created);
        }
        if (!from) {
            m_claim_marks.walked(request, std::chrono::steady_clock::now() - began);
        }
        const bool are_all = found.size() < static_cast<std::size_t>(request.limit);
        if (are_all) {
            m_claim_marks.forget(request);
        }
        // All of them retired, or none behind the mark: there may be others.
        const bool again = claims.empty() && (!found.empty() || from);
        if (!again) {
            return claims;
        }
    }
}

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

base::Result<port::Claim> PgCallStore::claim_call(const base::CallSid& sid,
                                                  const port::ClaimRequest& request) {
    require_schema();
    give_strays_back();
    base::Result<port::Claim> result =
        base::fail(base::ErrorKind::not_found, fmt::format("no call {}", sid.str()));
    std::vector<port::Claim> claims;
    const auto attempt = [&](Transaction& transaction) {
        claims.clear(); // of a try that was rolled back
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
        claims.push_back(claim_of(std::move(*stored)));
    };
    commit_claims(attempt, claims);
    if (!claims.empty()) {
        result = std::move(claims.front());
    }
    return result;
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
    return std::vector<std::monostate>(leases.size());
}

void PgCallStore::set_aside(const port::Lease& lease, const std::string& why,
                            std::chrono::milliseconds pause) {
    auto params = lease_params({&lease, 1});
    params.push_back(param(base::storable_text(base::shortened(why, k_longest_error))));
    params.push_back(interval_param(pause));
    statement(k_set_aside, params);
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
    return lost;
}

std::vector<call::Call> PgCallStore::due_calls(Transaction& transaction,
                                               const port::ClaimRequest& request) {
    const auto in_order = [&](port::ClaimOrder order) {
        std::vector<call::Call> calls;
        const Rows rows = transaction.exec(
            fmt::format("WITH picked AS (SELECT w.* {} AND EXISTS (SELECT FROM call_log h WHERE "
                        "h.id = w.call_log_id) {}) SELECT {} FROM picked w {} {}",
                        k_due_calls, sql_of(order), call_columns(), k_host_join, sql_of(order)),
            due_params(request));
        for (const Row row : rows) {
            calls.push_back(read_call(row).call);
        }
        return calls;
    };
    auto most_overdue = in_order(port::ClaimOrder::most_overdue);
    const bool are_all = most_overdue.size() < static_cast<std::size_t>(std::max(request.limit, 0));
    return port::taken_in_turns(std::move(most_overdue), are_all
                                                             ? std::vector<call::Call>{}
                                                             : in_order(port::ClaimOrder::newest));
}

std::optional<base::Time> PgCallStore::next_due(const port::ClaimRequest& request) {
    const Params params{request.stage ? param(call::to_string(*request.stage)) : Param{},
                        request.since ? interval_param(*request.since) : Param{}};
    return statement(k_next_due, params, Access::read_once).one().at(0).optional_time();
}

} // namespace callctl::pg
