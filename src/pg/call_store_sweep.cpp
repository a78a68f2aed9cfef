// What nobody told us of: rows that the host inserted or reset, and leases that ran out. It pages
// by key, in short transactions, and does no more than make calls due.
#include "pg/call_store_sweep.hpp"

#include "base/text.hpp"
#include "pg/call_store.hpp"
#include "pg/call_store_rows.hpp"
#include "pg/sweep_page.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <limits>

namespace callctl::pg {

/// Where a part of the pass ended: the last id it looked at, 0 at the end of the table.
struct ScanEnd {
    std::int64_t last_id{0};
    bool in_horizon{false}; ///< one of the rows at least was young enough
};

namespace {

constexpr const char* k_expired_leases = R"(
SELECT count(*)
FROM callctl.work
WHERE due_at IS NOT NULL AND lease_owner IS NOT NULL AND lease_until <= now())";

// Walks through call_log: as far as rows are young enough, and to its end.
constexpr const char* k_young_walk = "call_log";
constexpr const char* k_whole_walk = "call_log_whole";
// The position of the first one where its last part had no young row.
constexpr std::int64_t k_in_vain = -1;

constexpr const char* k_position = "SELECT position FROM callctl.sweep WHERE name = $1";

constexpr const char* k_set_position = R"(
INSERT INTO callctl.sweep (name, position, updated_at)
VALUES ($1, $2::bigint, now())
ON CONFLICT (name) DO UPDATE SET position = excluded.position, updated_at = now())";

// In milliseconds since 1970.
constexpr const char* k_listed_until = "SELECT position FROM callctl.sweep WHERE name = 'twilio'";

constexpr const char* k_set_listed_until = R"(
INSERT INTO callctl.sweep AS s (name, position, updated_at)
VALUES ('twilio', $1::bigint, now())
ON CONFLICT (name) DO UPDATE
SET position = greatest(s.position, excluded.position), updated_at = now())";

} // namespace

port::SweepReport PgCallStore::sweep(const port::SweepRequest& request, const DecideNews& decide) {
    SweepPass pass{.request = request, .decide = decide};
    require_schema();
    run(pass);
    return pass.report;
}

port::Rehearsal PgCallStore::rehearse(const port::RehearsalRequest& request,
                                      const DecideNews& decide) {
    require_schema();
    const auto connection = m_pool.borrow();
    Transaction transaction{*connection, {.lock_timeout = k_short_lock_timeout}, nullptr};
    SweepPass pass{.request = request.sweep,
                   .decide = decide,
                   .rehearsal = &transaction,
                   .claim = request.claim};
    rehearse_news(transaction, request.news, decide);
    run(pass);
    return {.sweep = std::move(pass.report),
            .due = due_calls(transaction, request.claim, pass.rehearsed)};
}

void PgCallStore::run(SweepPass& pass) {
    pass.report.expired_leases = within(pass, [](Transaction& transaction) {
        return static_cast<std::size_t>(transaction.exec(k_expired_leases).one().at(0).integer());
    });
    port::KeptReport kept = replay(pass);
    pass.report.replayed = kept.applied;
    pass.report.refused = kept.refused;
    pass.report.refusal = std::move(kept.refusal);
    scan(pass);
    if (pass.rehearsal == nullptr) { // it drives nothing, and counts nothing
        close_given_up(pass);
    }
}

// The newest rows first, then on from where the last pass ended: neither fresh rows nor old ones
// wait for ever. A part without a single row within the horizon is the end of that way; but young
// rows may lie below it, as after an import of old calls, so that after it another walk, which ends
// where the table does, has its turn.
void PgCallStore::scan(SweepPass& pass) {
    const int half = std::max(pass.request.limit, 2) / 2;
    const std::int64_t position = position_of(pass, k_young_walk);
    const ScanEnd newest = scan_from(pass, std::numeric_limits<std::int64_t>::max(), half);
    const auto walk_on = [&](std::int64_t from) {
        return scan_from(pass, from > 0 ? std::min(from, newest.last_id) : newest.last_id, half);
    };
    std::int64_t next = 0;
    if (newest.last_id != 0 && position == k_in_vain) {
        const ScanEnd whole = walk_on(position_of(pass, k_whole_walk));
        set_position(pass, k_whole_walk, whole.last_id);
    } else if (newest.last_id != 0) {
        const ScanEnd rest = walk_on(position);
        next = rest.in_horizon || rest.last_id == 0 ? rest.last_id : k_in_vain;
    }
    set_position(pass, k_young_walk, next); // also where it stays: its time says who was here
}

std::int64_t PgCallStore::position_of(SweepPass& pass, const char* walk) {
    const Rows positions = within(pass, [&](Transaction& transaction) {
        return transaction.exec(k_position, {param(walk)});
    });
    return positions.empty() ? 0 : positions[0].at(0).integer();
}

void PgCallStore::set_position(SweepPass& pass, const char* walk, std::int64_t position) {
    if (pass.rehearsal == nullptr) {
        within(pass, [&](Transaction& transaction) {
            return transaction.exec(k_set_position, {param(walk), param(position)});
        });
    }
}

std::optional<base::Time> PgCallStore::listed_until() {
    const Rows rows = statement(k_listed_until, {}, Access::read_once);
    return rows.empty()
               ? std::nullopt
               : std::optional{base::Time{std::chrono::milliseconds{rows.one().at(0).integer()}}};
}

void PgCallStore::set_listed_until(base::Time until) {
    const auto since_1970 =
        std::chrono::duration_cast<std::chrono::milliseconds>(until.time_since_epoch());
    statement(k_set_listed_until, {param(std::int64_t{since_1970.count()})});
}

// Undone at once: a rehearsal must not keep the host from its own rows.
TakenUp PgCallStore::rehearse_page(SweepPass& pass,
                                   const std::function<TakenUp(Transaction&)>& take_up) {
    return pass.rehearsal->tried([&] {
        auto taken = within(pass, take_up);
        auto sids = taken.adopted;
        sids.insert(sids.end(), taken.reset.begin(), taken.reset.end());
        auto due = due_among(*pass.rehearsal, pass.claim, port::ClaimOrder::most_overdue,
                             Among::these, sids);
        std::ranges::move(sids, std::back_inserter(pass.rehearsed.sids));
        std::ranges::move(due, std::back_inserter(pass.rehearsed.due));
        return taken;
    });
}

// A page that the host's table refuses, or of which somebody has a row locked, is halved until the
// row at fault stands alone.
PageVisit PgCallStore::visit_page(SweepPass& pass, std::int64_t below, int size) {
    PageVisit visit;
    std::string refusal;
    const std::function<TakenUp(Transaction&)> take_up = [&](Transaction& transaction) {
        return take_up_page(transaction, pass, {below, size}, m_rules, visit);
    };
    try {
        const auto taken =
            pass.rehearsal == nullptr ? within(pass, take_up) : rehearse_page(pass, take_up);
        visit.adopted = taken.adopted.size();
        visit.reset = taken.reset.size();
        return visit;
    } catch (const SqlError& error) {
        if (!error.refuses_row() || visit.rows == 0) {
            throw;
        }
        refusal = error.what();
    } catch (const BusyError& error) {
        if (!error.waited_for_lock() || visit.rows == 0) {
            throw;
        }
        refusal = error.what();
    }
    if (visit.rows == 1) {
        ++pass.report.refused;
        pass.report.refusal = base::shortened(refusal, k_longest_error);
        return visit;
    }
    const int half = visit.rows / 2;
    PageVisit halves = visit_page(pass, below, half);
    halves.add(visit_page(pass, halves.last_id, visit.rows - half));
    return halves;
}

ScanEnd PgCallStore::scan_from(SweepPass& pass, std::int64_t below, int rows) {
    ScanEnd end;
    for (int left = rows; left > 0;) {
        const int page = std::min(left, std::max(pass.request.page, 1));
        const PageVisit visit = visit_page(pass, below, page);
        pass.report.adopted += visit.adopted;
        pass.report.reset += visit.reset;
        end.in_horizon = end.in_horizon || visit.in_horizon;
        if (visit.rows < page) {
            end.last_id = 0;
            return end;
        }
        below = visit.last_id;
        left -= page;
    }
    end.last_id = below;
    return end;
}

} // namespace callctl::pg
