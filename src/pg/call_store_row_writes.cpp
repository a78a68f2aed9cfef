#include "pg/call_store_row_writes.hpp"

#include "base/text.hpp"
#include "pg/array_rows.hpp"
#include "pg/call_columns.hpp"

#include <fmt/format.h>

#include <array>

namespace callctl::pg {
namespace {

// Of call_log, in the order of host_params(). `id` finds the row.
constexpr std::array k_host_changes{
    Column{"id", "bigint"},
    Column{"recording_status", "text"},
    Column{"transcript_status", "text"},
    Column{"summary_status", "text"},
    Column{"parent_call_sid", "text"},
    Column{"from_number", "text"},
    Column{"to_number", "text"},
    Column{"direction", "text"},
    Column{"call_status", "text"},
    Column{"duration", "integer"},
    Column{"recording_sid", "text"},
    Column{"recording_url", "text"},
    Column{"retry_count", "integer"},
    Column{"final_transcript", "text"},
    Column{"summary", "text"},
    Column{"last_error", "text"},
};

std::string joined(const std::vector<std::string>& parts) {
    return fmt::format("{}", fmt::join(parts, ", "));
}

/// `unnest($1::bigint[], $2::text[], ..) AS d(call_id, stage, ..)`
std::string unnest(std::span<const Column> columns) {
    std::vector<std::string> arrays;
    std::vector<std::string> names;
    for (const Column& column : columns) {
        arrays.push_back(fmt::format("${}::{}[]", arrays.size() + 1, column.type));
        names.emplace_back(column.name);
    }
    return fmt::format("unnest({}) AS d({})", joined(arrays), joined(names));
}

// The time never goes back, though a transaction that began earlier may come later: whether a write
// whose commit is in doubt was made is told by it (see TransactionMark).
std::string update_work_sql(std::size_t count) {
    std::vector<std::string> sets{
        "updated_at = greatest(w.updated_at, now())",
        "lease_owner = CASE WHEN NOT d.gives_back THEN w.lease_owner END",
        "lease_until = CASE WHEN NOT d.gives_back THEN w.lease_until END"};
    std::vector<Column> columns{k_work_columns.begin(),
                                k_work_columns.begin() + static_cast<std::ptrdiff_t>(count)};
    for (std::size_t i = 1; i < columns.size(); ++i) {
        sets.push_back(fmt::format("{0} = d.{0}", columns[i].name));
    }
    columns.push_back({"gives_back", "boolean"});
    return fmt::format("UPDATE callctl.work w SET {} FROM {} WHERE w.call_id = d.call_id",
                       joined(sets), unnest(columns));
}

// Nothing is looked up in a table, so that a plan is as good in a full table as in an empty one.
std::string insert_work_sql() {
    std::vector<Column> columns{k_work_columns.begin(), k_work_columns.end()};
    columns.front() = {"call_sid", "text"}; // instead of the call_id, which it is given here
    std::vector<std::string> names;
    names.reserve(columns.size());
    for (const Column& column : columns) {
        names.emplace_back(column.name);
    }
    columns.push_back({"gives_back", "boolean"});
    return fmt::format("INSERT INTO callctl.work ({0}, created_at, updated_at) "
                       "SELECT {0}, now(), now() FROM {1} ORDER BY call_sid "
                       "ON CONFLICT (call_sid) DO NOTHING RETURNING call_sid",
                       joined(names), unnest(columns));
}

std::string update_host_sql() {
    std::vector<std::string> sets{"updated_at = now() AT TIME ZONE 'UTC'",
                                  "last_error = CASE WHEN d.last_error IS NULL THEN l.last_error "
                                  "ELSE nullif(d.last_error, '') END"};
    for (std::size_t i = 1; i + 1 < k_host_changes.size(); ++i) {
        sets.push_back(fmt::format("{0} = coalesce(d.{0}, l.{0})", k_host_changes[i].name));
    }
    return fmt::format("UPDATE call_log l SET {} FROM {} WHERE l.id = d.id", joined(sets),
                       unnest(k_host_changes));
}

template <class Duration>
Param count_param(const std::optional<Duration>& duration) {
    return duration ? param(duration->count()) : Param{};
}

template <class FirstSid>
Param sid_param(const std::optional<FirstSid>& sid) {
    return sid ? param(sid->str()) : Param{};
}

void add_facts(std::vector<Param>& row, const call::CallFacts& facts) {
    const call::RecordingFacts& recording = facts.recording;
    const auto append = [&row](std::initializer_list<Param> params) {
        row.insert(row.end(), params.begin(), params.end());
    };
    append({param(call::to_string(facts.state)), param(call::to_string(facts.direction)),
            text_param(facts.twilio_direction), text_param(facts.from), text_param(facts.to),
            sid_param(facts.parent), param(facts.heard_at), param(facts.answered_at),
            param(facts.ended_at), count_param(facts.duration), param(facts.asked_by_twiml_at),
            param(facts.asked_by_rest_at), param(facts.unknown_to_twilio)});
    append({sid_param(recording.sid), param(call::to_string(recording.state)),
            text_param(recording.source), param(recording.channels),
            count_param(recording.duration), param(recording.started_at),
            param(recording.error_code)});
    append({param(facts.recording_count), param(facts.observed_at), param(facts.observations),
            param(facts.start_refused_at), param(facts.start_refusals),
            count_param(call::head_loss(facts))});
}

std::vector<Param> work_params(const CallUpdate& update) {
    const call::Call& call = update.call;
    std::vector<Param> row{param(static_cast<std::int64_t>(call.id)),
                           param(update.host_id),
                           param(call::to_string(call.stage)),
                           call.reason ? param(call::to_string(*call.reason)) : Param{},
                           param(base::storable_text(call.detail)),
                           param(call.attempts),
                           param(call.crashes),
                           param(call.news),
                           param(call.due_at),
                           param(call.created_at)};
    if (update.learnt) {
        add_facts(row, call.facts);
    }
    row.push_back(param(update.gives_back));
    return row;
}

std::vector<Param> host_params(const CallUpdate& update) {
    const HostChange& change = update.host;
    return {param(update.host_id),
            change.statuses[0],
            change.statuses[1],
            change.statuses[2],
            change.parent,
            change.from,
            change.to,
            change.direction,
            change.call_status,
            param(change.duration),
            change.recording_sid,
            change.recording_url,
            param(change.retry_count),
            change.transcript,
            change.summary,
            change.last_error};
}

} // namespace

void write_calls(Transaction& transaction, std::span<const CallUpdate> updates) {
    static const std::string k_update_work = update_work_sql(k_work_columns.size());
    static const std::string k_update_schedule = update_work_sql(k_schedule_columns);
    static const std::string k_update_host = update_host_sql();
    ArrayRows work;
    ArrayRows schedule;
    ArrayRows host;
    for (const CallUpdate& update : updates) {
        (update.learnt ? work : schedule).add(work_params(update));
        if (update.host_id != 0 && update.host != HostChange{}) {
            host.add(host_params(update));
        }
    }
    if (!work.empty()) {
        transaction.exec_often(k_update_work, work.params());
    }
    if (!schedule.empty()) {
        transaction.exec_often(k_update_schedule, schedule.params());
    }
    if (!host.empty()) {
        transaction.exec_often(k_update_host, host.params());
    }
}

std::set<std::string> insert_work(Transaction& transaction, std::span<const CallUpdate> updates) {
    static const std::string k_insert_work = insert_work_sql();
    ArrayRows work;
    for (const CallUpdate& update : updates) {
        auto row = work_params(update);
        row.front() = param(update.call.sid.str());
        work.add(row);
    }
    std::set<std::string> inserted;
    if (!work.empty()) {
        const Rows rows = transaction.exec_often(k_insert_work, work.params());
        for (const Row row : rows) {
            inserted.insert(row.at(0).text());
        }
    }
    return inserted;
}

} // namespace callctl::pg
