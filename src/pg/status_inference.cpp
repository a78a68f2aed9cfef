#include "pg/status_inference.hpp"

#include "base/exception.hpp"
#include "pg/host_obstacles.hpp"
#include "pg/status_expressions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace callctl::pg {
namespace {

constexpr const char* k_name = "statuses";
constexpr std::string_view k_integrity_violation = "23"; // the class of its codes

constexpr const char* k_has_record = "SELECT to_regclass('callctl.backfill') IS NOT NULL AS found";

constexpr const char* k_read_record = R"(
SELECT cursor, upto, done_at IS NOT NULL AS done
FROM callctl.backfill
WHERE name = $1)";

constexpr const char* k_begin = R"(
INSERT INTO callctl.backfill (name, upto, done_at)
SELECT $1, coalesce(max(id), 0)::bigint, CASE WHEN $2::boolean THEN now() END FROM call_log
ON CONFLICT (name) DO NOTHING)";

constexpr const char* k_page_end = R"(
SELECT max(id)::bigint AS last
FROM (SELECT id FROM call_log
      WHERE id > $1::bigint AND id <= $2::bigint
      ORDER BY id
      LIMIT $3::integer) AS page)";

constexpr const char* k_advance = R"(
UPDATE callctl.backfill
SET cursor = $2::bigint, rows = rows + $3::bigint,
    done_at = CASE WHEN $2::bigint >= upto THEN now() END
WHERE name = $1)";

struct Record {
    std::int64_t cursor{0};
    std::int64_t upto{0};
    bool done{false};
};

constexpr const char* k_in_page = "WHERE id > $1::bigint AND id <= $2::bigint AND ";

std::string lock_sql(const StatusExpressions& rules) {
    return fmt::format("SELECT count(*) FROM (SELECT FROM call_log {}{} "
                       "FOR NO KEY UPDATE NOWAIT) AS locked",
                       k_in_page, rules.one_of_ours_is_open());
}

std::string update_sql(const HostTable& host, const StatusExpressions& rules) {
    std::string set;
    for (std::size_t i = 0; i < k_status_columns.size(); ++i) {
        if (host.is_ours(k_status_columns[i])) {
            set += fmt::format("{0}{1} = coalesce({1}, {2})", set.empty() ? "" : ", ",
                               k_status_columns[i], rules.inferred(i));
        }
    }
    return fmt::format("UPDATE call_log SET {} {}{}", set, k_in_page, rules.one_of_ours_is_open());
}

std::string preview_sql(const HostTable& host, const StatusExpressions& rules) {
    std::string select;
    for (std::size_t i = 0; i < k_status_columns.size(); ++i) {
        const bool ours = host.is_ours(k_status_columns[i]);
        select +=
            fmt::format("{}CASE WHEN {} AND {} IS NULL THEN {} END AS {}", i == 0 ? "" : ", ", ours,
                        rules.column(k_status_columns[i]), rules.inferred(i), k_status_columns[i]);
    }
    return fmt::format(
        "SELECT recording_status, transcript_status, summary_status, count(*) AS rows "
        "FROM (SELECT {} FROM call_log WHERE id > $1::bigint AND "
        "($2::bigint IS NULL OR id <= $2::bigint) AND {}) AS inferred "
        "GROUP BY 1, 2, 3",
        select, rules.one_of_ours_is_open());
}

/// The host's migrator may have made a trigger since the batch before. The lock is the one that an
/// UPDATE takes; whoever makes a trigger, or enables one, waits for it.
void have_triggers_rest(Transaction& transaction, const HostTable& host) {
    transaction.exec("LOCK TABLE call_log IN ROW EXCLUSIVE MODE");
    HostTable now{.exists = true, .name = host.name};
    find_triggers(transaction, now);
    if (!now.problems.empty()) {
        throw base::SchemaError{now.problems.front().what, now.problems.front().fix};
    }
    if (!now.triggers.empty()) {
        silence_triggers(transaction);
    }
}

/// Returns the number of rows.
std::int64_t infer(Transaction& transaction, const std::string& update, const Params& bounds) {
    try {
        return static_cast<std::int64_t>(transaction.exec(update, bounds).affected());
    } catch (const SqlError& error) {
        if (error.sqlstate().starts_with(k_integrity_violation)) {
            throw base::SchemaError{error.what(),
                                    "a row of the past breaks it: callctl migrate --adopt "
                                    "--dry-run counts such rows; then run this again"};
        }
        throw;
    }
}

std::optional<Record> read_record(Transaction& transaction, const char* lock) {
    const Rows rows = transaction.exec(std::string{k_read_record} + lock, {param(k_name)});
    if (rows.empty()) {
        return std::nullopt;
    }
    const Row row = rows.one();
    return Record{.cursor = row["cursor"].integer(),
                  .upto = row["upto"].integer(),
                  .done = row["done"].boolean()};
}

} // namespace

bool inference_is_done(Transaction& transaction) {
    if (!transaction.exec(k_has_record).one()["found"].boolean()) {
        return false;
    }
    const auto record = read_record(transaction, "");
    return record && record->done;
}

InferencePreview preview_inference(Transaction& transaction, const HostTable& host) {
    std::optional<Record> record;
    if (transaction.exec(k_has_record).one()["found"].boolean()) {
        record = read_record(transaction, "");
    }
    InferencePreview preview{.done = record && record->done};
    const StatusExpressions rules{host};
    if (preview.done || !host.exists || rules.one_of_ours_is_open().empty()) {
        return preview;
    }
    std::map<std::pair<std::size_t, std::string>, std::int64_t> counts;
    const Rows rows =
        transaction.exec(preview_sql(host, rules), {param(record ? record->cursor : 0),
                                                    record ? param(record->upto) : Param{}});
    for (const Row row : rows) {
        preview.rows += row["rows"].integer();
        for (std::size_t i = 0; i < k_status_columns.size(); ++i) {
            if (!row[k_status_columns[i]].is_null()) {
                counts[{i, row[k_status_columns[i]].text()}] += row["rows"].integer();
            }
        }
    }
    for (const auto& [key, rows_of_status] : counts) {
        preview.counts.push_back({k_status_columns[key.first], key.second, rows_of_status});
    }
    return preview;
}

bool begin_inference(Transaction& transaction, const HostTable& host) {
    auto record = read_record(transaction, "");
    if (!record) {
        transaction.exec(
            k_begin, {param(k_name), param(StatusExpressions{host}.one_of_ours_is_open().empty())});
        record = read_record(transaction, "");
    }
    return record && !record->done;
}

InferenceBatch infer_batch(Transaction& transaction, const HostTable& host, int page) {
    const auto record = read_record(transaction, " FOR UPDATE");
    if (!record) {
        throw base::BugError{"infer_batch before begin_inference"};
    }
    if (record->done) {
        return {.cursor = record->cursor, .upto = record->upto, .done = true};
    }
    const Rows page_end =
        transaction.exec(k_page_end, {param(record->cursor), param(record->upto), param(page)});
    const auto last = page_end.one()["last"].optional_integer();
    InferenceBatch batch{.cursor = last.value_or(record->upto), .upto = record->upto};
    const StatusExpressions rules{host};
    if (last && !rules.one_of_ours_is_open().empty()) {
        have_triggers_rest(transaction, host);
        const Params bounds{param(record->cursor), param(batch.cursor)};
        transaction.exec(lock_sql(rules), bounds);
        batch.rows = infer(transaction, update_sql(host, rules), bounds);
    }
    batch.done = batch.cursor >= batch.upto;
    transaction.exec(k_advance, {param(k_name), param(batch.cursor), param(batch.rows)});
    return batch;
}

int next_page(int rows, std::chrono::milliseconds took, int most) {
    constexpr std::chrono::milliseconds k_wanted{40};
    constexpr int k_least = 50;
    const int next = took > 2 * k_wanted ? rows / 2 : took < k_wanted ? rows * 2 : rows;
    return std::clamp(next, std::min(k_least, most), most);
}

void silence_triggers(Transaction& transaction) {
    transaction.exec("SET LOCAL session_replication_role = 'replica'");
}

} // namespace callctl::pg
