#include "pg/call_store_row_writes.hpp"

#include "base/text.hpp"
#include "pg/array_rows.hpp"
#include "pg/call_columns.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace callctl::pg {
namespace {

std::string update_work_sql(std::size_t count) {
    std::vector<Column> columns{k_work_columns.begin(),
                                k_work_columns.begin() + static_cast<std::ptrdiff_t>(count)};
    std::vector<std::string> sets;
    for (std::size_t i = 1; i < columns.size(); ++i) {
        sets.push_back(fmt::format("{0} = d.{0}", columns[i].name));
    }
    columns.push_back({"gives_back", "boolean"});
    return fmt::format("UPDATE callctl.work w SET {}, {} FROM {} AS d({}) "
                       "WHERE w.call_id = d.call_id",
                       work_end_of("d"), fmt::join(sets, ", "), unnest_of(columns),
                       names_of(columns));
}

// Nothing is looked up in a table, so that a plan is as good in a full table as in an empty one.
std::string insert_work_sql() {
    std::vector<Column> columns{k_work_columns.begin(), k_work_columns.end()};
    columns.front() = {"call_sid", "text"}; // instead of the call_id, which it is given here
    const std::string names = names_of(columns);
    columns.push_back({"gives_back", "boolean"});
    return fmt::format("INSERT INTO callctl.work ({0}, created_at, updated_at) "
                       "SELECT {0}, now(), now() FROM {1} AS d({2}) ORDER BY call_sid "
                       "ON CONFLICT (call_sid) DO NOTHING RETURNING call_sid",
                       names, unnest_of(columns), names_of(columns));
}

std::string update_host_sql() {
    constexpr std::string_view k_unset = "unset_";
    std::array<std::string, k_host_statuses> unset;
    std::vector<Column> columns{{"id", "bigint"}};
    columns.insert(columns.end(), k_host_changes.begin(), k_host_changes.end());
    for (std::size_t i = 0; i < unset.size(); ++i) {
        unset.at(i) = fmt::format("{}{}", k_unset, k_host_changes.at(i).name);
        columns.push_back({unset.at(i).c_str(), "boolean"});
    }
    return fmt::format("UPDATE call_log l SET {} FROM {} AS d({}) WHERE l.id = d.id",
                       host_assignments("d", "", k_unset), unnest_of(columns), names_of(columns));
}

template <class Duration>
Param count_param(const std::optional<Duration>& duration) {
    return duration ? param(duration->count()) : Param{};
}

template <class FirstSid>
Param sid_param(const std::optional<FirstSid>& sid) {
    return sid ? param(sid->str()) : Param{};
}

void add_facts(Params& row, const call::CallFacts& facts) {
    const call::RecordingFacts& recording = facts.recording;
    add_params(row, param(call::to_string(facts.state)), param(call::to_string(facts.direction)),
               text_param(facts.twilio_direction), text_param(facts.from), text_param(facts.to),
               sid_param(facts.parent), param(facts.heard_at), param(facts.answered_at),
               param(facts.ended_at), count_param(facts.duration), param(facts.asked_by_twiml_at),
               param(facts.asked_by_rest_at), param(facts.unknown_to_twilio));
    add_params(row, sid_param(recording.sid), param(call::to_string(recording.state)),
               text_param(recording.source), param(recording.channels),
               count_param(recording.duration), param(recording.started_at),
               param(recording.error_code));
    add_params(row, param(facts.recording_count), param(facts.observed_at),
               param(facts.observations), param(facts.start_refused_at),
               param(facts.start_refusals), count_param(call::head_loss(facts)));
}

} // namespace

// The time never goes back, though a transaction that began earlier may come later: whether a write
// whose commit is in doubt was made is told by it (see TransactionMark).
std::string work_end_of(std::string_view source) {
    return fmt::format("updated_at = greatest(w.updated_at, now()), "
                       "lease_owner = CASE WHEN NOT {0}.gives_back THEN w.lease_owner END, "
                       "lease_until = CASE WHEN NOT {0}.gives_back THEN w.lease_until END",
                       source);
}

Params work_params(const CallUpdate& update) {
    const call::Call& call = update.call;
    Params row;
    row.reserve(k_work_columns.size());
    add_params(row, param(static_cast<std::int64_t>(call.id)), param(update.host_id),
               param(call::to_string(call.stage)),
               call.reason ? param(call::to_string(*call.reason)) : Param{},
               param(base::storable_text(call.detail)), param(call.attempts), param(call.crashes),
               param(call.news), param(call.due_at), param(call.created_at));
    if (update.learnt) {
        add_facts(row, call.facts);
    }
    return row;
}

Params host_params(const CallUpdate& update) {
    const HostChange& change = update.host;
    return {change.statuses[0],   change.statuses[1],   change.statuses[2],
            change.parent,        change.from,          change.to,
            change.direction,     change.call_status,   param(change.duration),
            change.recording_sid, change.recording_url, param(change.retry_count),
            change.transcript,    change.summary,       change.last_error};
}

void write_hosts(Transaction& transaction, std::span<const CallUpdate> updates) {
    static const std::string k_update_host = update_host_sql();
    ArrayRows host;
    for (const CallUpdate& update : updates) {
        if (update.changes_host()) {
            auto values = host_params(update);
            values.insert(values.begin(), param(update.host_id));
            for (const bool unset : update.host.unset) {
                values.push_back(param(unset));
            }
            host.add(values);
        }
    }
    if (!host.empty()) {
        transaction.exec_often(k_update_host, host.params());
    }
}

void write_calls(Transaction& transaction, std::span<const CallUpdate> updates) {
    static const std::string k_update_work = update_work_sql(k_work_columns.size());
    static const std::string k_update_schedule = update_work_sql(k_schedule_columns);
    ArrayRows work;
    ArrayRows schedule;
    for (const CallUpdate& update : updates) {
        auto row = work_params(update);
        row.push_back(param(update.gives_back));
        (update.learnt ? work : schedule).add(row);
    }
    if (!work.empty()) {
        transaction.exec_often(k_update_work, work.params());
    }
    if (!schedule.empty()) {
        transaction.exec_often(k_update_schedule, schedule.params());
    }
    write_hosts(transaction, updates);
}

std::set<std::string> insert_work(Transaction& transaction, std::span<const CallUpdate> updates) {
    static const std::string k_insert_work = insert_work_sql();
    ArrayRows work;
    for (const CallUpdate& update : updates) {
        auto row = work_params(update);
        row.front() = param(update.call.sid.str());
        row.push_back(param(update.gives_back));
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
