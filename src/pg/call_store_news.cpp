#include "pg/call_store_news.hpp"

#include "base/exception.hpp"
#include "call/progress.hpp"
#include "pg/call_store_adopt.hpp"
#include "pg/call_store_new_calls.hpp"
#include "pg/call_store_row_writes.hpp"
#include "pg/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace callctl::pg {
namespace {

/// What an insert into call_log fills in by itself; the first six come with the row.
constexpr std::array k_own_columns{
    "call_sid",       "parent_call_sid", "from_number",      "to_number",
    "direction",      "call_status",     "recording_status", "transcript_status",
    "summary_status", "retry_count",     "created_at",       "updated_at",
};
constexpr std::size_t k_row_columns = 6;
/// What a whole row says besides.
constexpr std::array k_more_columns{"duration", "recording_sid", "recording_url", "last_error"};

bool is_column_name(const std::string& name) {
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    };
    return !name.empty() && name.size() < 64 && (name[0] < '0' || name[0] > '9') &&
           std::ranges::all_of(name, fits);
}

void check_column(const std::string& column) {
    if (!is_column_name(column)) {
        throw base::ConfigError{fmt::format("call_log.defaults: \"{}\" is no column name", column),
                                "use lower-case letters, digits and underscores"};
    }
    if (std::ranges::find(k_own_columns, column) != k_own_columns.end()) {
        throw base::ConfigError{
            fmt::format("call_log.defaults: callctl fills the column {} itself", column),
            "remove it from call_log.defaults"};
    }
}

std::vector<std::string> names_of(std::span<const NewsItem> news) {
    std::set<std::string> names;
    for (const NewsItem& item : news) {
        names.insert(item.sid->str());
    }
    return {names.begin(), names.end()};
}

/// \pre both are sorted
template <class Names>
std::vector<std::string> without(const std::vector<std::string>& names, const Names& others) {
    std::vector<std::string> rest;
    std::ranges::set_difference(names, others, std::back_inserter(rest));
    return rest;
}

std::vector<std::string> names_of(const std::vector<CreatedWork>& created) {
    std::vector<std::string> names;
    names.reserve(created.size());
    for (const CreatedWork& work : created) {
        names.push_back(work.call_sid);
    }
    return names;
}

// The types of the columns are the host's affair.
std::string whole_row_sql(const std::string& more_columns, const std::string& more_values) {
    return fmt::format(
        "INSERT INTO call_log ({}, {}{}) "
        "SELECT d.call_sid, d.parent, d.from_number, d.to_number, d.direction, d.call_status, "
        "d.recording_status, d.transcript_status, d.summary_status, d.retry_count, "
        "now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC', "
        "d.duration, d.recording_sid, d.recording_url, d.last_error{} "
        "FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], "
        "$7::text[], $8::text[], $9::text[], $10::integer[], $11::integer[], $12::text[], "
        "$13::text[], $14::text[]) "
        "AS d(call_sid, parent, from_number, to_number, direction, call_status, recording_status, "
        "transcript_status, summary_status, retry_count, duration, recording_sid, recording_url, "
        "last_error) "
        "ORDER BY d.call_sid "
        "ON CONFLICT DO NOTHING RETURNING call_sid, id",
        fmt::join(k_own_columns, ", "), fmt::join(k_more_columns, ", "), more_columns, more_values);
}

/// Values of the first news of each of the calls.
Params row_params(std::span<const NewsItem> news, const std::vector<CreatedWork>& created,
                  const HostRules& rules) {
    std::array<std::vector<Param>, k_row_columns> columns;
    for (const CreatedWork& work : created) {
        const auto first = std::ranges::find_if(
            news, [&](const NewsItem& item) { return item.sid->str() == work.call_sid; });
        const call::Call call{.sid = *first->sid, .facts = *first->facts};
        const HostChange values = host_change({}, call, rules);
        columns[0].push_back(param(work.call_sid));
        columns[1].push_back(values.parent);
        columns[2].push_back(values.from);
        columns[3].push_back(values.to);
        columns[4].push_back(param(call::to_string(first->facts->direction)));
        columns[5].push_back(values.call_status);
    }
    Params params;
    for (const auto& column : columns) {
        params.emplace_back(array_literal(column));
    }
    return params;
}

/// The calls that nobody knew: rows of the host's are made where it has none, and adopted.
std::vector<StoredCall> adopt_created(Transaction& transaction, std::span<const NewsItem> news,
                                      const std::vector<CreatedWork>& created,
                                      const HostWriting& writing) {
    Params params = row_params(news, created, writing.rules);
    const Params& defaults = writing.insert.values();
    params.insert(params.end(), defaults.begin(), defaults.end());
    std::set<std::string> inserted;
    const Rows rows = transaction.exec(writing.insert.sql(), params);
    for (const Row row : rows) {
        inserted.insert(row.at(0).text());
    }
    std::map<std::string, base::CallId> ids;
    for (const CreatedWork& work : created) {
        ids.emplace(work.call_sid, work.id);
    }
    std::vector<StoredCall> calls;
    for (const NamedHostRow& host : read_hosts(transaction, names_of(created))) {
        auto& stored = calls.emplace_back(adopted(base::CallSid::parse(host.call_sid).value(),
                                                  ids.at(host.call_sid), host.row, writing.now));
        if (inserted.contains(host.call_sid)) {
            // Our own row tells nothing that the news do not, and the host's defaults tell lies.
            stored.call.facts = {};
        }
        stored.call.facts.heard_at = writing.now;
    }
    if (calls.size() < created.size()) {
        // A unique constraint on something else than call_sid has swallowed the row.
        throw SqlError{"23505", "call_log takes no row for the call"};
    }
    return calls;
}

// Existing rows are locked first, in the order of their SIDs, then new ones are made, in that order
// too: whoever needs several calls waits for them in one direction only. The rows are read by a
// later statement, so that both tables are seen as they are once the lock is had.
std::vector<StoredCall> locked_calls(Transaction& transaction, std::span<const NewsItem> news,
                                     const std::vector<std::string>& names,
                                     std::vector<std::string> locked, const HostWriting& writing) {
    std::vector<CreatedWork> created;
    if (locked.size() < names.size()) {
        const auto missing = without(names, locked);
        created = create_work(transaction, missing);
        if (created.size() < missing.size()) { // somebody else made some of them meanwhile
            locked = lock_work(transaction, names);
            const auto made = names_of(created);
            std::erase_if(locked, [&](const std::string& name) {
                return std::ranges::find(made, name) != made.end();
            });
        }
    }
    auto calls = read_calls(transaction, locked);
    relink(transaction, calls);
    if (!created.empty()) {
        auto adopted_calls = adopt_created(transaction, news, created, writing);
        std::ranges::move(adopted_calls, std::back_inserter(calls));
    }
    return calls;
}

} // namespace

// ON CONFLICT without a target: it serves full, partial and missing unique indexes alike.
HostInsert::HostInsert(const std::map<std::string, std::string>& defaults) {
    std::string columns;
    std::string values;
    std::string whole_values;
    bool sets_more = false;
    for (const auto& [column, value] : defaults) {
        check_column(column);
        sets_more = sets_more || std::ranges::find(k_more_columns, column) != k_more_columns.end();
        m_values.push_back(param(value));
        columns += fmt::format(", \"{}\"", column);
        values += fmt::format(", ${}", k_row_columns + m_values.size());
        whole_values += fmt::format(", ${}", k_whole_row_columns + m_values.size());
    }
    m_sql = fmt::format(
        "INSERT INTO call_log ({}{}) "
        "SELECT d.call_sid, d.parent, d.from_number, d.to_number, d.direction, d.call_status, "
        "'pending', 'pending', 'pending', 0, now() AT TIME ZONE 'UTC', "
        "now() AT TIME ZONE 'UTC'{} "
        "FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) "
        "AS d(call_sid, parent, from_number, to_number, direction, call_status) "
        "WHERE NOT EXISTS (SELECT FROM call_log l WHERE l.call_sid = d.call_sid) "
        "ON CONFLICT DO NOTHING RETURNING call_sid",
        fmt::join(k_own_columns, ", "), columns, values);
    if (!sets_more) {
        m_whole_sql = whole_row_sql(columns, whole_values);
    }
}

void hear(StoredCall& stored, const call::CallFacts& news,
          const port::CallStore::DecideNews& decide) {
    const call::Change change = decide(stored.call, news, stored.now);
    const bool matters = call::matters(stored.call, call::merged(stored.call.facts, change.facts));
    stored.call = call::applied(std::move(stored.call), change);
    stored.call.news += matters ? 1 : 0;
}

void apply_news(Transaction& transaction, std::span<const NewsItem> news,
                const port::CallStore::DecideNews& decide, const HostWriting& writing) {
    if (news.empty()) {
        return;
    }
    auto names = names_of(news);
    auto locked = lock_work(transaction, names);
    if (writing.first_rows == FirstRows::written_once) {
        const auto made =
            write_new_calls(transaction, news, without(names, locked), decide, writing);
        names = without(names, made);
    }
    if (names.empty()) {
        return;
    }
    std::map<std::string, StoredCall> calls;
    for (StoredCall& stored : locked_calls(transaction, news, names, std::move(locked), writing)) {
        auto name = stored.call.sid.str();
        calls.emplace(std::move(name), std::move(stored));
    }
    std::map<std::string, call::CallFacts> before;
    for (const auto& [name, stored] : calls) {
        before.emplace(name, stored.call.facts);
    }
    for (const NewsItem& item : news) {
        const auto stored = calls.find(item.sid->str());
        if (stored != calls.end()) {
            hear(stored->second, *item.facts, decide);
        }
    }
    std::vector<CallUpdate> updates;
    for (auto& [name, stored] : calls) {
        const auto replaced = call::replaced_recording(before.at(name), stored.call.facts);
        HostChange change = host_change(stored.host, stored.call, writing.rules, replaced);
        updates.push_back({std::move(stored.call), stored.host.id, std::move(change)});
    }
    write_calls(transaction, updates);
}

} // namespace callctl::pg
