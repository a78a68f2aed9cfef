#include "migrate_json.hpp"

#include "report_json.hpp"

#include <nlohmann/json.hpp>

namespace callctl::cmd {
namespace {

using nlohmann::ordered_json;

ordered_json migration_json(const pg::PlannedMigration& migration, bool with_sql) {
    ordered_json object{{"number", migration.number},
                        {"name", migration.name},
                        {"applied", migration.applied.has_value()}};
    object["applied_at"] =
        migration.applied ? time_json(migration.applied->applied_at) : ordered_json(nullptr);
    if (with_sql) {
        object["statements"] = migration.statements;
    }
    return object;
}

/// What is wrong, without what to do about it.
ordered_json texts(const std::vector<pg::Problem>& problems) {
    ordered_json array = ordered_json::array();
    for (const pg::Problem& problem : problems) {
        array.push_back(problem.what);
    }
    return array;
}

ordered_json with_fixes(const std::vector<pg::Problem>& problems) {
    ordered_json array = ordered_json::array();
    for (const pg::Problem& problem : problems) {
        array.push_back({{"what", problem.what}, {"fix", problem.fix}});
    }
    return array;
}

} // namespace

ordered_json to_json(const pg::MigrationPlan& plan, bool with_sql) {
    ordered_json migrations = ordered_json::array();
    for (const pg::PlannedMigration& migration : plan.migrations) {
        migrations.push_back(migration_json(migration, with_sql));
    }
    ordered_json counts = ordered_json::array();
    for (const pg::InferredCount& count : plan.inference.counts) {
        counts.push_back(
            {{"column", count.column}, {"status", count.status}, {"rows", count.rows}});
    }
    return {{"schema", k_json_schema},
            {"pending", plan.pending()},
            {"migrations", migrations},
            {"call_log",
             {{"exists", plan.host.exists},
              {"missing_columns", plan.host.missing},
              {"required_columns", plan.host.required},
              {"problems", texts(plan.host.problems)},
              {"notes", plan.host.notes}}},
            {"inference",
             {{"done", plan.inference.done}, {"rows", plan.inference.rows}, {"counts", counts}}},
            {"refusals", texts(plan.refusals)}};
}

ordered_json to_json(const pg::MigrationReport& report) {
    return {{"schema", k_json_schema},
            {"applied", report.applied.size()},
            {"inferred_rows", report.inferred_rows},
            {"stopped", report.stopped}};
}

ordered_json to_json(const pg::AdoptionSurvey& survey) {
    ordered_json fates = ordered_json::array();
    for (const pg::RowFate& fate : survey.fates) {
        fates.push_back({{"fate", fate.fate}, {"rows", fate.rows}});
    }
    ordered_json locks = ordered_json::array();
    for (const pg::ExpectedLock& lock : survey.locks) {
        locks.push_back({{"statement", lock.statement},
                         {"lock", lock.mode},
                         {"on", lock.on},
                         {"blocks_ms", lock.blocks.count()},
                         {"takes_s", lock.takes.count()}});
    }
    return {{"generation", pg::to_string(survey.recognised.generation)},
            {"recognised_by", survey.recognised.by},
            {"rows", survey.counted ? ordered_json(survey.rows) : ordered_json(nullptr)},
            {"bytes", survey.counted ? ordered_json(survey.bytes) : ordered_json(nullptr)},
            {"builds_index", survey.builds_index},
            {"resting_triggers", survey.resting_triggers},
            {"fates", fates},
            {"locks", locks},
            {"obstacles", with_fixes(survey.obstacles)}};
}

ordered_json to_json(const pg::UndoPlan& plan) {
    ordered_json losses = ordered_json::array();
    for (const pg::Loss& loss : plan.losses) {
        losses.push_back({{"what", loss.what}, {"rows", loss.rows}});
    }
    return {{"schema", k_json_schema}, {"statements", plan.statements},
            {"losses", losses},        {"kept", plan.kept},
            {"at_work", plan.at_work}, {"refusals", with_fixes(plan.refusals)}};
}

} // namespace callctl::cmd
