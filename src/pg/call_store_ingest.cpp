// Webhook deliveries: stored, applied to their calls, durable when ingest() returns.
#include "base/exception.hpp"
#include "base/text.hpp"
#include "pg/array_rows.hpp"
#include "pg/call_store.hpp"
#include "pg/call_store_facts.hpp"
#include "pg/call_store_news.hpp"
#include "pg/call_store_rows.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <map>
#include <set>

namespace callctl::pg {
namespace {

/// Classes 22 (data exception), 23 (integrity constraint) and 54 (program limit): no row can hold
/// this, as where the encoding of the database has not its letters.
bool blames_data(const SqlError& error) {
    const std::string_view state = error.sqlstate();
    return state.starts_with("22") || state.starts_with("23") || state.starts_with("54");
}

// In the order in which they came. Two hosts that got the same two deliveries the other way round
// may deadlock, and then one of them begins again (Pool::transact). Deliveries of this batch are
// marked as applied at once: if applying fails, all of it is undone.
constexpr const char* k_store_deliveries = R"(
INSERT INTO callctl.inbox AS i (route, call_sid, raw, headers, idempotency_token, digest, deliveries,
                                received_at, last_received_at, applied_at)
SELECT d.route, d.call_sid, d.raw, d.headers, d.token, d.digest, d.deliveries, now(), now(), now()
FROM unnest($1::text[], $2::text[], $3::bytea[], $4::jsonb[], $5::text[], $6::bytea[], $7::integer[])
     WITH ORDINALITY AS d(route, call_sid, raw, headers, token, digest, deliveries, place)
ORDER BY d.place
ON CONFLICT (digest) DO UPDATE
SET deliveries = i.deliveries + excluded.deliveries, last_received_at = now()
RETURNING digest, delivery_id, xmax::text = '0' OR applied_at IS NULL AS is_news,
          applied_at IS NULL AS was_kept, now() AS now)";

constexpr const char* k_mark_applied = R"(
UPDATE callctl.inbox
SET applied_at = now(), error = NULL
WHERE delivery_id = ANY ($1::bigint[]))";

constexpr const char* k_keep_delivery = R"(
INSERT INTO callctl.inbox AS i (route, call_sid, raw, headers, idempotency_token, digest, deliveries,
                                received_at, last_received_at, news, error)
VALUES ($1, $2, $3::bytea, $4::jsonb, $5, $6::bytea, $7::integer, now(), now(), $8::jsonb, $9)
ON CONFLICT (digest) DO UPDATE
SET deliveries = i.deliveries + excluded.deliveries, last_received_at = now(), error = excluded.error)";

constexpr const char* k_calls_with_locked_rows = R"(
WITH free_work AS MATERIALIZED (
  SELECT call_sid FROM callctl.work WHERE call_sid = ANY ($1::text[])
  FOR NO KEY UPDATE SKIP LOCKED
), free_log AS MATERIALIZED (
  SELECT id FROM call_log WHERE call_sid = ANY ($1::text[])
  FOR NO KEY UPDATE SKIP LOCKED
)
SELECT call_sid FROM callctl.work
WHERE call_sid = ANY ($1::text[]) AND call_sid NOT IN (SELECT call_sid FROM free_work)
UNION
SELECT call_sid FROM call_log
WHERE call_sid = ANY ($1::text[]) AND id NOT IN (SELECT id FROM free_log))";

/// A moment or more went by before it gave up; not so where a transaction was rolled back at once.
bool has_waited(const BusyError& error) {
    return error.waited_for_lock() || error.sqlstate() == k_query_canceled;
}

/// A statement's whole time went by, as it may for the halves as well; a trigger raises the same at
/// once.
bool is_of_a_slow_server(const BusyError& error, std::chrono::steady_clock::time_point begun) {
    return error.sqlstate() == k_query_canceled &&
           std::chrono::steady_clock::now() - begun >= std::chrono::seconds{1};
}

std::string headers_json(const std::vector<base::HttpHeader>& headers) {
    auto json = nlohmann::json::object();
    for (const base::HttpHeader& header : headers) {
        json[base::storable_text(header.name)] = base::storable_text(header.value);
    }
    return json.dump();
}

} // namespace

/// A delivery, and how often this batch holds it.
struct UniqueDelivery {
    const call::Delivery* delivery;
    int times{1};
};

namespace {

std::vector<UniqueDelivery> without_copies(std::span<const call::Delivery> deliveries) {
    std::vector<UniqueDelivery> unique;
    std::map<std::string_view, std::size_t> seen;
    for (const call::Delivery& delivery : deliveries) {
        const auto [found, is_new] = seen.try_emplace(delivery.digest, unique.size());
        if (is_new) {
            unique.push_back({&delivery});
        } else {
            ++unique[found->second].times;
        }
    }
    return unique;
}

std::vector<Param> delivery_params(const UniqueDelivery& unique) {
    const call::Delivery& delivery = *unique.delivery;
    return {param(base::storable_text(delivery.route)),
            param(delivery.sid.str()),
            bytes_param(delivery.raw),
            param(headers_json(delivery.headers)),
            text_param(delivery.idempotency_token),
            bytes_param(delivery.digest),
            param(unique.times)};
}

/// Waits for no row, though for a table.
std::set<std::string> calls_with_locked_rows(Pool& pool, std::span<const UniqueDelivery> deliveries,
                                             std::chrono::milliseconds lock_timeout) {
    std::vector<Param> sids;
    for (const UniqueDelivery& unique : deliveries) {
        sids.push_back(param(unique.delivery->sid.str()));
    }
    std::set<std::string> locked;
    pool.transact(
        [&](Transaction& transaction) {
            locked.clear();
            const Rows rows = transaction.exec(k_calls_with_locked_rows, {array_literal(sids)});
            for (const Row row : rows) {
                locked.insert(row.at(0).text());
            }
        },
        {.lock_timeout = lock_timeout});
    return locked;
}

Params store_params(std::span<const UniqueDelivery> deliveries) {
    ArrayRows rows;
    for (const UniqueDelivery& unique : deliveries) {
        rows.add(delivery_params(unique));
    }
    return rows.params();
}

} // namespace

// In one call of ingest(): where more rows are locked, or time out, no more are waited for.
constexpr std::size_t k_most_waits = 2;

/// Deliveries that are asked for together, and what has become of them so far.
struct PgCallStore::Ingestion {
    PgCallStore& store;
    const DecideNews& decide;
    port::IngestReport report{};
    std::size_t waits{0}; ///< deliveries that were waited for in vain
    std::string unkept{}; ///< why the inbox does not take the last that it does not take

    void keep(const UniqueDelivery& delivery, const std::string& why, bool is_locked);
    /// Those of whose calls nobody has a row locked now; the others are kept.
    std::vector<UniqueDelivery> keep_locked(std::span<const UniqueDelivery> deliveries,
                                            const std::string& why);
};

void PgCallStore::Ingestion::keep(const UniqueDelivery& delivery, const std::string& why,
                                  bool is_locked) {
    try {
        store.keep(delivery, why);
    } catch (const SqlError& error) {
        if (!blames_data(error)) {
            throw;
        }
        unkept = error.what();
        return;
    }
    ++report.kept;
    report.locked += is_locked ? 1U : 0U;
}

std::vector<UniqueDelivery>
PgCallStore::Ingestion::keep_locked(std::span<const UniqueDelivery> deliveries,
                                    const std::string& why) {
    const auto locked = calls_with_locked_rows(store.m_pool, deliveries, k_short_lock_timeout);
    std::vector<UniqueDelivery> free;
    for (const UniqueDelivery& unique : deliveries) {
        if (locked.contains(unique.delivery->sid.str())) {
            keep(unique, why, /*is_locked=*/true);
        } else {
            free.push_back(unique);
        }
    }
    return free;
}

port::IngestReport PgCallStore::ingest(std::span<const call::Delivery> deliveries,
                                       const DecideNews& decide) {
    require_schema();
    Ingestion ingestion{*this, decide};
    const auto unique = without_copies(deliveries);
    ingestion.report.duplicates = deliveries.size() - unique.size();
    if (!unique.empty()) {
        ingest_some(unique, ingestion);
    }
    if (!ingestion.unkept.empty()) {
        // All else is committed. Who keeps the batch elsewhere tries each alone, and sees which.
        throw base::BugError{fmt::format("the inbox cannot hold it: {}", ingestion.unkept)};
    }
    return ingestion.report;
}

// A batch that the host's table refuses, or of which somebody has a row locked, is halved until the
// delivery at fault stands alone: one row must not cost the others their place. So is one that the
// server has given up, since a trigger may raise that, too. Halves are committed one by one, in
// order. The one may be refused for a table that the host has changed since we looked at it.
void PgCallStore::ingest_some(std::span<const UniqueDelivery> deliveries, Ingestion& ingestion) {
    const auto begun = std::chrono::steady_clock::now();
    try {
        commit_batch(deliveries, ingestion.decide, FirstRows::written_once, ingestion.report);
        return;
    } catch (const SqlError& error) {
        if (!error.refuses_row()) {
            throw;
        }
    } catch (const BusyError& error) {
        // Where it is the table, the database is as good as away: asking for its rows fails, too.
        if (has_waited(error) && ingestion.waits >= k_most_waits) {
            if (!error.waited_for_lock()) {
                throw;
            }
            const auto free = ingestion.keep_locked(deliveries, error.what());
            if (free.size() == deliveries.size()) {
                throw; // rows of other calls, that these belong to
            }
            if (!free.empty()) {
                ingest_some(free, ingestion);
            }
            return;
        }
        ingestion.waits += is_of_a_slow_server(error, begun) ? 1U : 0U;
    }
    if (deliveries.size() == 1) {
        ingest_or_keep(deliveries.front(), ingestion);
        return;
    }
    const std::size_t half = deliveries.size() / 2;
    ingest_some(deliveries.first(half), ingestion);
    ingest_some(deliveries.subspan(half), ingestion);
}

// What is kept is applied by the next sweep. A server that is at fault itself does not take it
// there either.
void PgCallStore::ingest_or_keep(const UniqueDelivery& delivery, Ingestion& ingestion) {
    std::string why;
    bool is_locked = false;
    try {
        commit_batch(std::span{&delivery, 1}, ingestion.decide, FirstRows::step_by_step,
                     ingestion.report);
        return;
    } catch (const SqlError& error) {
        if (!error.refuses_row()) {
            throw;
        }
        why = error.what();
    } catch (const BusyError& error) {
        why = error.what();
        is_locked = error.waited_for_lock(); // any other state may be a trigger's own
        ingestion.waits += has_waited(error) ? 1U : 0U;
    }
    ingestion.keep(delivery, why, is_locked);
}

void PgCallStore::commit_batch(std::span<const UniqueDelivery> deliveries, const DecideNews& decide,
                               FirstRows first_rows, port::IngestReport& report) {
    const auto attempt = [&] {
        return m_pool.transact(
            [&](Transaction& transaction) {
                return ingest_batch(transaction, deliveries, decide, first_rows);
            },
            {.lock_timeout = k_short_lock_timeout});
    };
    port::IngestReport added;
    try {
        added = attempt();
    } catch (const InDoubtError&) {
        // If the commit had happened after all, the digests say so.
        added = attempt();
    }
    report.applied += added.applied;
    report.duplicates += added.duplicates;
}

port::IngestReport PgCallStore::ingest_batch(Transaction& transaction,
                                             std::span<const UniqueDelivery> deliveries,
                                             const DecideNews& decide, FirstRows first_rows) {
    std::map<std::string, std::pair<std::int64_t, bool>> news_ids; // by digest: id, kept before
    const Rows rows = transaction.exec_often(k_store_deliveries, store_params(deliveries));
    for (const Row row : rows) {
        if (row.at(2).boolean()) {
            news_ids[row.at(0).bytes()] = {row.at(1).integer(), row.at(3).boolean()};
        }
    }
    std::vector<NewsItem> news;
    std::vector<std::int64_t> kept_before;
    for (const UniqueDelivery& unique : deliveries) {
        const auto found = news_ids.find(unique.delivery->digest);
        if (found != news_ids.end()) {
            news.push_back({&unique.delivery->sid, &unique.delivery->news});
            if (found->second.second) {
                kept_before.push_back(found->second.first);
            }
        }
    }
    apply_news(transaction, news, decide, {m_rules, m_insert, rows[0].at(4).time(), first_rows});
    if (!kept_before.empty()) {
        transaction.exec(k_mark_applied, {id_array(kept_before)});
    }
    return {.applied = news.size(), .duplicates = deliveries.size() - news.size()};
}

// One by one: one that is refused must not undo the others.
void PgCallStore::rehearse_news(Transaction& transaction,
                                std::span<const call::Delivery> deliveries,
                                const DecideNews& decide) {
    for (const UniqueDelivery& unique : without_copies(deliveries)) {
        try {
            transaction.nested([&] {
                return ingest_batch(transaction, std::span{&unique, 1}, decide,
                                    FirstRows::step_by_step);
            });
        } catch (const SqlError& error) {
            if (!error.refuses_row()) {
                throw;
            }
        } catch (const BusyError& error) { // a real pass keeps it in the inbox
            if (error.sqlstate() == k_query_canceled) {
                throw; // each would cost as long as the first
            }
        }
    }
}

void PgCallStore::keep(const UniqueDelivery& delivery, const std::string& error) {
    auto params = delivery_params(delivery);
    params.push_back(param(facts_to_json(delivery.delivery->news)));
    params.push_back(param(base::shortened(error, k_longest_error)));
    statement(k_keep_delivery, params);
}

} // namespace callctl::pg
