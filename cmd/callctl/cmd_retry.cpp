#include "cmd_retry.hpp"

#include "exit_code.hpp"
#include "options.hpp"
#include "progress.hpp"
#include "report_words.hpp"
#include "retry_options.hpp"
#include "retry_words.hpp"
#include "wiring.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <exception>

namespace callctl::cmd {
namespace {

/// So many calls are changed without a question.
constexpr int k_unasked = 10;

/// What a retry works on.
struct Retrying {
    Runner& runner;
    const RetryOptions& options;
    app::RetryRequest request{};
    port::Choice choice{};

    [[nodiscard]] bool is_bulk() const {
        return options.chooses() || request.calls.size() > static_cast<std::size_t>(k_unasked);
    }
    [[nodiscard]] ToldRetry told(const app::RetryReport& report, Retried retried) const {
        return {choice, report, request.reopening.stage, retried};
    }
};

bool any_failed(const app::RetryReport& report) {
    return report.work.failed > 0 ||
           std::ranges::any_of(report.lines, [](const app::RetryLine& line) {
               return line.call && (present_status(*line.call) == call::Status::failed ||
                                    app::outcome_of(line) == app::RetryOutcome::gave_up);
           });
}

// That a call which was chosen has changed meanwhile is nobody's failure.
int exit_code_of(const app::RetryReport& report) {
    const auto count = [&report](std::initializer_list<port::Reopened> these) {
        return std::ranges::count_if(report.lines, [&](const app::RetryLine& line) {
            return line.reopened && std::ranges::find(these, *line.reopened) != these.end();
        });
    };
    using enum call::Reopened;
    const auto all = static_cast<std::ptrdiff_t>(report.lines.size());
    const auto no_obstacle = count({changed});
    const auto for_now = count({locked});
    const auto obstacles = for_now + count({permanent, busy, too_early, refused});
    const auto gone = count({unknown_call, row_deleted});
    if (all > 0 && gone == all) {
        return k_not_found;
    }
    if (obstacles > 0 && obstacles + no_obstacle == all) {
        return for_now == obstacles ? k_try_again : k_refused;
    }
    return obstacles + gone > 0 || any_failed(report) ? k_partial : k_done;
}

void print(const Retrying& retrying, const app::RetryReport& report, Retried retried,
           const pipeline::Forecast& forecast) {
    const Screen screen = retrying.runner.screen();
    const ToldRetry told = retrying.told(report, retried);
    if (retrying.options.json) {
        screen.out << to_json(told, forecast).dump(2) << '\n';
    } else if (report.lines.empty()) {
        screen.out << "no calls to retry\n";
    } else if (retrying.is_bulk()) {
        print_counts(screen, told);
    } else {
        print_calls(screen, told);
    }
}

app::RetryReport carry_out(Retrying& retrying, port::CallStore& store, app::Workers* workers) {
    app::RetryRequest& request = retrying.request;
    const std::size_t all = request.calls.size();
    ProgressLine line{retrying.runner.err,
                      retrying.runner.shows_progress && !retrying.options.json};
    if (workers == nullptr) {
        request.progress = [&](std::size_t done) { line.show(progress_bar(done, all)); };
        return app::reopen(store, retrying.runner.clock, request);
    }
    request.work.progress = [&](const app::WorkReport& work) {
        const int done = work.driven + work.passed_over + work.busy + work.unknown + work.failed;
        line.show(progress_bar(static_cast<std::size_t>(done), all) + " " + progress_text(work));
    };
    return app::Retry{store, *workers}.run(request);
}

/// Fit to be the input of the next command.
void list_not_begun(Retrying& retrying, const app::RetryReport& report) {
    retrying.runner.out << "\nnot begun:\n";
    for (const app::RetryLine& line : report.lines) {
        if (app::outcome_of(line) == app::RetryOutcome::not_begun) {
            retrying.runner.out << line.sid.str() << '\n';
        }
    }
}

// Chosen again, what was tried would match too where it failed again, or was done before.
void tell_how_to_go_on(Retrying& retrying, const app::RetryReport& report) {
    const int not_begun = totals_of(report).not_begun;
    if (not_begun > 0) {
        if (retrying.is_bulk() && !retrying.options.chooses() && !retrying.options.json) {
            list_not_begun(retrying, report); // the table has only their number
        }
        retrying.runner.err << "callctl: " << not_begun
                            << (not_begun == 1 ? " call was" : " calls were")
                            << " not begun, since "
                            << (report.fault ? "the run failed" : "a stop was asked for")
                            << "\nhint: to go on, repeat the command "
                            << (retrying.options.chooses()
                                    ? "with --untried-since " +
                                          base::format_iso8601(retrying.choice.at)
                                    : "with the calls that are listed as not begun")
                            << '\n';
    }
}

/// With --json nothing is shown before it is done, so there is nothing to agree to.
bool is_agreed_to(const Retrying& retrying, int changes) {
    const RetryOptions& options = retrying.options;
    return changes <= k_unasked || options.yes || (!options.json && retrying.runner.agrees());
}

int refuse(const Retrying& retrying, int changes) {
    Runner& runner = retrying.runner;
    return runner.unless_stopped(
        runner.fail(k_refused,
                    "nothing was changed: that " + std::to_string(changes) +
                        " calls be retried was not agreed to",
                    "repeat the command with --yes; --dry-run looks first"));
}

/// Without `workers` nothing is driven.
int retry_calls(Retrying& retrying, const config::Config& config, port::CallStore& store,
                app::Workers* workers) {
    const RetryOptions& options = retrying.options;
    if (options.chooses()) {
        retrying.choice = store.choose(choice_of(options));
        retrying.request.calls = retrying.choice.calls;
    }
    const auto plan = app::plan(store, policy(config), forecast_prices(config), retrying.request);
    const app::RetryTotals totals = totals_of(plan);
    if (options.dry_run) {
        print(retrying, plan, Retried::planned, totals.forecast);
        return retrying.runner.unless_stopped(exit_code_of(plan));
    }
    if (!options.json && retrying.is_bulk() && !plan.lines.empty()) {
        print(retrying, plan, Retried::planned, totals.forecast);
        retrying.runner.out << '\n';
    }
    if (!is_agreed_to(retrying, totals.changed)) {
        if (options.json) {
            print(retrying, plan, Retried::planned, totals.forecast);
        }
        return refuse(retrying, totals.changed);
    }
    const auto report = carry_out(retrying, store, workers);
    const Retried retried = workers == nullptr ? Retried::enqueued : Retried::driven;
    print(retrying, report, retried, totals.forecast);
    tell_how_to_go_on(retrying, report);
    if (report.fault) {
        std::rethrow_exception(report.fault);
    }
    return retrying.runner.unless_stopped(exit_code_of(report));
}

int retry_and_drive(Retrying& retrying) {
    Runner& runner = retrying.runner;
    const auto config = runner.configured({config::Need::database, config::Need::twilio_rest,
                                           config::Need::public_url, config::Need::transcription,
                                           config::Need::summary, config::Need::state_dir});
    Engine engine{runner, config, "retry", retrying.options.concurrency, policy(config)};
    retrying.request.work.worker = engine.worker();
    retrying.request.work.concurrency = retrying.options.concurrency;
    return retry_calls(retrying, config, engine.store(), &engine.workers());
}

int run_retry(Runner& runner, const RetryOptions& options) {
    check(options);
    Retrying retrying{runner, options};
    // From under a worker only what somebody has looked at.
    retrying.request.reopening = {.stage = choice_of(options).stage,
                                  .force = options.force,
                                  .take_over = options.force && !options.chooses()};
    retrying.request.calls = named_calls(options, runner.in);
    retrying.choice.at = runner.clock.wall();
    if (retrying.request.calls.empty() && !options.chooses()) {
        print(retrying, {}, Retried::enqueued, {});
        return k_done;
    }
    if (options.drives()) {
        return retry_and_drive(retrying);
    }
    const auto config = runner.configured({config::Need::database});
    const auto store = runner.adapters.open_store(config, "retry", 1);
    return retry_calls(retrying, config, *store, nullptr);
}

} // namespace

void add_retry(CLI::App& app, Runner& runner) {
    auto* const command =
        app.add_subcommand("retry", "drive a stage of calls again, and what follows from it");
    auto options = std::make_shared<RetryOptions>();
    add_options(*command, *options);
    add_exit_codes(*command, {k_done, k_partial, k_not_found, k_refused, k_try_again, k_hung_up,
                              k_interrupted, k_terminated});
    add_examples(*command, "callctl-retry",
                 "  callctl retry --stage transcript CA0123456789abcdef0123456789abcdef\n"
                 "  callctl retry --stage transcript --failed --since 24h --dry-run\n"
                 "  callctl retry --stage transcript --reason PROVIDER_ERROR --since 24h --yes\n"
                 "  callctl retry --stage summary --phone +972501234567 --enqueue\n");
    command->callback([&runner, options] {
        runner.action = [&runner, options] { return run_retry(runner, *options); };
    });
}

} // namespace callctl::cmd
