// What nobody told us of: rows that the host inserted or reset, and leases that ran out. It pages
// by key, in short transactions, and does no more than make calls due.
#include "pg/call_store_sweep.hpp"

#include "base/text.hpp"
#include "call/progress.hpp"
#include "call/reopening.hpp"
#include "pg/call_store.hpp"
#include "pg/call_store_adopt.hpp"
#include "pg/call_store_row_writes.hpp"
#include "pg/call_store_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <limits>
#include <map>
#include <set>
#include <span>

namespace callctl::pg {

/// Where a part of the pass ended: the last id it looked at, 0 at the end of the table.
struct ScanEnd {
    std::int64_t last_id{0};
    bool in_horizon{false}; ///< one of the rows at least was young enough
};

/// SIDs of the calls of a page.
struct TakenUp {
    std::vector<std::string> adopted{};
    std::vector<std::string> reset{};
};

/// What a page has held.
struct PageVisit {
    int rows{0};
    std::int64_t last_id{0};
    bool in_horizon{false}; ///< one of them at least
    std::size_t adopted{0};
    std::size_t reset{0};

    void add(const PageVisit& next) {
        rows += next.rows;
        last_id = next.last_id;
        in_horizon = in_horizon || next.in_horizon;
        adopted += next.adopted;
        reset += next.reset;
    }
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

// A page by primary key, newest first; no other index is needed. Rows without a time are as new as
// the first migration found them: those above its mark were inserted since; while there is no mark,
// a migration having been cut short, none are. Of rows with the same
// SID only the lowest id counts.
constexpr const char* k_page = R"(
SELECT l.id, l.call_sid,
       coalesce(l.created_at::timestamptz >= now() - $3::bigint * interval '1 millisecond',
                l.id > coalesce((SELECT upto FROM callctl.backfill WHERE name = 'statuses'),
                                9223372036854775807))
         AS recent,
       w.call_id, w.news, w.stage, w.reason,
       l.recording_status, l.transcript_status, l.summary_status,
       w.due_at IS NULL AND (w.lease_until IS NULL OR w.lease_until <= now()) AS rests
FROM (SELECT id, call_sid, created_at, recording_status, transcript_status, summary_status
      FROM call_log
      WHERE id < $1::bigint
      ORDER BY id DESC
      LIMIT $2::integer) l
LEFT JOIN callctl.work w ON w.call_sid = l.call_sid
ORDER BY l.id DESC)";

constexpr const char* k_lowest_ids = R"(
SELECT call_sid, min(id)
FROM call_log
WHERE call_sid = ANY ($1::text[])
GROUP BY call_sid)";

// Only calls that are still at rest as the page saw them. What others hold has its turn next time.
constexpr const char* k_lock_resting = R"(
SELECT w.call_sid
FROM callctl.work w
JOIN unnest($1::bigint[], $2::bigint[]) AS d(call_id, news)
  ON w.call_id = d.call_id AND w.news = d.news
WHERE w.due_at IS NULL AND (w.lease_until IS NULL OR w.lease_until <= now())
ORDER BY w.call_sid
FOR NO KEY UPDATE OF w SKIP LOCKED)";

constexpr const char* k_end_leases = R"(
UPDATE callctl.work
SET lease_owner = NULL, lease_until = NULL
WHERE call_sid = ANY ($1::text[]))";

/// A row of the host's beside what we have of it.
struct SeenRow {
    std::int64_t id{0};
    std::string sid{};
    bool recent{false};
    std::optional<std::int64_t> call_id{};
    std::int64_t news{0};
    std::optional<call::Stage> given_up_in{};
    call::StageStatuses statuses{};
    bool rests{false};
};

SeenRow read_row(const Row& row) {
    SeenRow seen{.id = row.at(0).integer(), .sid = row.at(1).text()};
    seen.recent = row.at(2).boolean();
    seen.call_id = row.at(3).optional_integer();
    seen.news = row.at(4).optional_integer().value_or(0);
    if (call::end_of(call::parse_reason(row.at(6).view())) == call::Status::failed) {
        seen.given_up_in = call::parse_stage(row.at(5).view());
    }
    seen.statuses = known_statuses(
        {row.at(7).optional_text(), row.at(8).optional_text(), row.at(9).optional_text()});
    seen.rests = row.at(10).boolean();
    return seen;
}

/// Whether the host's statuses ask for something; not where all is done, nor where they show the
/// failure that we gave the call up for.
bool asks(const SeenRow& seen) {
    const auto stage = call::first_undone(seen.statuses);
    const bool failed =
        stage && seen.statuses[static_cast<std::size_t>(*stage)] == call::Status::failed;
    return stage && !(failed && seen.given_up_in == stage);
}

std::vector<std::string> sids_of(const std::vector<SeenRow>& rows) {
    std::vector<std::string> sids(rows.size());
    std::ranges::transform(rows, sids.begin(), &SeenRow::sid);
    return sids;
}

std::vector<std::string> sids_of(const std::vector<CallUpdate>& updates) {
    std::vector<std::string> sids;
    std::ranges::transform(updates, std::back_inserter(sids),
                           [](const CallUpdate& update) { return update.call.sid.str(); });
    return sids;
}

/// Leaves those that are the lowest id of their SID.
void keep_lowest(Transaction& transaction, std::vector<SeenRow>& rows) {
    const auto sids = sids_of(rows);
    std::map<std::string, std::int64_t> lowest;
    const Rows found = transaction.exec(k_lowest_ids, {text_array(sids)});
    for (const Row row : found) {
        lowest[row.at(0).text()] = row.at(1).integer();
    }
    std::erase_if(rows, [&](const SeenRow& row) { return lowest[row.sid] != row.id; });
}

/// Returns the SIDs of those it has taken up.
std::vector<std::string> adopt(Transaction& transaction, const std::vector<SeenRow>& rows) {
    auto sids = sids_of(rows);
    const base::Time now = transaction_time(transaction);
    std::map<std::string, StoredCall> calls;
    for (const NamedHostRow& host : read_hosts(transaction, sids)) {
        auto stored =
            adopted(base::CallSid::parse(host.call_sid).value(), base::CallId{}, host.row, now);
        // Where nothing is left to do, the host may still not say so.
        if (stored.call.due_at || adoption_change(host.row) != HostChange{}) {
            calls.emplace(host.call_sid, std::move(stored));
        }
    }
    sids.clear();
    for (const auto& [sid, stored] : calls) {
        sids.push_back(sid);
    }
    std::vector<CallUpdate> updates;
    for (const CreatedWork& created : create_work(transaction, sids)) {
        StoredCall& stored = calls.at(created.call_sid);
        stored.call.id = created.id;
        auto change = adoption_change(stored.host);
        updates.push_back({std::move(stored.call), stored.host.id, std::move(change)});
    }
    write_calls(transaction, updates);
    return sids_of(updates);
}

/// The host's table refused these rows when they were to show how their calls ended, and so each of
/// them would be worked for, and paid for, pass by pass. Throws what it throws if it still does.
void try_to_end(Transaction& transaction, std::span<const StoredCall> refused) {
    std::vector<CallUpdate> ends;
    for (const StoredCall& stored : refused) {
        CallUpdate& end = ends.emplace_back(CallUpdate{stored.call, stored.host.id});
        end.host.statuses[static_cast<std::size_t>(stored.call.stage)] =
            std::string{call::to_string(call::Status::failed)};
        end.host.last_error = stored.host.last_error;
    }
    if (!ends.empty()) {
        transaction.tried([&] {
            write_hosts(transaction, ends);
            return true;
        });
    }
}

/// Returns the SIDs of those it has set back.
std::vector<std::string> reset(Transaction& transaction, const std::vector<SeenRow>& rows,
                               const HostRules& rules) {
    std::vector<std::int64_t> ids;
    std::vector<std::int64_t> news;
    for (const SeenRow& row : rows) {
        ids.push_back(row.call_id.value());
        news.push_back(row.news);
    }
    std::vector<std::string> locked;
    const Rows resting = transaction.exec(k_lock_resting, {id_array(ids), id_array(news)});
    for (const Row row : resting) {
        locked.push_back(row.at(0).text());
    }
    std::vector<CallUpdate> updates;
    std::vector<CallUpdate> given_up;
    std::vector<StoredCall> refused;
    auto calls = read_calls(transaction, locked);
    relink(transaction, calls);
    for (StoredCall& stored : calls) {
        const StoredCall before = stored;
        switch (call::heed_statuses(stored.call, stored.now)) {
        case call::Heeded::nothing: // changed again since
            break;
        case call::Heeded::begun_again: {
            if (before.call.reason == call::Reason::rejected) {
                refused.push_back(before);
            }
            HostChange change = host_change(stored.host, stored.call, rules);
            updates.push_back({std::move(stored.call), stored.host.id, std::move(change)});
            break;
        }
        case call::Heeded::given_up: // the row says so, in the application's own words
            given_up.push_back({std::move(stored.call), stored.host.id});
            break;
        }
    }
    try_to_end(transaction, refused);
    write_calls(transaction, updates);
    write_calls(transaction, given_up);
    transaction.exec(k_end_leases, {text_array(locked)});
    return sids_of(updates);
}

/// Of a page: what is to be taken up.
struct Found {
    std::vector<SeenRow> unknown{};
    std::vector<SeenRow> set_back{};
};

Found look_at(const Rows& page, const SweepPass& pass, PageVisit& visit) {
    visit = {.rows = static_cast<int>(page.size())};
    Found found;
    for (const Row row : page) {
        SeenRow seen = read_row(row);
        visit.last_id = seen.id;
        visit.in_horizon = visit.in_horizon || seen.recent;
        if (!seen.recent || !base::CallSid::parse(seen.sid) || pass.touched.contains(seen.sid)) {
            continue;
        }
        if (!seen.call_id) {
            found.unknown.push_back(std::move(seen));
        } else if (seen.rests && asks(seen)) {
            found.set_back.push_back(std::move(seen));
        }
    }
    return found;
}

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
    pass.report.replayed = replay(pass).applied;
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
    const Params params{param(below), param(size), interval_param(pass.request.horizon)};
    const std::function<TakenUp(Transaction&)> take_up = [&](Transaction& transaction) {
        auto [unknown, set_back] = look_at(transaction.exec(k_page, params), pass, visit);
        TakenUp taken;
        if (!unknown.empty()) {
            keep_lowest(transaction, unknown);
            taken.adopted = adopt(transaction, unknown);
        }
        if (!set_back.empty()) {
            keep_lowest(transaction, set_back);
            taken.reset = reset(transaction, set_back, m_rules);
        }
        return taken;
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
