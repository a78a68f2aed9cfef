#include "cmd_reconcile.hpp"

#include "exit_code.hpp"
#include "options.hpp"
#include "report_json.hpp"
#include "report_words.hpp"
#include "wiring.hpp"

#include "app/reconcile.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <limits>

namespace callctl::cmd {
namespace {

struct ReconcileOptions {
    std::optional<int> limit;
    int concurrency{4};
    std::string max_runtime{"4m"};
    std::string stage;
    std::string since;
    bool until_idle{false};
    bool dry_run{false};
    bool json{false};
};

app::ReconcileRequest request_of(const ReconcileOptions& options) {
    app::ReconcileRequest request;
    request.work.concurrency = options.concurrency;
    request.work.limit = options.limit;
    request.work.max_runtime = parse_duration("--max-runtime", options.max_runtime);
    if (!options.stage.empty()) {
        request.work.stage = parse_stage(options.stage);
    }
    if (!options.since.empty()) {
        request.work.since = parse_duration("--since", options.since);
    }
    if (options.until_idle) {
        request.work.until = app::WorkRequest::Until::idle;
    }
    return request;
}

void print_plan(Runner& runner, const app::ReconcileReport& report) {
    runner.out << "would adopt " << report.sweep.adopted << ", reset " << report.sweep.reset
               << ", replay " << report.sweep.replayed << "; would drive " << report.planned.size()
               << " now\n";
    Table table{{"CALL", "STAGE", "STEP", "REASON"}};
    for (const app::PlannedStep& plan : report.planned) {
        table.add({{plan.call.sid.str()},
                   {std::string{call::to_string(plan.call.stage)}},
                   {std::string{pipeline::name_of(plan.step)}},
                   {plan.call.reason ? std::string{call::to_string(*plan.call.reason)} : "-"}});
    }
    if (!table.empty()) {
        table.print(runner.out, runner.width, runner.colour);
    }
}

void print_report(Runner& runner, const app::ReconcileReport& report) {
    const app::WorkReport& work = report.work;
    runner.out << "adopted " << report.sweep.adopted << ", reset " << report.sweep.reset
               << ", replayed " << report.sweep.replayed << "; drove " << work.driven
               << ": completed " << work.completed << ", skipped " << work.skipped << ", gave up "
               << work.gave_up << ", waiting " << work.waiting;
    if (work.superseded > 0) {
        runner.out << ", superseded " << work.superseded;
    }
    if (work.failed > 0) {
        runner.out << ", failed " << work.failed << " (see the log)";
    }
    if (work.handed_back > 0) {
        runner.out << ", handed back " << work.handed_back;
    }
    runner.out << "; requests " << work.requests;
    if (work.cost_micros > 0) {
        runner.out << ", cost " << cost_text(work.cost_micros);
    }
    runner.out << (work.out_of_time ? "; out of time" : "") << '\n';
}

// Asks nobody but the database.
int show_plan(Runner& runner, const ReconcileOptions& options, app::ReconcileRequest& request) {
    const auto config = runner.configured({config::Need::database});
    request.sweep.horizon = config.pipeline.adoption_horizon;
    const auto store = runner.adapters.open_store(config, "reconcile", 1);
    const auto report = app::plan(*store, policy(config), request);
    if (options.json) {
        runner.out << to_json(report, /*dry_run=*/true).dump(2) << '\n';
    } else {
        print_plan(runner, report);
    }
    return runner.unless_stopped(k_done);
}

int run_reconcile(Runner& runner, const ReconcileOptions& options) {
    auto request = request_of(options);
    if (options.dry_run) {
        return show_plan(runner, options, request);
    }
    const auto config = runner.configured({config::Need::database, config::Need::twilio_rest,
                                           config::Need::public_url, config::Need::transcription,
                                           config::Need::summary, config::Need::state_dir});
    Engine engine{runner, config, "reconcile", options.concurrency, policy(config)};
    request.work.worker = engine.worker();
    request.sweep.horizon = config.pipeline.adoption_horizon;
    app::Reconcile reconcile{engine.store(), engine.workers(), engine.policy()};
    const auto report = reconcile.run(request);
    if (options.json) {
        runner.out << to_json(report, /*dry_run=*/false).dump(2) << '\n';
    } else {
        print_report(runner, report);
    }
    return runner.unless_stopped(report.work.gave_up + report.work.failed > 0 ? k_partial : k_done);
}

} // namespace

void add_reconcile(CLI::App& app, Runner& runner) {
    auto* const command = app.add_subcommand(
        "reconcile", "one bounded pass: find what is stuck or due, and drive it");
    auto options = std::make_shared<ReconcileOptions>();
    add_number(*command, "--limit", options->limit, 1, std::numeric_limits<int>::max(),
               "calls driven at the most");
    add_number(*command, "--concurrency", options->concurrency, 1, k_most_at_once,
               "calls driven at the same time");
    command->add_option("--max-runtime", options->max_runtime, "begin no call after this long")
        ->type_name("DURATION")
        ->capture_default_str();
    command->add_option("--stage", options->stage, "only calls in this stage")->type_name("STAGE");
    command->add_option("--since", options->since, "only calls created no longer ago")
        ->type_name("DURATION");
    command->add_flag("--until-idle", options->until_idle,
                      "go on until nothing becomes due within --max-runtime");
    add_dry_run(*command, options->dry_run, "show what would be driven, change nothing");
    add_json(*command, options->json);
    add_examples(*command, "callctl-reconcile",
                 "  callctl reconcile\n"
                 "  callctl reconcile --dry-run\n"
                 "  callctl reconcile --limit 100 --concurrency 8 --max-runtime 10m\n"
                 "  callctl reconcile --stage transcript --since 24h --json\n");
    command->callback([&runner, options] {
        runner.action = [&runner, options] { return run_reconcile(runner, *options); };
    });
}

} // namespace callctl::cmd
