// Who works on which call: leases with a token that grows with every claim.
#include "base/text.hpp"
#include "pg/call_store.hpp"
#include "pg/call_store_adopt.hpp"
#include "pg/call_store_rows.hpp"
#include "pg/call_store_sweep.hpp"
#include "pg/claim_sql.hpp"
#include "port/claim_turns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace callctl::pg {
namespace {

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
SET due_at = NULL, reason = 'NOT_ELIGIBLE', detail = '{}', lease_owner = NULL, lease_until = NULL,
    updated_at = now()
WHERE call_id = ANY ($1::bigint[]))",
                                         k_row_deleted);

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
    commit_claims(attempt, claims, {.plans = Plans::in_order});
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
    const int limit = std::min(request.limit, k_most_claims);
    auto statement = claim_statement(request, limit);
    while (true) {
        const auto from = m_claim_marks.get(request);
        statement.enter_at(from);
        const auto began = std::chrono::steady_clock::now();
        auto claims = claim_once(statement.sql, statement.params, found);
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
    const auto* const sorted = claim_order_sql(order);
    const auto* const which = among == Among::these ? "= ANY" : "<> ALL";
    const Rows rows = transaction.exec(
        fmt::format("WITH picked AS (SELECT w.*, w.xmin {} AND w.call_sid {} ($5::text[]) "
                    "AND EXISTS (SELECT FROM call_log h WHERE h.id = w.call_log_id) {} "
                    "LIMIT $4::integer) SELECT {} FROM picked w {} {}",
                    due_calls_sql(), which, sorted, call_columns(), k_host_join, sorted),
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
    return statement(next_due_sql(), next_due_params(request), Access::read_once)
        .one()
        .at(0)
        .optional_time();
}

} // namespace callctl::pg
