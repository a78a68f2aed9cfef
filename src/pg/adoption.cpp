#include "pg/adoption.hpp"

#include "base/text.hpp"
#include "pg/conninfo.hpp"
#include "pg/insert_defaults.hpp"
#include "pg/status_expressions.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace callctl::pg {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* k_size = R"(
SELECT pg_total_relation_size(to_regclass('call_log'))::bigint AS bytes)";

// As the sweep judges rows (sweep_page.cpp); {0} to {2} are the statuses as they will be, {3}
// says that one of the host's own is not set, {4} whether the call is known already, {5}
// created_at, {6} call_sid.
constexpr const char* k_fates = R"(
WITH seen AS (
    SELECT id, nullif({6}, '') AS sid, {5} >= now() - $1::bigint * interval '1 millisecond' AS recent,
           {0} IN ('completed', 'skipped') AND {1} IN ('completed', 'skipped')
             AND {2} IN ('completed', 'skipped') AND NOT {3} AS complete
    FROM call_log
), lowest AS (
    SELECT sid, min(id) AS id
    FROM seen
    WHERE sid IN (SELECT sid FROM seen WHERE recent)
    GROUP BY sid
)
SELECT CASE WHEN s.sid IS NULL THEN 'no SID'
            WHEN s.sid !~ '^CA[0-9a-fA-F]{{32}}$' THEN 'not a call SID'
            WHEN {4} THEN 'known'
            WHEN s.recent IS NOT TRUE THEN 'too old'
            WHEN s.id <> l.id THEN 'duplicate SID'
            WHEN s.complete THEN 'complete'
            ELSE 'taken up' END AS fate,
       count(*) AS rows
FROM seen s
LEFT JOIN lowest l ON l.sid = s.sid
GROUP BY 1
ORDER BY 2 DESC, 1)";

constexpr const char* k_known = "EXISTS (SELECT FROM callctl.work w WHERE w.call_sid = s.sid)";

// Measured on two cores with a disk of the usual kind; what is told says `about`.
constexpr std::int64_t k_rows_indexed_a_second = 300'000;
constexpr std::int64_t k_rows_inferred_a_second = 15'000;
constexpr milliseconds k_batch_blocks{50};

// PostgreSQL checks all constraints of a row that is updated (ALTER TABLE, NOT VALID).
constexpr const char* k_not_validated = R"(
SELECT quote_ident(conname) AS name, pg_get_expr(conbin, conrelid) AS condition
FROM pg_constraint
WHERE conrelid = to_regclass('call_log') AND contype = 'c' AND NOT convalidated
ORDER BY 1)";

seconds at_rate(std::int64_t rows, std::int64_t a_second) {
    return seconds{(rows + a_second - 1) / a_second};
}

bool has_work_table(const MigrationPlan& plan) {
    const auto work = std::find_if(plan.migrations.begin(), plan.migrations.end(),
                                   [](const auto& migration) { return migration.name == "work"; });
    return work != plan.migrations.end() && work->applied;
}

std::string fates_sql(const MigrationPlan& plan) {
    const HostTable& host = plan.host;
    const StatusExpressions statuses{host};
    return fmt::format(fmt::runtime(k_fates), statuses.effective(0), statuses.effective(1),
                       statuses.effective(2), statuses.one_of_the_hosts_is_open(),
                       has_work_table(plan) ? k_known : "false",
                       host.has("created_at") ? "created_at::timestamptz" : "NULL::timestamptz",
                       host.has("call_sid") ? "call_sid" : "NULL::text");
}

void count_rows(Transaction& transaction, const MigrationPlan& plan, const AdoptionNeeds& needs,
                AdoptionSurvey& survey) {
    const Rows size = transaction.exec(k_size);
    survey.bytes = size.one()["bytes"].integer();
    const Rows fates = transaction.exec(fates_sql(plan), {interval_param(needs.horizon)});
    for (const Row row : fates) {
        survey.fates.push_back({row["fate"].text(), row["rows"].integer()});
        survey.rows += survey.fates.back().rows;
    }
}

/// Rows of the past that would break off the inference of their statuses.
std::vector<Problem> broken_constraints(Transaction& transaction, const MigrationPlan& plan) {
    const std::string open = StatusExpressions{plan.host}.one_of_ours_is_open();
    std::vector<Problem> problems;
    if (plan.inference.done || open.empty()) {
        return problems;
    }
    const Rows constraints = transaction.exec(k_not_validated);
    for (const Row row : constraints) {
        const auto broken =
            transaction
                .exec(fmt::format("SELECT count(*) FROM call_log WHERE {} AND NOT ({})", open,
                                  row["condition"].view()))
                .one()
                .at(0)
                .integer();
        if (broken > 0) {
            problems.push_back(
                {fmt::format("{} rows of {} break constraint {}, which is NOT VALID: their "
                             "statuses could not be inferred",
                             broken, plan.host.name, row["name"].view()),
                 fmt::format("mend those rows, or ALTER TABLE {} DROP CONSTRAINT {} until the "
                             "statuses are inferred",
                             plan.host.name, row["name"].view())});
        }
    }
    return problems;
}

std::vector<ExpectedLock> expected_locks(const MigrationPlan& plan, milliseconds lock_timeout,
                                         std::int64_t rows) {
    std::vector<ExpectedLock> locks;
    if (!plan.host.missing.empty()) {
        locks.push_back({"ALTER TABLE ADD COLUMN", "ACCESS EXCLUSIVE", plan.host.name, lock_timeout,
                         seconds{0}});
    }
    if (plan.host.lacks_index) {
        locks.push_back({"CREATE INDEX CONCURRENTLY", "SHARE UPDATE EXCLUSIVE", plan.host.name,
                         milliseconds{0}, at_rate(rows, k_rows_indexed_a_second)});
    }
    if (plan.inference.rows > 0) {
        locks.push_back({"UPDATE", "rows", "the rows of one batch", k_batch_blocks,
                         at_rate(plan.inference.rows, k_rows_inferred_a_second)});
    }
    return locks;
}

// Of the application, in a schema that this connection does not look into.
constexpr const char* k_elsewhere = R"(
SELECT quote_ident(n.nspname) AS schema, current_setting('search_path') AS path,
       quote_ident(current_user) AS me, has_schema_privilege(n.oid, 'USAGE') AS is_open,
       to_regclass('callctl.migration') IS NULL AS is_new
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = 'call_log' AND c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_'
ORDER BY 1)";

std::vector<Problem> tables_elsewhere(Transaction& transaction) {
    std::vector<Problem> problems;
    const Rows tables = transaction.exec(k_elsewhere);
    for (const Row row : tables) {
        const std::string schema = row["schema"].text();
        if (!row["is_open"].boolean()) { // whatever the search_path is
            problems.push_back(
                {fmt::format("{} may not look into {}, where there is a call_log", row["me"].view(),
                             schema),
                 fmt::format("GRANT USAGE ON SCHEMA {} TO {}", schema, row["me"].view())});
            continue;
        }
        Problem problem{
            fmt::format("{}.call_log is not in the search_path ({}): a second one would be made",
                        schema, row["path"].view()),
            fmt::format("ALTER ROLE ... SET search_path = {}, or options={} among the parameters "
                        "of DATABASE_URL",
                        schema, search_path_option(schema))};
        if (row["is_new"].boolean()) { // else it has one somewhere
            problem.fix += "; to have one made beside it, run callctl migrate without --adopt";
        }
        problems.push_back(std::move(problem));
    }
    return problems;
}

std::vector<Problem> lacking_defaults(const HostTable& host, const AdoptionNeeds& needs) {
    std::vector<Problem> problems;
    for (const std::string& column : host.required) {
        if (!needs.insert_defaults.contains(column)) {
            problems.push_back(
                {fmt::format("{} requires a value for column {}, and has no default for it: calls "
                             "that callctl hears of first could not be inserted",
                             host.name, column),
                 column == "id"
                     ? own_ids(host)
                     : fmt::format("set {} in [call_log.defaults] of callctl.toml", column)});
        }
    }
    return problems;
}

// Calls that nobody answers end as `skipped`, for one, and there are many.
std::vector<Problem> narrow_checks(const HostTable& host) {
    std::vector<Problem> problems;
    for (const NarrowCheck& check : host.narrow) {
        problems.push_back(
            {fmt::format("constraint {} of {} refuses what callctl writes to column {}: {}",
                         check.constraint, host.name, check.column, base::joined(check.refused)),
             fmt::format("ALTER TABLE {0} DROP CONSTRAINT {1}, ADD CONSTRAINT {1} CHECK (({2}) OR "
                         "{3} IN ('{4}')) NOT VALID; ALTER TABLE {0} VALIDATE CONSTRAINT {1}",
                         host.name, check.constraint, check.condition, check.column,
                         fmt::join(check.refused, "', '"))});
    }
    return problems;
}

std::vector<Problem> never_null(const HostTable& host) {
    std::vector<Problem> problems;
    for (const std::string& column : host.never_null) {
        problems.push_back(
            {fmt::format("{}.{} is NOT NULL: calls of which callctl does not know it could not be "
                         "inserted, whatever its default",
                         host.name, column),
             fmt::format("ALTER TABLE {} ALTER COLUMN {} DROP NOT NULL", host.name, column)});
    }
    return problems;
}

} // namespace

std::vector<Problem> refusals_of(Transaction& transaction, const HostTable& host,
                                 const AdoptionNeeds& needs) {
    if (!host.exists) {
        return tables_elsewhere(transaction);
    }
    std::vector<Problem> problems = lacking_defaults(host, needs);
    const auto unfit = unfit_defaults(transaction, host, needs.insert_defaults);
    for (const auto& more : {unfit, never_null(host), narrow_checks(host)}) {
        problems.insert(problems.end(), more.begin(), more.end());
    }
    return problems;
}

AdoptionSurvey survey_adoption(Transaction& transaction, const MigrationPlan& plan,
                               const AdoptionNeeds& needs, milliseconds lock_timeout) {
    AdoptionSurvey survey{.recognised = recognise(plan.host), .obstacles = plan.refusals};
    const std::vector<Problem> refusals = refusals_of(transaction, plan.host, needs);
    survey.obstacles.insert(survey.obstacles.end(), refusals.begin(), refusals.end());
    survey.counted = plan.host.problems.empty();
    if (plan.host.exists && survey.counted) {
        count_rows(transaction, plan, needs, survey);
        const auto broken = broken_constraints(transaction, plan);
        survey.obstacles.insert(survey.obstacles.end(), broken.begin(), broken.end());
        survey.builds_index = plan.host.lacks_index;
        survey.resting_triggers = plan.host.triggers;
        survey.locks = expected_locks(plan, lock_timeout, survey.rows);
    }
    return survey;
}

} // namespace callctl::pg
