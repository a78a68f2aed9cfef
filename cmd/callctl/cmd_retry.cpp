#include "cmd_retry.hpp"

#include "exit_code.hpp"
#include "options.hpp"
#include "report_json.hpp"
#include "report_words.hpp"
#include "wiring.hpp"

#include "app/retry.hpp"
#include "base/exception.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <istream>

namespace callctl::cmd {
namespace {

struct RetryOptions {
    std::string stage;
    std::vector<std::string> sids;
    int concurrency{4};
    bool enqueue{false};
    bool force{false};
    bool dry_run{false};
    bool json{false};
};

// SIDs of the command line; `-` stands for those on standard input, of which there may be none.
std::vector<base::CallSid> sids_of(const RetryOptions& options, std::istream& in) {
    std::vector<base::CallSid> sids;
    for (const std::string& text : options.sids) {
        if (text != "-") {
            sids.push_back(parse_call_sid(text));
            continue;
        }
        for (std::string line; in >> line;) {
            sids.push_back(parse_call_sid(line));
        }
    }
    return sids;
}

void print_lines(Runner& runner, const app::RetryReport& report, const RetryOptions& options) {
    if (report.lines.empty()) {
        runner.out << "no calls to retry\n";
        return;
    }
    Table table{{"CALL", "RESULT", "STAGE", "STATUS", "REASON"}};
    for (const app::RetryLine& line : report.lines) {
        std::string result{to_string(line.reopened)};
        if (line.reopened == port::Reopened::done && options.dry_run) {
            result = "would be reopened";
        } else if (line.call) {
            result = "driven";
        }
        const bool known = line.call.has_value();
        const auto status = known ? present_status(*line.call) : call::Status::pending;
        table.add({{line.sid.str()},
                   {result},
                   {known ? std::string{call::to_string(line.call->stage)} : options.stage},
                   {known ? std::string{call::to_string(status)} : "-",
                    known ? colour_of(status) : Colour::none},
                   {known ? why(*line.call) : "-"}});
    }
    table.print(runner.out, runner.width, runner.colour);
    if (report.work.cost_micros > 0) {
        runner.out << "cost " << cost_text(report.work.cost_micros) << '\n';
    }
}

bool failed(const app::RetryLine& line) {
    return line.reopened != port::Reopened::done ||
           (line.call && present_status(*line.call) == call::Status::failed);
}

int exit_code_of(const app::RetryReport& report) {
    const auto count = [&report](port::Reopened what) {
        return std::ranges::count(report.lines, what, &app::RetryLine::reopened);
    };
    const auto all = static_cast<std::ptrdiff_t>(report.lines.size());
    if (all == 0) {
        return k_done;
    }
    if (count(port::Reopened::unknown_call) == all) {
        return k_not_found;
    }
    if (count(port::Reopened::permanent) + count(port::Reopened::busy) +
            count(port::Reopened::too_early) ==
        all) {
        return k_refused;
    }
    return report.work.failed > 0 || std::ranges::any_of(report.lines, failed) ? k_partial : k_done;
}

// Drives nothing, so that the database is enough.
app::RetryReport set_back(Runner& runner, const app::RetryRequest& request) {
    const auto config = runner.configured({config::Need::database});
    const auto store = runner.adapters.open_store(config, "retry", 1);
    return app::reopen(*store, request);
}

app::RetryReport set_back_and_drive(Runner& runner, app::RetryRequest request) {
    const auto config = runner.configured({config::Need::database, config::Need::twilio_rest,
                                           config::Need::public_url, config::Need::transcription,
                                           config::Need::summary, config::Need::state_dir});
    Engine engine{runner, config, "retry", request.work.concurrency, policy(config)};
    request.work.worker = engine.worker();
    return app::Retry{engine.store(), engine.workers()}.run(request);
}

int run_retry(Runner& runner, const RetryOptions& options) {
    app::RetryRequest request{.stage = parse_stage(options.stage),
                              .calls = sids_of(options, runner.in),
                              .force = options.force,
                              .dry_run = options.dry_run};
    request.work.concurrency = options.concurrency;
    app::RetryReport report;
    if (!request.calls.empty()) {
        report = options.dry_run || options.enqueue ? set_back(runner, request)
                                                    : set_back_and_drive(runner, request);
    }
    if (options.json) {
        runner.out << to_json(report, request.stage).dump(2) << '\n';
    } else {
        print_lines(runner, report, options);
    }
    return runner.unless_stopped(exit_code_of(report));
}

} // namespace

void add_retry(CLI::App& app, Runner& runner) {
    auto* const command =
        app.add_subcommand("retry", "drive a stage of calls again, and what follows from it");
    auto options = std::make_shared<RetryOptions>();
    command->add_option("--stage", options->stage, "recording, transcript or summary")
        ->type_name("STAGE")
        ->required();
    command->add_option("sid", options->sids, "the calls; - reads SIDs from standard input")
        ->type_name("SID")
        ->required();
    add_number(*command, "--concurrency", options->concurrency, 1, k_most_at_once,
               "calls driven at the same time");
    command->add_flag("--enqueue", options->enqueue, "leave the work to the next reconcile pass");
    command->add_flag("--force", options->force,
                      "also from permanent reasons, and from under another worker");
    add_dry_run(*command, options->dry_run, "show what would be reopened, change nothing");
    add_json(*command, options->json);
    add_exit_codes(*command, {k_done, k_partial, k_not_found, k_refused});
    add_examples(*command, "callctl-retry",
                 "  callctl retry --stage transcript CA0123456789abcdef0123456789abcdef\n"
                 "  callctl retry --stage summary --dry-run CA0123456789abcdef0123456789abcdef\n"
                 "  callctl status --stage transcript --status failed --limit 10000 --json |\n"
                 "    jq -r '.calls[].call_sid' | callctl retry --stage transcript --enqueue -\n");
    command->callback([&runner, options] {
        runner.action = [&runner, options] { return run_retry(runner, *options); };
    });
}

} // namespace callctl::cmd
