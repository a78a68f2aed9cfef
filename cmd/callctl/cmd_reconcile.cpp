#include "cmd_reconcile.hpp"

#include "exit_code.hpp"
#include "metrics_file.hpp"
#include "options.hpp"
#include "progress.hpp"
#include "report_json.hpp"
#include "report_words.hpp"
#include "table.hpp"
#include "wiring.hpp"

#include "app/reconcile.hpp"
#include "base/text.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <exception>
#include <functional>
#include <limits>

namespace callctl::cmd {
namespace {

struct ReconcileOptions {
    std::optional<int> limit;
    int concurrency{4};
    std::string max_runtime{"4m"};
    std::string max_cost;
    std::string stage;
    std::string since;
    std::string backfill;
    bool until_idle{false};
    bool dry_run{false};
    bool json{false};
};

app::ReconcileRequest request_of(const ReconcileOptions& options) {
    app::ReconcileRequest request;
    request.work.concurrency = options.concurrency;
    request.work.limit = options.limit;
    request.work.max_runtime = parse_duration("--max-runtime", options.max_runtime);
    if (!options.max_cost.empty()) {
        request.work.max_cost_micros = parse_amount("--max-cost", options.max_cost);
    }
    if (!options.stage.empty()) {
        request.work.stage = parse_stage(options.stage);
    }
    if (!options.since.empty()) {
        request.work.since = parse_duration("--since", options.since);
    }
    if (!options.backfill.empty()) {
        request.backfill = {.window = parse_duration("--backfill", options.backfill)};
    }
    if (options.until_idle) {
        request.work.until = app::WorkRequest::Until::idle;
    }
    return request;
}

void print_backfill(Runner& runner, const app::BackfillReport& backfill, std::string_view adopted) {
    runner.out << (backfill.failure ? "read " : "Twilio has ") << backfill.calls << " calls and "
               << backfill.recordings << " recordings since " << base::format_iso8601(backfill.from)
               << "; " << adopted << ' ' << backfill.unknown << " unknown, corrected "
               << backfill.corrected;
    if (backfill.doubled > 0) {
        runner.out << "; recorded twice " << backfill.doubled;
    }
    runner.out << '\n';
    if (backfill.refused > 0) {
        runner.err << "callctl: call_log takes no row of " << backfill.refused
                   << " of the calls that Twilio has; callctl doctor names the cause\n";
    }
    if (backfill.failure) {
        runner.err << "callctl: Twilio's lists were not read to their end: "
                   << backfill.failure->detail << '\n';
    }
}

void print_refused(Runner& runner, const port::SweepReport& sweep) {
    if (sweep.refused > 0) {
        runner.err << "callctl: call_log refuses " << sweep.refused
                   << (sweep.refused == 1 ? " row" : " rows") << " as callctl would write "
                   << (sweep.refused == 1 ? "it: " : "them: ") << base::one_line(sweep.refusal)
                   << '\n';
    }
}

void print_plan(Runner& runner, const app::ReconcileReport& report) {
    if (report.backfill) {
        print_backfill(runner, *report.backfill, "would adopt");
    }
    if (report.from_spool > 0) {
        runner.out << "would take " << report.from_spool << " webhooks out of the spool; ";
    }
    runner.out << "would adopt " << report.sweep.adopted << ", reset " << report.sweep.reset
               << ", replay " << report.sweep.replayed << "; would drive " << report.planned.size()
               << " now; " << forecast_text(app::total_of(report))
               << (report.work.out_of_money ? "; --max-cost reached" : "") << '\n';
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
    if (report.backfill) {
        print_backfill(runner, *report.backfill, "adopted");
    }
    if (report.from_spool > 0) {
        runner.out << "took " << report.from_spool << " webhooks out of the spool; ";
    }
    runner.out << "adopted " << report.sweep.adopted << ", reset " << report.sweep.reset
               << ", replayed " << report.sweep.replayed;
    if (report.gave_up_by_news > 0) {
        runner.out << ", gave up by what was heard " << report.gave_up_by_news;
    }
    runner.out << "; drove " << work.driven << ": completed " << work.completed << ", skipped "
               << work.skipped << ", gave up " << work.gave_up << ", waiting " << work.waiting;
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
    runner.out << (work.out_of_time ? "; out of time" : "")
               << (work.out_of_money ? "; --max-cost reached" : "") << '\n';
}

int exit_code(const app::ReconcileReport& report) {
    if (report.backfill && report.backfill->failure) {
        return k_try_again;
    }
    const bool is_refused =
        report.sweep.refused > 0 || (report.backfill && report.backfill->refused > 0);
    const int left = report.gave_up_by_news + report.work.gave_up + report.work.failed;
    return left > 0 || is_refused ? k_partial : k_done;
}

int show(Runner& runner, const ReconcileOptions& options, const app::ReconcileReport& report) {
    print_refused(runner, report.sweep);
    if (options.json) {
        runner.out << to_json(report, options.dry_run).dump(2) << '\n';
    } else if (options.dry_run) {
        print_plan(runner, report);
    } else {
        print_report(runner, report);
    }
    return runner.unless_stopped(exit_code(report));
}

// What is not counted cannot be limited.
void require_prices(const config::Config& config, const app::ReconcileRequest& request) {
    for (const std::string& model : {config.transcript.model, config.summary.model}) {
        if (request.work.max_cost_micros && model.empty()) {
            throw base::ConfigError{"--max-cost: a model is not set, and so it has no price",
                                    "set CALLCTL_TRANSCRIPT_MODEL and CALLCTL_SUMMARY_MODEL, and "
                                    "[price.\"MODEL\"] of each, see callctl.toml(5)"};
        }
        if (request.work.max_cost_micros && !config.prices.contains(model)) {
            throw base::ConfigError{"--max-cost: the model '" + model + "' has no price",
                                    "add [price.\"" + model +
                                        "\"] to the configuration, see "
                                        "callctl.toml(5)"};
        }
    }
}

/// \param clock the pass begins now
void complete(app::ReconcileRequest& request, const config::Config& config, port::Clock& clock) {
    require_prices(config, request);
    request.prices = forecast_prices(config);
    request.sweep.horizon = config.pipeline.adoption_horizon;
    request.work.began = clock.monotonic();
    if (request.backfill) {
        request.backfill->horizon = config.pipeline.adoption_horizon;
        request.backfill->ends_at = *request.work.began + request.work.max_runtime.value();
    }
}

// Asks nobody but the database, and Twilio where it is to be compared with.
int show_plan(Runner& runner, const ReconcileOptions& options, app::ReconcileRequest& request) {
    using config::Need;
    const auto config = request.backfill ? runner.configured({Need::database, Need::twilio_rest})
                                         : runner.configured({Need::database});
    complete(request, config, runner.clock);
    const auto store = runner.adapters.open_store(config, "reconcile", 1);
    const auto spool = spool_if_there(config, runner.logger(config));
    if (!request.backfill) {
        return show(runner, options,
                    app::plan(*store, policy(config), request, nullptr, spool.get()));
    }
    const auto http = runner.adapters.open_http(1);
    app::RequestPacer pacer{*store, runner.clock, policy(config)};
    app::Backfill backfill{*store,        *http, pacer, runner.clock, twilio_account(config),
                           policy(config)};
    return show(runner, options,
                app::plan(*store, policy(config), request, &backfill, spool.get()));
}

int run_pass(Runner& runner, const ReconcileOptions& options, app::ReconcileRequest request,
             const config::Config& config, std::optional<app::ReconcileReport>& report) {
    Engine engine{runner, config, "reconcile", options.concurrency, policy(config)};
    request.work.worker = engine.worker();
    complete(request, config, runner.clock);
    ProgressLine line{runner.err, runner.shows_progress && !options.json};
    if (line.shown()) {
        request.work.progress = [&line](const app::WorkReport& work) {
            line.show("drove " + std::to_string(work.driven) + ": " + progress_text(work));
        };
    }
    app::Backfill backfill{engine.store(), engine.http(),          engine.pacer(),
                           runner.clock,   twilio_account(config), engine.policy()};
    const auto spool = spool_if_there(config, engine.logger());
    app::Reconcile reconcile{engine.store(), engine.workers(), engine.policy(), &backfill,
                             spool.get()};
    auto done = reconcile.try_run(request);
    line.clear();
    if (done.work.fault) { // what was done, and paid for, is told all the same
        show(runner, options, done);
        std::rethrow_exception(done.work.fault);
    }
    report = std::move(done);
    return show(runner, options, *report);
}

int run_reconcile(Runner& runner, const ReconcileOptions& options) {
    auto request = request_of(options);
    if (options.dry_run) {
        return show_plan(runner, options, request);
    }
    const auto config = runner.configured({config::Need::database, config::Need::twilio_rest,
                                           config::Need::public_url, config::Need::transcription,
                                           config::Need::summary, config::Need::state_dir});
    return with_metrics_file(runner, config, [&](std::optional<app::ReconcileReport>& report) {
        return run_pass(runner, options, request, config, report);
    });
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
    command
        ->add_option("--max-cost", options->max_cost,
                     "begin no call once so much was spent, by the configured prices")
        ->type_name("AMOUNT");
    command->add_option("--stage", options->stage, "only calls in this stage")->type_name("STAGE");
    command->add_option("--since", options->since, "only calls created no longer ago")
        ->type_name("DURATION");
    command
        ->add_option("--backfill", options->backfill,
                     "first look for calls at Twilio that nobody has told of")
        ->type_name("DURATION");
    command->add_flag("--until-idle", options->until_idle,
                      "go on until nothing becomes due within --max-runtime");
    add_setting(*command, runner, "--metrics-file", "metrics_file",
                "leave the figures there for node_exporter")
        ->type_name("PATH");
    add_dry_run(*command, options->dry_run, "show what would be driven, change nothing");
    add_json(*command, options->json);
    add_exit_codes(*command, {k_done, k_partial, k_try_again});
    add_examples(*command, "callctl-reconcile",
                 "  callctl reconcile\n"
                 "  callctl reconcile --dry-run\n"
                 "  callctl reconcile --limit 100 --concurrency 8 --max-runtime 10m\n"
                 "  callctl reconcile --stage transcript --since 24h --json\n"
                 "  callctl reconcile --backfill 2h\n");
    command->callback([&runner, options] {
        runner.action = [&runner, options] { return run_reconcile(runner, *options); };
    });
}

} // namespace callctl::cmd
