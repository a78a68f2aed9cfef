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

constexpr const char* k_unapplied_page = R"(
SELECT delivery_id
FROM callctl.inbox
WHERE applied_at IS NULL AND delivery_id > $1::bigint
ORDER BY delivery_id
LIMIT $2::integer)";

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

port::KeptReport PgCallStore::apply_kept(const DecideNews& decide, int most) {
    require_schema();
    SweepPass pass{.request = {.limit = most}, .decide = decide, .most_locked = k_locked_a_time};
    return replay(pass);
}

port::KeptReport PgCallStore::replay(SweepPass& pass) {
    port::KeptReport report;
    std::int64_t last = 0;
    for (int left = pass.request.limit; left > 0;) {
        const int page = std::min(left, std::max(pass.request.page, 1));
        const Rows rows = within(pass, [&](Transaction& transaction) {
            return transaction.exec(k_unapplied_page, {param(last), param(page)});
        });
        for (const Row row : rows) {
            last = row.at(0).integer();
            replay_one(pass, last, report);
            if (report.locked >= pass.most_locked) {
                return report;
            }
        }
        left = static_cast<int>(rows.size()) < page ? 0 : left - page;
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
    within(pass, [&](Transaction& transaction) {
        return transaction.exec(k_refused,
                                {param(delivery), param(base::shortened(why, k_longest_error))});
    });
}

} // namespace callctl::pg
