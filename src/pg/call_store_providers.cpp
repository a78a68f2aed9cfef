// The breakers that all hosts share.
#include "base/text.hpp"
#include "pg/call_store.hpp"
#include "pg/call_store_rows.hpp"
#include "pg/fence.hpp"
#include "pg/provider_lines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>

namespace callctl::pg {
namespace {

constexpr const char* k_providers = R"(
SELECT provider, closed_until, reason, detail, failures, coalesce(closed_until <= now(), false),
       updated_at
FROM callctl.provider)";

// The longer pause wins, with its reason: an exhausted quota does not become a hiccup. A pause of
// zero is no time at all (greatest ignores a NULL): the provider does not become half-open by it.
// Of the requests that are on their way when a provider closes, however many they are, the first
// failure counts: $5 is when the request began (a time of the row's that is a minute ahead is of
// before the server's clock was set back). The pause is that of the $6-th failure in a row and
// of those after it, as they are counted here: others are noted at the same time.
const std::string k_close = [] {
    const std::string is_known = "p.closed_until IS NOT NULL AND $5::timestamptz < p.updated_at "
                                 "AND p.updated_at <= now() + interval '1 minute'";
    return fmt::format(R"(
INSERT INTO callctl.provider AS p (provider, closed_until, reason, detail, failures, updated_at)
VALUES ($1, CASE WHEN $6::integer <= 1
                 THEN now() + nullif($4::bigint, 0) * interval '1 millisecond' END,
        $2, $3, 1, now())
ON CONFLICT (provider) DO UPDATE
SET failures = CASE WHEN {0} THEN p.failures ELSE p.failures + 1 END,
    closed_until = greatest(p.closed_until,
                            CASE WHEN NOT ({0}) AND p.failures + 1 >= $6::integer
                                      OR $6::integer <= 1
                                 THEN now() + nullif($4::bigint, 0) * interval '1 millisecond' END),
    reason = CASE WHEN p.closed_until > coalesce(excluded.closed_until, now())
                  THEN p.reason ELSE excluded.reason END,
    detail = CASE WHEN p.closed_until > coalesce(excluded.closed_until, now())
                  THEN p.detail ELSE excluded.detail END,
    updated_at = CASE WHEN {0} THEN p.updated_at ELSE now() END
RETURNING now(), failures)",
                       is_known);
}();

// Asked after every request that worked: it must not write what is so already. A request that was
// on its way when another one failed proves nothing: $2 is when it began. A time a
// minute ahead is of before the server's clock was set back.
constexpr const char* k_open = R"(
UPDATE callctl.provider
SET closed_until = NULL, reason = NULL, detail = NULL, failures = 0, updated_at = now()
WHERE provider = $1 AND (updated_at <= $2::timestamptz OR updated_at > now() + interval '1 minute')
  AND (failures > 0 OR closed_until IS NOT NULL))";

// The row's lock decides who is first; whoever waited for it finds the provider closed again. Not
// `updated_at`: what the probe finds out counts though the probe began before this.
constexpr const char* k_take_probe = R"(
UPDATE callctl.provider
SET closed_until = now() + $2::bigint * interval '1 millisecond'
WHERE provider = $1 AND closed_until <= now()
RETURNING closed_until)";

constexpr const char* k_end_probe = R"(
UPDATE callctl.provider
SET closed_until = now() + $3::bigint * interval '1 millisecond'
WHERE provider = $1 AND closed_until = $2::timestamptz)";

// A token bucket in one time: the next request may be sent when the last one's interval is over,
// and `depth` of them at once after a quiet time. One row and one statement, so that hosts queue
// up. clock_timestamp(), because the transaction may have begun long before it got the row. $5 of
// them, of which those that are further than $4 ahead reserve nothing; microseconds of the first.
// What lies further ahead than that was reserved before the server's clock was set back.
constexpr const char* k_reserve = R"(
WITH locked AS MATERIALIZED (
  SELECT next_request_at FROM callctl.provider WHERE provider = $1 FOR NO KEY UPDATE),
turn AS MATERIALIZED (
  SELECT at, (extract(epoch FROM at - now) * 1000000)::bigint AS wait
  FROM (SELECT greatest(CASE WHEN next_request_at > furthest + $2::bigint * interval '1 microsecond'
                             THEN furthest ELSE next_request_at END,
                        now - ($3::integer - 1) * $2::bigint * interval '1 microsecond') AS at, now
        FROM (SELECT next_request_at, now,
                     now + $4::bigint * interval '1 millisecond' AS furthest
              FROM (SELECT next_request_at, clock_timestamp() AS now FROM locked) AS row)
          AS bucket) AS next),
moved AS (
  UPDATE callctl.provider p
  SET next_request_at =
        turn.at + least($5::bigint, 1 + ($4::bigint * 1000 - turn.wait) / $2::bigint)
                  * $2::bigint * interval '1 microsecond'
  FROM turn
  WHERE p.provider = $1 AND turn.wait <= $4::bigint * 1000)
SELECT wait FROM turn)";

// Whoever counts the places has the provider's row, so that two cannot take the last one.
constexpr const char* k_lock_provider =
    "SELECT FROM callctl.provider WHERE provider = $1 FOR NO KEY UPDATE";

// Of those that want one and are held under their token, in their order, as many as there is room
// for.
const std::string k_take_places = fmt::format(R"(
WITH held AS MATERIALIZED (
  SELECT p.call_id, {} AS alive
  FROM callctl.provider_place p JOIN callctl.work w USING (call_id)
  WHERE p.provider = $1 AND p.call_id <> ALL ($2::bigint[])),
gone AS (
  DELETE FROM callctl.provider_place p
  USING held
  WHERE p.provider = $1 AND p.call_id = held.call_id AND held.alive IS NOT TRUE),
wanted AS (
  SELECT d.call_id, d.token, row_number() OVER (ORDER BY d.number) AS nth
  FROM unnest($2::bigint[], $3::bigint[]) WITH ORDINALITY AS d(call_id, token, number)
  JOIN callctl.work w ON {})
INSERT INTO callctl.provider_place (provider, call_id, lease_token)
SELECT $1, call_id, token
FROM wanted
WHERE nth <= $4::integer - (SELECT count(*) FROM held WHERE alive)
ON CONFLICT (provider, call_id) DO UPDATE SET lease_token = excluded.lease_token, taken_at = now()
RETURNING call_id)",
                                              k_holds_place, k_held_under_token);

constexpr const char* k_leave_place = R"(
DELETE FROM callctl.provider_place
WHERE provider = $1 AND call_id = $2::bigint AND lease_token = $3::bigint)";

// All that wait here wait for one row: alone each would wait for it again.
template <class Work>
auto together(const Work& work) {
    try {
        return work();
    } catch (const BusyError& error) {
        throw base::StoreBusyError{error.what(), error.hint()};
    }
}

std::vector<port::ProviderState> states_of(const Rows& rows) {
    std::vector<port::ProviderState> states;
    states.reserve(call::k_providers.size());
    for (const call::Provider provider : call::k_providers) {
        states.push_back({.provider = provider});
    }
    for (const Row row : rows) {
        const auto state = std::ranges::find_if(states, [&](const port::ProviderState& known) {
            return call::to_string(known.provider) == row.at(0).view();
        });
        if (state != states.end()) {
            state->closed_until = row.at(1).optional_time();
            state->reason = call::parse_reason(row.at(2).view());
            state->detail = row.at(3).text();
            state->failures = static_cast<int>(row.at(4).integer());
            state->half_open = row.at(5).boolean();
            state->changed_at = row.at(6).time();
        }
    }
    return states;
}

} // namespace

std::vector<port::ProviderLine> read_provider_lines(Transaction& transaction) {
    std::vector<port::ProviderLine> lines;
    for (port::ProviderState& state : states_of(transaction.exec(k_providers))) {
        if (state.half_open) {
            state.closed_until.reset();
        }
        lines.push_back({state.provider, state.closed_until, state.reason, std::move(state.detail),
                         state.failures, state.half_open});
    }
    return lines;
}

std::vector<port::ProviderState> PgCallStore::providers() {
    auto states = m_known_providers.get();
    if (!states) {
        const auto changes = m_known_providers.changes();
        states = m_provider_reads.ask({});
        m_known_providers.keep(*states, changes);
    }
    const base::Time time = now();
    for (port::ProviderState& state : *states) {
        state.half_open = state.half_open || (state.closed_until && *state.closed_until <= time);
        if (state.half_open) {
            state.closed_until.reset();
        }
    }
    return *std::move(states);
}

std::vector<port::ProviderState> PgCallStore::read_providers() {
    return states_of(statement(k_providers, {}, Access::read_once));
}

void PgCallStore::close_provider(call::Provider provider, call::Reason reason,
                                 const std::string& detail, std::chrono::milliseconds pause,
                                 base::Time asked) {
    count_failure(provider, reason, detail, {.pause = pause}, asked);
}

int PgCallStore::count_failure(call::Provider provider, call::Reason reason,
                               const std::string& detail, const port::FailuresInRow& in_row,
                               base::Time asked) {
    const Rows counted =
        statement(k_close, {param(call::to_string(provider)), param(call::to_string(reason)),
                            param(base::storable_text(detail)), interval_param(in_row.pause),
                            param(asked), param(in_row.most)});
    m_time.observe(counted.one().at(0).time());
    m_known_providers.forget();
    return static_cast<int>(counted.one().at(1).integer()) - 1;
}

void PgCallStore::open_provider(call::Provider provider, base::Time asked) {
    statement(k_open, {param(call::to_string(provider)), param(asked)});
    m_known_providers.forget();
}

std::optional<base::Time> PgCallStore::take_probe(call::Provider provider,
                                                  std::chrono::milliseconds pause) {
    const Rows taken =
        statement(k_take_probe, {param(call::to_string(provider)), interval_param(pause)});
    m_known_providers.forget();
    return taken.empty() ? std::nullopt : std::optional{taken.one().at(0).time()};
}

void PgCallStore::end_probe(call::Provider provider, base::Time until,
                            std::chrono::milliseconds pause) {
    statement(k_end_probe, {param(call::to_string(provider)), param(until), interval_param(pause)});
    m_known_providers.forget();
}

PgCallStore::Reservations PgCallStore::reservations_of(call::Provider provider) {
    return {{}, [this, provider](auto paces, auto /*patience*/) {
                return together([&] { return reserve_all(provider, paces); });
            }};
}

PgCallStore::PlaceRequests PgCallStore::place_requests_of(call::Provider provider) {
    return {{}, [this, provider](auto requests, auto /*patience*/) {
                return together([&] { return take_places(provider, requests); });
            }};
}

std::chrono::milliseconds PgCallStore::reserve_request(call::Provider provider,
                                                       const call::Pace& pace) {
    return m_reservations.at(static_cast<std::size_t>(provider)).ask(pace);
}

std::vector<std::chrono::milliseconds> PgCallStore::reserve_all(call::Provider provider,
                                                                std::span<const call::Pace> paces) {
    const call::Pace& pace = paces.front();
    const Rows rows = statement(k_reserve, {param(call::to_string(provider)),
                                            param(pace.interval.count()), param(pace.depth),
                                            interval_param(pace.ahead), param(std::ssize(paces))});
    std::chrono::microseconds wait{rows.one().at(0).integer()};
    std::vector<std::chrono::milliseconds> waits;
    for (std::size_t i = 0; i < paces.size(); ++i, wait += pace.interval) {
        waits.push_back(std::max(std::chrono::ceil<std::chrono::milliseconds>(wait),
                                 std::chrono::milliseconds{0}));
    }
    return waits;
}

bool PgCallStore::take_place(const port::Lease& lease, call::Provider provider, int places) {
    return m_place_requests.at(static_cast<std::size_t>(provider)).ask({lease, places}) ==
           Place::had;
}

std::vector<PgCallStore::Place> PgCallStore::take_places(call::Provider provider,
                                                         std::span<const PlaceRequest> requests) {
    std::vector<port::Lease> leases;
    for (const PlaceRequest& request : requests) {
        leases.push_back(request.lease);
    }
    const auto name = param(call::to_string(provider));
    Params params{name};
    std::ranges::move(lease_params(leases), std::back_inserter(params));
    params.push_back(param(requests.front().places));
    require_schema();
    const Rows rows = m_pool.transact(
        [&](Transaction& transaction) {
            transaction.exec_often(k_lock_provider, {name});
            return transaction.exec_often(k_take_places, params);
        },
        {.plans = Plans::in_order});
    std::set<std::int64_t> taken;
    for (const Row row : rows) {
        taken.insert(row.at(0).integer());
    }
    std::vector<Place> answers;
    for (const port::Lease& lease : leases) {
        const bool has_one = taken.contains(static_cast<std::int64_t>(lease.call));
        answers.push_back(has_one ? Place::had : Place::none);
    }
    return answers;
}

void PgCallStore::leave_place(const port::Lease& lease, call::Provider provider) {
    require_schema();
    m_pool.transact([&](Transaction& transaction) {
        transaction.exec_often(k_leave_place,
                               {param(call::to_string(provider)),
                                param(static_cast<std::int64_t>(lease.call)), param(lease.token)});
    });
}

} // namespace callctl::pg
