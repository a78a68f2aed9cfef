#include "pg/status_inference.hpp"

#include <fmt/format.h>

#include <array>
#include <map>
#include <utility>

namespace callctl::pg {
namespace {

constexpr const char* k_name = "statuses";

constexpr std::array k_columns{"recording_status", "transcript_status", "summary_status"};

constexpr const char* k_has_record = "SELECT to_regclass('callctl.backfill') IS NOT NULL AS found";

constexpr const char* k_read_record = R"(
SELECT cursor, upto, done_at IS NOT NULL AS done
FROM callctl.backfill
WHERE name = $1)";

constexpr const char* k_begin = R"(
INSERT INTO callctl.backfill (name, upto)
SELECT $1, coalesce(max(id), 0)::bigint FROM call_log
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

/// The rules, as expressions over call_log; a column that is not there yet counts as NULL. An empty
/// text says as little as NULL does.
class Rules {
  public:
    explicit Rules(const HostTable* host) : m_host{host} {}

    [[nodiscard]] std::string column(const char* name) const {
        return m_host == nullptr || m_host->has(name) ? name : "NULL::text";
    }

    [[nodiscard]] std::array<std::string, k_columns.size()> statuses() const {
        return {fmt::format("CASE WHEN nullif({}, '') IS NOT NULL THEN 'completed' "
                            "WHEN nullif({}, '') IS NOT NULL THEN 'recording' ELSE 'pending' END",
                            column("recording_url"), column("recording_sid")),
                fmt::format("CASE WHEN length({}) > 50 OR length({}) > 50 THEN 'completed' "
                            "ELSE 'pending' END",
                            column("final_transcript"), column("transcription")),
                fmt::format("CASE WHEN length({}) > 20 THEN 'completed' ELSE 'pending' END",
                            column("summary"))};
    }

    /// No status set, in one of the columns at least.
    [[nodiscard]] std::string open() const {
        return fmt::format("({} IS NULL OR {} IS NULL OR {} IS NULL)", column(k_columns[0]),
                           column(k_columns[1]), column(k_columns[2]));
    }

  private:
    const HostTable* m_host; ///< none: every column is there
};

std::string update_sql() {
    const Rules rules{nullptr};
    const auto statuses = rules.statuses();
    return fmt::format("UPDATE call_log SET recording_status = coalesce(recording_status, {}), "
                       "transcript_status = coalesce(transcript_status, {}), "
                       "summary_status = coalesce(summary_status, {}) "
                       "WHERE id > $1::bigint AND id <= $2::bigint AND {}",
                       statuses[0], statuses[1], statuses[2], rules.open());
}

std::string preview_sql(const HostTable& host) {
    const Rules rules{&host};
    const auto statuses = rules.statuses();
    std::string select;
    for (std::size_t i = 0; i < k_columns.size(); ++i) {
        select += fmt::format("{}CASE WHEN {} IS NULL THEN {} END AS {}", i == 0 ? "" : ", ",
                              rules.column(k_columns[i]), statuses[i], k_columns[i]);
    }
    return fmt::format(
        "SELECT recording_status, transcript_status, summary_status, count(*) AS rows "
        "FROM (SELECT {} FROM call_log WHERE id > $1::bigint AND "
        "($2::bigint IS NULL OR id <= $2::bigint) AND {}) AS inferred "
        "GROUP BY 1, 2, 3",
        select, rules.open());
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

InferencePreview preview_inference(Transaction& transaction, const HostTable& host) {
    std::optional<Record> record;
    if (transaction.exec(k_has_record).one()["found"].boolean()) {
        record = read_record(transaction, "");
    }
    InferencePreview preview{.done = record && record->done};
    if (preview.done || !host.exists) {
        return preview;
    }
    std::map<std::pair<std::size_t, std::string>, std::int64_t> counts;
    const Rows rows = transaction.exec(preview_sql(host), {param(record ? record->cursor : 0),
                                                           record ? param(record->upto) : Param{}});
    for (const Row row : rows) {
        preview.rows += row["rows"].integer();
        for (std::size_t i = 0; i < k_columns.size(); ++i) {
            if (!row[k_columns[i]].is_null()) {
                counts[{i, row[k_columns[i]].text()}] += row["rows"].integer();
            }
        }
    }
    for (const auto& [key, rows_of_status] : counts) {
        preview.counts.push_back({k_columns[key.first], key.second, rows_of_status});
    }
    return preview;
}

bool begin_inference(Transaction& transaction) {
    auto record = read_record(transaction, "");
    if (!record) {
        transaction.exec(k_begin, {param(k_name)});
        record = read_record(transaction, "");
    }
    return record && !record->done;
}

InferenceBatch infer_batch(Transaction& transaction, int page) {
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
    if (last) {
        const Rows updated =
            transaction.exec(update_sql(), {param(record->cursor), param(batch.cursor)});
        batch.rows = static_cast<std::int64_t>(updated.affected());
    }
    batch.done = batch.cursor >= batch.upto;
    transaction.exec(k_advance, {param(k_name), param(batch.cursor), param(batch.rows)});
    return batch;
}

} // namespace callctl::pg
