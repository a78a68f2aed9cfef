#include "retry_options.hpp"

#include "options.hpp"

#include "base/exception.hpp"
#include "base/text.hpp"

#include <CLI/CLI.hpp>

#include <set>

namespace callctl::cmd {
namespace {

constexpr int k_usual_limit = 10'000;
constexpr int k_highest_limit = 1'000'000;

base::Time parse_time(const std::string& option, const std::string& text) {
    const auto time = base::parse_iso8601(text);
    if (!time) {
        throw base::UsageError{option + ": '" + base::storable_text(base::shortened(text, 64)) +
                                   "' is not a time",
                               "write it as in 2026-01-31T09:30:00Z"};
    }
    return *time;
}

void add_choice(CLI::App& command, RetryOptions& options) {
    command.add_flag("--failed", options.failed, "choose calls of which the stage has failed");
    add_filters(command, options.filters, "choose calls of which the stage has this status",
                "only calls from or to this number");
    command.add_option("--until", options.until, "only calls created longer ago")
        ->type_name("DURATION");
    command
        .add_option("--untried-since", options.untried_since,
                    "only calls of which the stage was not tried since then")
        ->type_name("TIME");
    add_number(command, "--limit", options.limit, 1, k_highest_limit,
               "choose so many at the most, the oldest; " + std::to_string(k_usual_limit) +
                   " unless set");
}

} // namespace

bool RetryOptions::chooses() const {
    return failed || filters.any() || !until.empty() || !untried_since.empty();
}

void add_options(CLI::App& command, RetryOptions& options) {
    command.add_option("--stage", options.stage, "recording, transcript or summary")
        ->type_name("STAGE")
        ->required();
    command.add_option("sid", options.sids, "the calls; - reads SIDs from standard input")
        ->type_name("SID");
    add_choice(command, options);
    add_number(command, "--concurrency", options.concurrency, 1, k_most_at_once,
               "calls driven at the same time");
    command.add_flag("--enqueue", options.enqueue, "leave the work to the next reconcile pass");
    command.add_flag("--force", options.force,
                     "also from permanent reasons; of calls that are named, also from under "
                     "another worker");
    command.add_flag("--yes", options.yes, "do not ask, however many calls they are");
    add_dry_run(command, options.dry_run, "show what would be reopened, change nothing");
    add_json(command, options.json);
}

void check(const RetryOptions& options) {
    if (options.sids.empty() && !options.chooses()) {
        throw base::UsageError{"no calls are named or chosen",
                               "name their SIDs, - for those on standard input, or choose calls "
                               "as with --failed --since 24h"};
    }
    if (!options.sids.empty() && (options.chooses() || options.limit)) {
        throw base::UsageError{"calls are either named or chosen by filters, not both",
                               "leave out the SIDs, or the filters and --limit"};
    }
    if (options.failed && !options.filters.status.empty()) {
        throw base::UsageError{"--failed means --status failed", "leave one of the two out"};
    }
}

port::CallChoice choice_of(const RetryOptions& options) {
    const CallFilters filters = parsed(options.filters);
    port::CallChoice choice{.stage = parse_stage(options.stage),
                            .status = filters.status,
                            .reason = filters.reason,
                            .since = filters.since,
                            .phone = filters.phone,
                            .limit = options.limit.value_or(k_usual_limit)};
    if (options.failed) {
        choice.status = call::Status::failed;
    }
    if (!options.until.empty()) {
        choice.until = parse_duration("--until", options.until);
        if (choice.since && *choice.since <= *choice.until) {
            throw base::UsageError{"no call is younger than --since and older than --until",
                                   "swap the two: --since is the longer one"};
        }
    }
    if (choice.status) {
        require_possible(*choice.status, choice.stage);
    }
    if (!options.untried_since.empty()) {
        choice.untried_since = parse_time("--untried-since", options.untried_since);
    }
    return choice;
}

std::vector<port::NamedCall> named_calls(const RetryOptions& options, std::istream& in) {
    std::vector<port::NamedCall> calls;
    std::set<base::CallSid> known;
    const auto add = [&](const std::string& text) {
        const auto sid = parse_call_sid(text);
        if (known.insert(sid).second) {
            calls.push_back({sid, std::nullopt});
        }
    };
    for (const std::string& text : options.sids) {
        if (text != "-") {
            add(text);
            continue;
        }
        for (std::string word; in >> word;) {
            add(word);
        }
    }
    return calls;
}

} // namespace callctl::cmd
