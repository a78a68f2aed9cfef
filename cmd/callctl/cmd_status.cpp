#include "cmd_status.hpp"

#include "call_filters.hpp"
#include "exit_code.hpp"
#include "lead_text.hpp"
#include "options.hpp"
#include "overview_text.hpp"
#include "report_json.hpp"
#include "status_check.hpp"
#include "story_text.hpp"
#include "watch.hpp"
#include "wiring.hpp"

#include "base/exception.hpp"
#include "base/text.hpp"
#include "pipeline/decide.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace callctl::cmd {
namespace {

using std::chrono::milliseconds;

constexpr int k_longest_list = 10'000;
constexpr milliseconds k_usual_interval{2'000};
constexpr milliseconds k_shortest_interval{100};
/// What CLI11 gives for a flag without a value.
constexpr const char* k_no_value = "true";

struct StatusOptions {
    std::string sid;
    std::string stage;
    FilterOptions filters;
    int limit{20};
    bool json{false};
    bool show_numbers{false};
    std::string watch;
    CheckOptions check;

    [[nodiscard]] Numbers numbers() const {
        return show_numbers ? Numbers::shown : Numbers::masked;
    }
    /// One line an object where there are many.
    [[nodiscard]] int indent() const { return watch.empty() ? 2 : -1; }
};

port::CallFilter filter_of(const StatusOptions& options) {
    const CallFilters filters = parsed(options.filters);
    const auto stage =
        options.stage.empty() ? std::nullopt : std::optional{parse_stage(options.stage)};
    if (stage && filters.status) {
        require_possible(*filters.status, *stage);
    }
    return {.stage = stage,
            .status = filters.status,
            .reason = filters.reason,
            .since = filters.since,
            .phone = filters.phone,
            .limit = options.limit};
}

int show_overview(const Screen& screen, port::CallStore& store, const port::CallFilter& filter,
                  const StatusOptions& options) {
    const bool lead = !filter.phone.empty();
    if (lead && !options.json) {
        print_lead(screen, read_lead(store, filter), options.limit, options.numbers());
        return k_done;
    }
    auto overview = store.overview(filter);
    if (!options.json) {
        print_overview(screen, overview, options.numbers());
        return k_done;
    }
    std::optional<Lead> of_number;
    if (lead) {
        of_number = read_lead(store, filter);
        overview.calls = newest_of(*of_number, overview.calls, options.limit);
    }
    auto object = to_json(overview, options.numbers());
    if (of_number) {
        object["lead"] = to_json(*of_number, options.limit, options.numbers());
    }
    screen.out << object.dump(options.indent()) << '\n';
    return k_done;
}

// Twilio may have told of a call whose row the table has refused ever since.
int fail_unknown(const Runner& runner, port::CallStore& store, const base::CallSid& sid) {
    const auto deliveries = store.deliveries(sid);
    const auto kept = std::ranges::find(deliveries, false, &port::DeliveryLine::applied);
    if (kept == deliveries.end()) {
        return runner.fail(k_not_found, "call " + sid.str() + " is not known",
                           "'callctl reconcile' finds rows that the application inserted");
    }
    return runner.fail(
        k_not_found,
        fmt::format("call {} has no row: {} kept since {}, which call_log refuses: {}", sid.str(),
                    base::counted(std::ssize(deliveries), "webhook is", "webhooks are"),
                    base::format_iso8601(kept->received_at), kept->detail),
        "once the table takes the row, 'callctl reconcile' applies what was kept");
}

int show_call(const Runner& runner, const Screen& screen, port::CallStore& store,
              const pipeline::Policy& policy, const base::CallSid& sid,
              const StatusOptions& options) {
    const auto story = store.story(sid);
    if (!story) {
        return fail_unknown(runner, store, sid);
    }
    const auto step = pipeline::next_step(story->call, story->now, policy);
    if (options.json) {
        screen.out << to_json(*story, step, options.numbers()).dump(options.indent()) << '\n';
    } else {
        print_story(screen, *story, step, options.numbers());
    }
    return k_done;
}

milliseconds interval_of(const StatusOptions& options) {
    if (options.watch == k_no_value) {
        return k_usual_interval;
    }
    return std::max(parse_seconds("--watch", options.watch), k_shortest_interval);
}

// `watch -n 5` has taught people a blank, behind which a call is named.
std::optional<base::CallSid> named_call(const StatusOptions& options) {
    if (options.sid.empty()) {
        return std::nullopt;
    }
    if (options.watch == k_no_value && base::is_digit(options.sid.front())) {
        throw base::UsageError{"--watch takes its seconds behind a '='",
                               "write --watch=" +
                                   base::storable_text(base::shortened(options.sid, 64))};
    }
    return parse_call_sid(options.sid);
}

int run_report(Runner& runner, const StatusOptions& options) {
    if (!options.sid.empty() && (!options.stage.empty() || options.filters.any())) {
        throw base::UsageError{"a call is either named or chosen by filters, not both",
                               "leave out the SID, or the filters"};
    }
    const auto sid = named_call(options);
    const port::CallFilter filter = filter_of(options);
    const auto interval =
        options.watch.empty() ? std::nullopt : std::optional{interval_of(options)};
    const auto config = runner.configured({config::Need::database});
    const auto store = runner.adapters.open_store(config, "status", 1);
    const auto draw = [&](const Screen& screen) {
        return sid ? show_call(runner, screen, *store, policy(config), *sid, options)
                   : show_overview(screen, *store, filter, options);
    };
    if (!interval) {
        return draw(runner.screen());
    }
    return watch(runner, *interval, options.json ? Frames::for_programs : Frames::for_people, draw);
}

} // namespace

void add_status(CLI::App& app, Runner& runner) {
    auto* const command = app.add_subcommand("status", "show where calls are, and why");
    auto options = std::make_shared<StatusOptions>();
    command->add_option("sid", options->sid, "the story of this call")->type_name("SID");
    command->add_option("--stage", options->stage, "only calls in this stage")->type_name("STAGE");
    add_filters(*command, options->filters, "only calls with this status",
                "the calls from or to this number, with totals");
    add_number(*command, "--limit", options->limit, 0, k_longest_list, "calls listed at the most");
    command->add_flag("--show-numbers", options->show_numbers, "do not mask phone numbers");
    add_json(*command, options->json);
    command->add_flag("--watch", options->watch,
                      "again every 2 seconds, or every --watch=SECONDS, until Ctrl-C");
    add_check(*command, options->check);
    add_exit_codes(*command, {k_done, k_not_found, k_interrupted});
    add_examples(*command, "callctl-status",
                 "  callctl status --watch\n"
                 "  callctl status --stage transcript --status failed --since 24h\n"
                 "  callctl status CA0123456789abcdef0123456789abcdef\n"
                 "  callctl status --phone +972501234567\n"
                 "  callctl status --json | jq .due_now\n"
                 "  callctl status --check -w 5 -c 50\n");
    command->callback([&runner, options, command] {
        refuse_mixture(*command, options->check);
        runner.action = [&runner, options] {
            return options->check.wanted ? run_check(runner, options->check)
                                         : run_report(runner, *options);
        };
    });
}

} // namespace callctl::cmd
