#include "cmd_migrate.hpp"

#include "exit_code.hpp"
#include "migrate_json.hpp"
#include "migrate_words.hpp"
#include "options.hpp"
#include "version.hpp"

#include "base/exception.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <array>
#include <string_view>
#include <utility>

namespace callctl::cmd {
namespace {

struct MigrateCommandOptions {
    bool adopt{false};
    bool undo{false};
    bool yes{false};
    bool force{false};
    bool dry_run{false};
    bool json{false};
    bool status_json{false};
};

void check(const MigrateCommandOptions& options) {
    if (options.adopt && options.undo) {
        throw base::UsageError{"--adopt and --undo contradict each other"};
    }
    if (options.yes && !options.adopt && !options.undo) {
        throw base::UsageError{"--yes goes with --adopt or --undo"};
    }
    if (options.force && !options.undo) {
        throw base::UsageError{"--force goes with --undo"};
    }
}

/// CLI11 takes them in front of `status` as well as behind it.
void check_status(const MigrateCommandOptions& options) {
    const std::array<std::pair<bool, std::string_view>, 5> changing{
        {{options.adopt, "--adopt"},
         {options.undo, "--undo"},
         {options.yes, "--yes"},
         {options.force, "--force"},
         {options.dry_run, "--dry-run"}}};
    for (const auto& [given, name] : changing) {
        if (given) {
            throw base::UsageError{std::string{name} + " does not go with status",
                                   "status changes nothing: leave it out, or leave status out"};
        }
    }
}

std::unique_ptr<pg::Migrator> open(Runner& runner, const config::Config& config) {
    pg::MigrateOptions options{.binary_version = version_text()};
    options.progress = [&runner](const auto& progress) { print_progress(runner.err, progress); };
    return runner.adapters.open_migrator(config, std::move(options));
}

std::unique_ptr<pg::Migrator> open(Runner& runner) {
    return open(runner, runner.configured({config::Need::database}));
}

int show_status(Runner& runner, const MigrateCommandOptions& options) {
    check_status(options);
    const auto plan = open(runner)->plan();
    if (options.json || options.status_json) {
        runner.out << to_json(plan, /*with_sql=*/false).dump(2) << '\n';
    } else {
        print_migrations(runner, plan);
        print_host(runner, plan);
    }
    return plan.refusals.empty() && plan.pending() == 0 ? k_done : k_schema;
}

int plan(Runner& runner, const MigrateCommandOptions& options) {
    const auto plan = open(runner)->plan();
    if (options.json) {
        runner.out << to_json(plan, /*with_sql=*/true).dump(2) << '\n';
    } else {
        print_migrations(runner, plan);
        print_host(runner, plan);
        print_statements(runner, plan);
    }
    return plan.refusals.empty() ? k_done : k_schema;
}

void print_run(Runner& runner, const pg::MigrationReport& report) {
    if (report.applied.empty() && report.inferred_rows == 0) {
        runner.out << "nothing to do: the schema is up to date\n";
        return;
    }
    runner.out << "applied " << report.applied.size() << " migrations, inferred the statuses of "
               << report.inferred_rows << " rows" << (report.stopped ? ", stopped" : "") << '\n';
}

int apply(Runner& runner, const MigrateCommandOptions& options) {
    const auto report = open(runner)->run();
    if (options.json) {
        runner.out << to_json(report).dump(2) << '\n';
    } else {
        print_run(runner, report);
    }
    return runner.unless_stopped(k_done);
}

int refuse(Runner& runner, const std::string& message, const std::string& hint, int code) {
    print_error(runner.err, message, hint);
    return code;
}

/// With --json nothing is shown before it is done, so there is nothing to agree to.
bool is_agreed_to(Runner& runner, const MigrateCommandOptions& options) {
    return options.yes || (!options.json && runner.agrees());
}

int adopt(Runner& runner, const MigrateCommandOptions& options) {
    const auto config = runner.configured({config::Need::database});
    const auto migrator = open(runner, config);
    const auto plan = migrator->plan();
    const auto survey = migrator->survey(plan, {.horizon = config.pipeline.adoption_horizon,
                                                .insert_defaults = config.call_log_defaults});
    nlohmann::ordered_json told = to_json(plan, /*with_sql=*/true);
    told["adoption"] = to_json(survey);
    if (!options.json) {
        print_survey(runner, plan, survey);
    }
    const bool is_adopted = plan.pending() == 0 && plan.inference.done;
    const bool goes_on = !options.dry_run && survey.obstacles.empty() &&
                         (is_adopted || is_agreed_to(runner, options));
    if (goes_on) {
        const auto report = migrator->run();
        if (!options.json) {
            runner.out << '\n';
            print_run(runner, report);
        }
        told["run"] = to_json(report);
    }
    if (options.json) {
        runner.out << told.dump(2) << '\n';
    }
    if (!survey.obstacles.empty()) {
        return options.dry_run ? k_schema
                               : refuse(runner, "nothing was touched: " + survey.obstacles[0].what,
                                        survey.obstacles[0].fix, k_schema);
    }
    return runner.unless_stopped(goes_on || options.dry_run
                                     ? k_done
                                     : refuse(runner,
                                              "nothing was touched: the adoption was not agreed to",
                                              "repeat the command with --yes", k_refused));
}

int take_back(Runner& runner, pg::Migrator& migrator, const MigrateCommandOptions& options,
              const pg::UndoPlan& plan) {
    if (!plan.refusals.empty()) {
        return refuse(runner, "nothing was touched: " + plan.refusals[0].what, plan.refusals[0].fix,
                      k_schema);
    }
    if (!plan.at_work.empty() && !options.force) {
        return refuse(runner, "nothing was touched: " + plan.at_work[0],
                      "stop the services of callctl, or use --force", k_refused);
    }
    if (!options.yes) {
        return refuse(runner, "nothing was touched: what is lost cannot be brought back",
                      "repeat the command with --yes", k_refused);
    }
    if (migrator.undo() && !options.json) {
        runner.out << "callctl is no longer in this database\n";
    }
    return runner.unless_stopped(k_done);
}

int undo(Runner& runner, const MigrateCommandOptions& options) {
    const auto migrator = open(runner);
    const auto plan = migrator->undo_plan();
    if (options.json) {
        runner.out << to_json(plan).dump(2) << '\n';
    } else {
        print_undo(runner, plan);
    }
    if (plan.statements.empty() && plan.refusals.empty()) {
        if (!options.json) {
            runner.out << "nothing to undo\n";
        }
        return k_done;
    }
    if (options.dry_run) {
        return plan.refusals.empty() ? k_done : k_schema;
    }
    return take_back(runner, *migrator, options, plan);
}

int run_migrate(Runner& runner, const MigrateCommandOptions& options) {
    check(options);
    if (options.adopt) {
        return adopt(runner, options);
    }
    if (options.undo) {
        return undo(runner, options);
    }
    return options.dry_run ? plan(runner, options) : apply(runner, options);
}

} // namespace

void add_migrate(CLI::App& app, Runner& runner) {
    auto* const command = app.add_subcommand("migrate", "set up the schema, or adopt a call_log");
    auto options = std::make_shared<MigrateCommandOptions>();
    command->add_flag("--adopt", options->adopt,
                      "first report on the call_log that is there, and ask");
    command->add_flag("--undo", options->undo, "remove what callctl has added, and nothing else");
    command->add_flag("--yes", options->yes, "do not ask; --undo needs it");
    command->add_flag("--force", options->force, "undo also while services are running");
    add_dry_run(*command, options->dry_run, "show the SQL that would run, change nothing");
    add_json(*command, options->json);
    add_exit_codes(*command, {k_done, k_refused, k_schema, k_try_again});
    add_examples(*command, "callctl-migrate",
                 "  callctl migrate --dry-run\n"
                 "  callctl migrate --adopt --dry-run\n"
                 "  callctl migrate --undo --dry-run\n"
                 "  callctl migrate status\n");
    command->callback([&runner, options] {
        if (!runner.action) {
            runner.action = [&runner, options] { return run_migrate(runner, *options); };
        }
    });
    auto* const status =
        command->add_subcommand("status", "show what is applied and what is pending");
    add_json(*status, options->status_json);
    add_exit_codes(*status, {k_done, k_schema, k_try_again});
    add_examples(*status, "callctl-migrate",
                 "  callctl migrate status\n  callctl migrate status --json | jq .pending\n");
    status->callback([&runner, options] {
        runner.action = [&runner, options] { return show_status(runner, *options); };
    });
}

} // namespace callctl::cmd
