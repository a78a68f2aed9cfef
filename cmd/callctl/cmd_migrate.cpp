#include "cmd_migrate.hpp"

#include "exit_code.hpp"
#include "options.hpp"
#include "report_json.hpp"
#include "table.hpp"
#include "version.hpp"

#include "base/exception.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace callctl::cmd {
namespace {

using nlohmann::ordered_json;

struct MigrateCommandOptions {
    bool dry_run{false};
    bool json{false};
    bool status_json{false};
};

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

ordered_json plan_json(const pg::MigrationPlan& plan, bool with_sql) {
    ordered_json migrations = ordered_json::array();
    for (const pg::PlannedMigration& migration : plan.migrations) {
        migrations.push_back(migration_json(migration, with_sql));
    }
    return {{"schema", k_json_schema},
            {"pending", plan.pending()},
            {"migrations", migrations},
            {"call_log",
             {{"exists", plan.host.exists},
              {"missing_columns", plan.host.missing},
              {"required_columns", plan.host.required},
              {"problems", plan.host.problems},
              {"notes", plan.host.notes}}},
            {"inference", {{"done", plan.inference.done}, {"rows", plan.inference.rows}}},
            {"refusals", plan.refusals}};
}

void print_host(Runner& runner, const pg::MigrationPlan& plan) {
    const auto list = [&runner](const std::string& title, const std::vector<std::string>& items) {
        for (const std::string& item : items) {
            runner.out << title << item << '\n';
        }
    };
    runner.out << "call_log: " << (plan.host.exists ? plan.host.name : "not there, will be created")
               << '\n';
    list("  lacks column ", plan.host.missing);
    list("  requires a value for column ", plan.host.required);
    list("  note: ", plan.host.notes);
    list("  problem: ", plan.host.problems);
    list("refused: ", plan.refusals);
}

void print_migrations(Runner& runner, const pg::MigrationPlan& plan) {
    Table table{{"NUMBER", "STATE", "APPLIED", "NAME"}};
    for (const pg::PlannedMigration& migration : plan.migrations) {
        const bool applied = migration.applied.has_value();
        table.add({{std::to_string(migration.number)},
                   {applied ? "applied" : "pending", applied ? Colour::green : Colour::yellow},
                   {applied ? base::format_iso8601(migration.applied->applied_at) : "-"},
                   {migration.name}});
    }
    table.print(runner.out, runner.width, runner.colour);
    runner.out << "statuses of existing rows: "
               << (plan.inference.done ? "inferred"
                                       : std::to_string(plan.inference.rows) + " to infer")
               << '\n';
}

void print_statements(Runner& runner, const pg::MigrationPlan& plan) {
    for (const pg::PlannedMigration& migration : plan.migrations) {
        if (migration.applied) {
            continue;
        }
        runner.out << "\n-- " << migration.number << " " << migration.name
                   << (migration.in_transaction ? "" : " (outside a transaction)") << '\n';
        for (const std::string& statement : migration.statements) {
            runner.out << statement << ";\n";
        }
    }
    for (const pg::InferredCount& count : plan.inference.counts) {
        runner.out << "-- would set " << count.column << " to " << count.status << " in "
                   << count.rows << " rows\n";
    }
}

// On standard error: standard output is for the result.
void print_progress(std::ostream& err, const pg::MigrationProgress& progress) {
    using Event = pg::MigrationProgress::Event;
    switch (progress.event) {
    case Event::waiting_for_run:
        err << "callctl: waiting for another migrate to end\n";
        break;
    case Event::applying:
        err << "callctl: applying " << progress.number << " " << progress.name << '\n';
        break;
    case Event::waiting_for_lock:
        err << "callctl: waiting for a lock: " << progress.detail << '\n';
        break;
    case Event::applied:
        break;
    case Event::inferring:
        if (progress.rows == 0) {
            break;
        }
        err << "callctl: inferred the statuses of " << progress.rows << " rows\n";
        break;
    }
}

std::unique_ptr<pg::Migrator> open(Runner& runner) {
    const auto config = runner.configured({config::Need::database});
    pg::MigrateOptions options{.binary_version = version_text()};
    options.progress = [&runner](const auto& progress) { print_progress(runner.err, progress); };
    return runner.adapters.open_migrator(config, std::move(options));
}

int show_status(Runner& runner, const MigrateCommandOptions& options) {
    const auto plan = open(runner)->plan();
    if (options.status_json) {
        runner.out << plan_json(plan, /*with_sql=*/false).dump(2) << '\n';
    } else {
        print_migrations(runner, plan);
        print_host(runner, plan);
    }
    return plan.refusals.empty() && plan.pending() == 0 ? k_done : k_schema;
}

int plan(Runner& runner, const MigrateCommandOptions& options) {
    const auto plan = open(runner)->plan();
    if (options.json) {
        runner.out << plan_json(plan, /*with_sql=*/true).dump(2) << '\n';
    } else {
        print_migrations(runner, plan);
        print_host(runner, plan);
        print_statements(runner, plan);
    }
    return plan.refusals.empty() ? k_done : k_schema;
}

int apply(Runner& runner, const MigrateCommandOptions& options) {
    const auto report = open(runner)->run();
    if (options.json) {
        const ordered_json object{{"schema", k_json_schema},
                                  {"applied", report.applied.size()},
                                  {"inferred_rows", report.inferred_rows},
                                  {"stopped", report.stopped}};
        runner.out << object.dump(2) << '\n';
    } else if (report.applied.empty() && report.inferred_rows == 0) {
        runner.out << "nothing to do: the schema is up to date\n";
    } else {
        runner.out << "applied " << report.applied.size()
                   << " migrations, inferred the statuses of " << report.inferred_rows << " rows"
                   << (report.stopped ? ", stopped" : "") << '\n';
    }
    return runner.unless_stopped(k_done);
}

} // namespace

void add_migrate(CLI::App& app, Runner& runner) {
    auto* const command = app.add_subcommand("migrate", "set up the schema, or adopt a call_log");
    auto options = std::make_shared<MigrateCommandOptions>();
    add_dry_run(*command, options->dry_run, "show the SQL that would run, change nothing");
    add_json(*command, options->json);
    add_exit_codes(*command, {k_done, k_schema, k_try_again});
    add_examples(*command, "callctl-migrate",
                 "  callctl migrate --dry-run\n"
                 "  callctl migrate\n"
                 "  callctl migrate status\n");
    command->callback([&runner, options] {
        if (!runner.action) {
            runner.action = [&runner, options] {
                return options->dry_run ? plan(runner, *options) : apply(runner, *options);
            };
        }
    });
    auto* const status =
        command->add_subcommand("status", "show what is applied and what is pending");
    add_json(*status, options->status_json);
    status->callback([&runner, options] {
        runner.action = [&runner, options] { return show_status(runner, *options); };
    });
}

} // namespace callctl::cmd
