// Deliveries that are stored and could not be applied to their calls when they came.
#include "base/text.hpp"
#include "pg/call_store_facts.hpp"
#include "pg/call_store_rows.hpp"
#include "pg/call_store_sweep.hpp"

#include <algorithm>

namespace callctl::pg {
namespace {

// Each is waited for a quarter of a second, and the caller may be asked to stop.
constexpr std::size_t k_locked_a_time = 4;

// Walks through those that are kept, the oldest first.
constexpr const char* k_kept_walk = "inbox";

constexpr const char* k_unapplied_page = R"(
SELECT delivery_id
FROM callctl.inbox
WHERE applied_at IS NULL AND delivery_id > $1::bigint
ORDER BY delivery_id
LIMIT $2::integer)";

constexpr const char* k_newest_unapplied = R"(
SELECT delivery_id
FROM (SELECT delivery_id
      FROM callctl.inbox
      WHERE applied_at IS NULL
      ORDER BY delivery_id DESC
      LIMIT $1::integer) AS newest
ORDER BY delivery_id)";

constexpr const char* k_lock_delivery = R"(
SELECT call_sid, news
FROM callctl.inbox
WHERE delivery_id = $1::bigint AND applied_at IS NULL AND news IS NOT NULL
FOR UPDATE SKIP LOCKED)";

constexpr const char* k_applied = R"(
UPDATE callctl.inbox
SET applied_at = now(), error = NULL
WHERE delivery_id = $1::bigint)";

constexpr const char* k_refused = R"(
UPDATE callctl.inbox
SET error = $2
WHERE delivery_id = $1::bigint AND applied_at IS NULL)";

} // namespace

// The newest of them: a row that was locked a moment ago mostly is no more, while others may have
// been refused for as long as the application runs.
port::KeptReport PgCallStore::apply_kept(const DecideNews& decide, int most) {
    require_schema();
    SweepPass pass{.request = {}, .decide = decide};
    port::KeptReport report;
    const Rows rows = within(pass, [&](Transaction& transaction) {
        return transaction.exec(k_newest_unapplied, {param(most)});
    });
    for (const Row row : rows) {
        replay_one(pass, row.at(0).integer(), report);
        if (report.locked >= k_locked_a_time) {
            break;
        }
    }
    return report;
}

// On from where the last pass ended, which may be before a page of deliveries that the host's table
// refuses each time: neither hold they up those behind them, nor does a pass consist of them.
port::KeptReport PgCallStore::replay(SweepPass& pass) {
    port::KeptReport report;
    const std::int64_t begin = position_of(pass, k_kept_walk);
    const int page = std::max(pass.request.page, 1);
    const auto most_refused = static_cast<std::size_t>(page);
    std::int64_t last = begin;
    bool at_end = false;
    for (int left = pass.request.limit; left > 0 && !at_end && report.refused < most_refused;) {
        const int count = std::min(left, page);
        const Rows rows = within(pass, [&](Transaction& transaction) {
            return transaction.exec(k_unapplied_page, {param(last), param(count)});
        });
        for (const Row row : rows) {
            last = row.at(0).integer();
            replay_one(pass, last, report);
        }
        left -= count;
        at_end = static_cast<int>(rows.size()) < count;
    }
    const std::int64_t next = at_end ? 0 : last;
    if (next != begin) {
        set_position(pass, k_kept_walk, next);
    }
    return report;
}

// Each in a transaction of its own: one that is refused again must not hold up the others.
void PgCallStore::replay_one(SweepPass& pass, std::int64_t delivery, port::KeptReport& report) {
    std::string why;
    try {
        const bool applied = within(pass, [&](Transaction& transaction) {
            const Rows rows = transaction.exec(k_lock_delivery, {param(delivery)});
            const auto sid =
                rows.empty() ? std::nullopt : base::CallSid::parse(rows.one().at(0).view());
            const auto facts =
                rows.empty() ? std::nullopt : facts_from_json(rows.one().at(1).view());
            if (!sid || !facts) {
                return false;
            }
            const NewsItem item{&*sid, &*facts};
            apply_news(transaction, std::span{&item, 1}, pass.decide,
                       {m_rules, m_insert, transaction_time(transaction)});
            transaction.exec(k_applied, {param(delivery)});
            pass.touched.insert(sid->str());
            return true;
        });
        report.applied += applied ? 1U : 0U;
        return;
    } catch (const BusyError& error) {
        const bool waited = error.waited_for_lock() || error.sqlstate() == k_query_canceled;
        report.locked += waited ? 1U : 0U; // the next pass may have more luck
        if (error.waited_for_lock()) {
            return;
        }
        why = error.what(); // a trigger may raise that as well
    } catch (const SqlError& error) {
        if (!error.refuses_row()) {
            throw;
        }
        why = error.what();
    }
    ++report.refused;
    report.refusal = base::shortened(why, k_longest_error);
    within(pass, [&](Transaction& transaction) {
        return transaction.exec(k_refused, {param(delivery), param(report.refusal)});
    });
}

} // namespace callctl::pg
