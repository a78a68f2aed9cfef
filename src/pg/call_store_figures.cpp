// What monitoring is told. It asks every few seconds, so each statement walks an index and ends
// after so many rows, whatever the tables hold.
#include "pg/call_store.hpp"
#include "pg/call_store_rows.hpp"
#include "pg/errors.hpp"
#include "pg/figures_sql.hpp"
#include "pg/provider_lines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace callctl::pg {
namespace {

using call::Stage;
using call::Status;
using port::Figures;
using port::HeadLoss;

// Position: milliseconds since 1970 of the row `twilio`.
constexpr const char* k_marks = "SELECT name, position, updated_at FROM callctl.sweep";

// Of $1, those columns that the host's table lacks; NULL where there are none.
constexpr const char* k_host_table = R"(
SELECT to_regclass('call_log') IS NOT NULL,
       (SELECT string_agg(needed.name, ', ' ORDER BY needed.name)
        FROM unnest($1::text[]) AS needed(name)
        WHERE NOT EXISTS (SELECT FROM pg_attribute a
                          WHERE a.attrelid = to_regclass('call_log') AND a.attname = needed.name
                            AND a.attnum > 0 AND NOT a.attisdropped)))";

using Counts = std::map<std::pair<Stage, Status>, std::int64_t>;

Stage stage_in(const Field& field) {
    return call::parse_stage(field.view()).value();
}

int code_of(HeadLoss loss) {
    return static_cast<int>(loss);
}

// As port::head_loss_of.
std::string head_loss_sql() {
    return fmt::format("CASE WHEN due_at IS NULL AND reason IN ('NOT_RECORDED', 'ABSENT') THEN {} "
                       "WHEN head_loss_ms <= 0 THEN {} WHEN head_loss_ms <= 1000 THEN {} "
                       "WHEN head_loss_ms <= 3000 THEN {} WHEN head_loss_ms <= 10000 THEN {} "
                       "WHEN head_loss_ms IS NOT NULL THEN {} END",
                       code_of(HeadLoss::unrecorded), code_of(HeadLoss::none),
                       code_of(HeadLoss::to_1s), code_of(HeadLoss::to_3s),
                       code_of(HeadLoss::to_10s), code_of(HeadLoss::above_10s));
}

void add_schedule(Figures& figures, Counts& counts, const Rows& rows) {
    for (const Row row : rows) {
        const bool held = row.at(1).boolean();
        const std::int64_t calls = row.at(2).integer();
        counts[{stage_in(row.at(0)), held ? Status::processing : Status::pending}] += calls;
        figures.leased += held ? calls : 0;
        figures.due_now += row.at(3).integer();
        if (const auto oldest = row.at(4).optional_time()) {
            figures.oldest_due = std::min(figures.oldest_due.value_or(*oldest), *oldest);
        }
        figures.stuck += row.at(5).integer();
    }
}

void add_given_up(Figures& figures, Counts& counts, const Rows& rows) {
    for (const Row row : rows) {
        const auto reason = call::parse_reason(row.at(1).view());
        const std::int64_t calls = row.at(2).integer();
        counts[{stage_in(row.at(0)), Status::failed}] += calls;
        if (reason) {
            figures.given_up.push_back({stage_in(row.at(0)), *reason, calls, /*gave_up=*/true});
        }
    }
    std::ranges::sort(figures.given_up, {}, [](const port::ReasonCount& row) {
        return std::pair{row.stage, row.reason};
    });
}

void add_recent(Figures& figures, Counts& counts, const Rows& rows) {
    for (const Row row : rows) {
        const auto reason = call::parse_reason(row.at(1).view());
        const std::int64_t calls = row.at(4).integer();
        if (row.at(2).boolean() && !reason) {
            counts[{stage_in(row.at(0)), Status::completed}] += calls;
        } else if (row.at(2).boolean() && call::class_of(*reason) == call::ReasonClass::nothing) {
            counts[{stage_in(row.at(0)), Status::skipped}] += calls;
        }
        if (const auto loss = row.at(3).optional_integer()) {
            figures.head_losses.at(static_cast<std::size_t>(*loss)) += calls;
        }
        if (const auto largest = row.at(5).optional_integer()) {
            figures.largest_head_loss =
                std::max(figures.largest_head_loss.value_or(std::chrono::milliseconds{0}),
                         std::chrono::milliseconds{*largest});
        }
    }
}

void add_attempts(Figures& figures, const Rows& rows) {
    for (const Row row : rows) {
        figures.attempts.push_back({.stage = stage_in(row.at(0)),
                                    .reason = call::parse_reason(row.at(1).view()),
                                    .open = row.at(2).boolean(),
                                    .attempts = row.at(3).integer(),
                                    .requests = row.at(4).integer(),
                                    .audio_ms = row.at(5).integer(),
                                    .cost_micros = row.at(6).integer()});
        if (const auto window = row.at(7).optional_integer()) {
            figures.attempts_window =
                std::min(figures.attempts_window, std::chrono::milliseconds{*window});
        }
    }
    std::ranges::sort(figures.attempts, {}, [](const port::AttemptCount& row) {
        return std::tuple{row.stage, row.open, row.reason};
    });
}

void add_marks(Figures& figures, const Rows& rows) {
    for (const Row row : rows) {
        if (row.at(0).view() == "call_log") {
            figures.swept_at = row.at(2).time();
        } else if (row.at(0).view() == "twilio") {
            figures.listed_until = base::Time{std::chrono::milliseconds{row.at(1).integer()}};
        }
    }
}

// Nothing below reads the host's table, without which, as with a part of it, no call goes on. Locks
// on it are not waited for.
void require_host_table(Transaction& transaction) {
    const Rows rows = transaction.exec(k_host_table, {text_array(host_column_names())});
    const Row table = rows.one();
    if (!table.at(0).boolean()) {
        throw base::SchemaError{"there is no table call_log", k_migrate_hint};
    }
    if (const std::string lacks = table.at(1).text(); !lacks.empty()) {
        throw base::SchemaError{"call_log lacks " + lacks, k_migrate_hint};
    }
}

Figures read_figures(Transaction& transaction) {
    require_host_table(transaction);
    Figures figures{.now = transaction_time(transaction)};
    Counts counts;
    add_schedule(figures, counts, transaction.exec(schedule_sql()));
    add_given_up(figures, counts, transaction.exec(given_up_sql()));
    add_recent(figures, counts,
               transaction.exec(recent_calls_sql(), {interval_param(port::k_calls_window)}));
    for (const auto& [key, calls] : counts) {
        figures.counts.push_back({key.first, key.second, calls});
    }
    figures.inbox_unapplied = transaction.exec(unapplied_sql()).one().at(0).integer();
    add_attempts(figures,
                 transaction.exec(attempts_sql(), {interval_param(port::k_attempts_window)}));
    add_marks(figures, transaction.exec(k_marks));
    figures.providers = read_provider_lines(transaction);
    return figures;
}

} // namespace

std::string reasons_to_rest() {
    std::string list;
    for (const call::ReasonInfo& info : call::all_reasons()) {
        if (info.reason_class == call::ReasonClass::nothing) {
            list += fmt::format("{}'{}'", list.empty() ? "" : ", ", info.code);
        }
    }
    return list;
}

const std::string& schedule_sql() {
    static const std::string k_sql = fmt::format(
        "SELECT stage, held, count(*), count(*) FILTER (WHERE due_at <= now() AND NOT held), "
        "min(due_at) FILTER (WHERE due_at <= now() AND NOT held), "
        "count(*) FILTER (WHERE due_at <= now() - {} * interval '1 millisecond' AND NOT held) "
        "FROM (SELECT stage, due_at, "
        "coalesce(lease_owner IS NOT NULL AND lease_until > now(), false) AS held "
        "FROM callctl.work WHERE due_at IS NOT NULL ORDER BY due_at LIMIT {}) AS live "
        "GROUP BY 1, 2",
        port::k_stuck_after.count(), port::k_most_figured);
    return k_sql;
}

const std::string& given_up_sql() {
    static const std::string k_sql = fmt::format(
        "SELECT stage, reason, count(*) FROM (SELECT stage, reason FROM callctl.work "
        "WHERE due_at IS NULL AND reason NOT IN ({}) ORDER BY call_created_at DESC LIMIT {}) "
        "AS given_up GROUP BY 1, 2",
        reasons_to_rest(), port::k_most_figured);
    return k_sql;
}

const std::string& unapplied_sql() {
    static const std::string k_sql =
        fmt::format("SELECT count(*) FROM (SELECT FROM callctl.inbox WHERE applied_at IS NULL "
                    "LIMIT {}) AS kept",
                    port::k_most_figured);
    return k_sql;
}

const std::string& recent_calls_sql() {
    static const std::string k_sql =
        fmt::format("SELECT stage, reason, due_at IS NULL, {}, count(*), max(head_loss_ms) "
                    "FROM (SELECT stage, reason, due_at, head_loss_ms FROM callctl.work "
                    "WHERE call_created_at >= now() - $1::bigint * interval '1 millisecond' "
                    "ORDER BY call_created_at DESC LIMIT {}) AS recent GROUP BY 1, 2, 3, 4",
                    head_loss_sql(), port::k_most_figured);
    return k_sql;
}

// Ids grow with time, so the newest attempts are at the end of the primary key.
const std::string& attempts_sql() {
    static const std::string k_sql = fmt::format(
        "WITH newest AS MATERIALIZED (SELECT stage, reason, finished_at IS NULL AS open, "
        "started_at, requests, audio_ms, cost_micros "
        "FROM callctl.attempt ORDER BY attempt_id DESC LIMIT {0}) "
        "SELECT stage, reason, open, count(*), coalesce(sum(requests), 0)::bigint, "
        "coalesce(sum(audio_ms), 0)::bigint, coalesce(sum(cost_micros), 0)::bigint, "
        "(SELECT CASE WHEN count(*) = {0} THEN "
        "ceil(extract(epoch FROM now() - min(started_at)) * 1000)::bigint END FROM newest) "
        "FROM newest WHERE started_at >= now() - $1::bigint * interval '1 millisecond' "
        "GROUP BY 1, 2, 3",
        port::k_most_attempts);
    return k_sql;
}

port::Figures PgCallStore::figures() {
    Figures figures;
    report([&figures](Transaction& transaction) { figures = read_figures(transaction); });
    return figures;
}

} // namespace callctl::pg
