#include "pg/sweep_page.hpp"

#include "call/progress.hpp"
#include "call/reopening.hpp"
#include "pg/call_store_adopt.hpp"
#include "pg/call_store_row_writes.hpp"
#include "pg/call_store_rows.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <span>

namespace callctl::pg {
namespace {

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

/// What the host's statuses come to.
struct HeededCalls {
    std::vector<CallUpdate> begun_again{};
    std::vector<CallUpdate> given_up{};
    std::vector<StoredCall> refused{}; ///< of those that begin again: as they were
};

void heed(StoredCall stored, const HostRules& rules, HeededCalls& heeded) {
    CallUpdate update{stored.call, stored.host.id};
    switch (call::heed_statuses(update.call, stored.now)) {
    case call::Heeded::nothing: // changed again since
        return;
    case call::Heeded::given_up: // the row says so, in the application's own words
        heeded.given_up.push_back(std::move(update));
        return;
    case call::Heeded::begun_again:
        update.host = host_change(stored.host, update.call, rules);
        heeded.begun_again.push_back(std::move(update));
        if (stored.call.reason == call::Reason::rejected) {
            heeded.refused.push_back(std::move(stored));
        }
        return;
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
    HeededCalls heeded;
    auto calls = read_calls(transaction, locked);
    relink(transaction, calls);
    for (StoredCall& stored : calls) {
        heed(std::move(stored), rules, heeded);
    }
    try_to_end(transaction, heeded.refused);
    write_calls(transaction, heeded.begun_again);
    write_calls(transaction, heeded.given_up);
    transaction.exec(k_end_leases, {text_array(locked)});
    return sids_of(heeded.begun_again);
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

TakenUp take_up_page(Transaction& transaction, const SweepPass& pass, const SweepPage& page,
                     const HostRules& rules, PageVisit& visit) {
    const Params params{param(page.below), param(page.size), interval_param(pass.request.horizon)};
    auto [unknown, set_back] = look_at(transaction.exec(k_page, params), pass, visit);
    TakenUp taken;
    if (!unknown.empty()) {
        keep_lowest(transaction, unknown);
        taken.adopted = adopt(transaction, unknown);
    }
    if (!set_back.empty()) {
        keep_lowest(transaction, set_back);
        taken.reset = reset(transaction, set_back, rules);
    }
    return taken;
}

} // namespace callctl::pg
