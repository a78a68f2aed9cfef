#include "cmd_status.hpp"

#include "exit_code.hpp"
#include "options.hpp"
#include "report_json.hpp"
#include "report_words.hpp"
#include "table.hpp"
#include "wiring.hpp"

#include "base/text.hpp"
#include "pipeline/decide.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace callctl::cmd {
namespace {

constexpr int k_longest_list = 10'000;

struct StatusOptions {
    std::string sid;
    std::string stage;
    std::string status;
    std::string reason;
    std::string since;
    std::string phone;
    int limit{20};
    bool json{false};
    bool show_numbers{false};

    [[nodiscard]] Numbers numbers() const {
        return show_numbers ? Numbers::shown : Numbers::masked;
    }
};

port::CallFilter filter_of(const StatusOptions& options) {
    port::CallFilter filter{.phone = options.phone, .limit = options.limit};
    if (!options.stage.empty()) {
        filter.stage = parse_stage(options.stage);
    }
    if (!options.status.empty()) {
        filter.status = parse_status(options.status);
    }
    if (!options.reason.empty()) {
        filter.reason = parse_reason(options.reason);
    }
    if (!options.since.empty()) {
        filter.since = parse_duration("--since", options.since);
    }
    return filter;
}

std::string shown_number(const std::string& number, const StatusOptions& options) {
    return terminal_text(options.show_numbers ? number : base::mask_phone(number));
}

void print_counts(Runner& runner, const port::Overview& overview) {
    runner.out << "calls of the last " << base::format_duration(overview.window)
               << ", and older ones that are scheduled or gave up\n\n";
    Table table{{"STAGE", "PENDING", "WORKING", "COMPLETED", "FAILED", "SKIPPED"}};
    for (const call::Stage stage : call::k_stages) {
        const auto count = [&](call::Status status) {
            std::int64_t calls = 0;
            for (const port::CountRow& row : overview.counts) {
                calls += row.stage == stage && row.status == status ? row.calls : 0;
            }
            return Cell{std::to_string(calls), calls > 0 ? colour_of(status) : Colour::grey};
        };
        table.add({{std::string{call::to_string(stage)}},
                   count(call::Status::pending),
                   count(call::working_status(stage)),
                   count(call::Status::completed),
                   count(call::Status::failed),
                   count(call::Status::skipped)});
    }
    table.print(runner.out, 0, runner.colour);
}

void print_schedule(Runner& runner, const port::Overview& overview) {
    runner.out << "\ndue now: " << overview.due_now;
    if (overview.oldest_due) {
        runner.out << " (oldest " << relative(*overview.oldest_due, overview.now) << ")";
    }
    runner.out << "; being worked on: " << overview.leased << "; next due: "
               << (overview.next_due ? relative(*overview.next_due, overview.now) : "never")
               << '\n';
    if (overview.inbox_unapplied > 0) {
        runner.out << painted("deliveries kept but not applied: " +
                                  std::to_string(overview.inbox_unapplied) + " (callctl doctor)",
                              Colour::red, runner.colour)
                   << '\n';
    }
    for (const port::ProviderLine& line : overview.providers) {
        if (line.closed_until && *line.closed_until > overview.now) {
            const std::string reason =
                line.reason ? std::string{call::to_string(*line.reason)} : "unknown reason";
            runner.out << painted(std::string{call::to_string(line.provider)} + ": closed until " +
                                      base::format_iso8601(*line.closed_until) + " (" +
                                      relative(*line.closed_until, overview.now) + "), " + reason,
                                  Colour::red, runner.colour)
                       << '\n';
        }
    }
}

void print_reasons(Runner& runner, const port::Overview& overview) {
    Table table{{"STAGE", "REASON", "CALLS", "NEXT", "MEANING"}};
    for (const port::ReasonCount& row : overview.reasons) {
        const call::ReasonInfo& reason = call::info(row.reason);
        const bool nothing = reason.reason_class == call::ReasonClass::nothing;
        const std::string next = !row.gave_up ? "automatic" : nothing ? "none" : "an operator";
        table.add({{std::string{call::to_string(row.stage)}},
                   {std::string{reason.code}, row.gave_up && !nothing ? Colour::red : Colour::none},
                   {std::to_string(row.calls)},
                   {next},
                   {std::string{reason.meaning}}});
    }
    if (!table.empty()) {
        runner.out << '\n';
        table.print(runner.out, runner.width, runner.colour);
    }
}

void print_calls(Runner& runner, const port::Overview& overview, const StatusOptions& options) {
    Table table{{"CALL", "STAGE", "STATUS", "TRIES", "NEXT", "FROM", "TO", "REASON"}};
    for (const port::CallLine& line : overview.calls) {
        const call::Call& call = line.call;
        const call::Status status = present_status(call);
        table.add({{call.sid.str()},
                   {std::string{call::to_string(call.stage)}},
                   {std::string{call::to_string(status)}, colour_of(status)},
                   {std::to_string(call.attempts)},
                   {call.due_at ? relative(*call.due_at, overview.now) : "-"},
                   {shown_number(call.facts.from, options)},
                   {shown_number(call.facts.to, options)},
                   {call.reason ? std::string{call::to_string(*call.reason)} : "-"}});
    }
    if (!table.empty()) {
        runner.out << '\n';
        table.print(runner.out, runner.width, runner.colour);
    }
}

int show_overview(Runner& runner, port::CallStore& store, const StatusOptions& options) {
    const auto overview = store.overview(filter_of(options));
    if (options.json) {
        runner.out << to_json(overview, options.numbers()).dump(2) << '\n';
        return k_done;
    }
    print_counts(runner, overview);
    print_schedule(runner, overview);
    print_reasons(runner, overview);
    print_calls(runner, overview, options);
    return k_done;
}

void print_facts(Runner& runner, const port::CallStory& story, const pipeline::Step& next,
                 const StatusOptions& options) {
    const call::Call& call = story.call;
    const auto line = [&runner](const std::string& name, const std::string& value) {
        runner.out << name << std::string(name.size() < 12 ? 12 - name.size() : 1, ' ') << value
                   << '\n';
    };
    line("call", call.sid.str());
    line("direction", std::string{call::to_string(call.facts.direction)} + ", " +
                          shown_number(call.facts.from, options) + " -> " +
                          shown_number(call.facts.to, options));
    line("call state", std::string{call::to_string(call.facts.state)});
    for (const call::Stage stage : call::k_stages) {
        const auto status = call.status(stage);
        line(std::string{call::to_string(stage)},
             status
                 ? painted(std::string{call::to_string(*status)}, colour_of(*status), runner.colour)
                 : "not set");
    }
    const call::RecordingFacts& recording = call.facts.recording;
    if (recording.sid) {
        line("file",
             recording.sid->str() + ", " + std::string{call::to_string(recording.state)} + ", " +
                 std::to_string(recording.channels.value_or(0)) + " channels, " +
                 std::to_string(recording.duration.value_or(std::chrono::seconds{0}).count()) +
                 " s, " + recording.source);
    }
    if (const auto loss = call::head_loss(call.facts)) {
        line("head loss", std::to_string(loss->count()) + " ms");
    }
    if (call.facts.recording_count > 1) {
        line("recordings",
             std::to_string(call.facts.recording_count) + " at Twilio, each is billed");
    }
    line("why", why(call));
    if (!call.detail.empty()) {
        line("detail", terminal_text(call.detail));
    }
    line("attempts", std::to_string(call.attempts) + " of this stage, " +
                         std::to_string(call.crashes) + " crashes");
    if (const std::int64_t cost = cost_of(story); cost > 0) {
        line("cost", cost_text(cost));
    }
    if (!story.worker.empty()) {
        line("worker", story.worker);
    }
    line("next", what_next(call, next, story.now));
}

struct Event {
    base::Time at;
    std::string what;
    std::string detail;
};

std::vector<Event> events_of(const port::CallStory& story) {
    std::vector<Event> events;
    for (const port::DeliveryLine& delivery : story.deliveries) {
        const std::string again =
            delivery.deliveries > 1 ? "came " + std::to_string(delivery.deliveries) + " times" : "";
        events.push_back({delivery.received_at, delivery.route,
                          delivery.applied ? again : "kept, not applied: " + delivery.detail});
    }
    for (const port::AttemptLine& attempt : story.attempts) {
        std::string result =
            attempt.end.reason
                ? std::string{call::to_string(*attempt.end.reason)} + ": " + attempt.end.detail
                : (attempt.finished_at ? "done" : "under way or lost");
        if (!attempt.end.request_id.empty()) {
            result.append(" [").append(attempt.end.request_id).append("]");
        }
        if (attempt.end.cost_micros > 0) {
            result.append(", cost ").append(cost_text(attempt.end.cost_micros));
        }
        events.push_back({attempt.started_at,
                          std::string{call::to_string(attempt.stage)} + " attempt",
                          std::move(result)});
    }
    for (const port::ArtefactLine& artefact : story.artefacts) {
        events.push_back({artefact.created_at,
                          std::string{call::to_string(artefact.stage)} + " version " +
                              std::to_string(artefact.version),
                          std::to_string(artefact.characters) + " characters, " + artefact.model +
                              (artefact.language.empty() ? "" : ", " + artefact.language)});
    }
    std::ranges::stable_sort(events, {}, &Event::at);
    return events;
}

int show_call(Runner& runner, port::CallStore& store, const pipeline::Policy& policy,
              const base::CallSid& sid, const StatusOptions& options) {
    const auto story = store.story(sid);
    if (!story) {
        print_error(runner.err, "call " + sid.str() + " is not known",
                    "'callctl reconcile' finds rows that the application inserted");
        return k_not_found;
    }
    const auto next = pipeline::next_step(story->call, story->now, policy);
    if (options.json) {
        runner.out << to_json(*story, next, options.numbers()).dump(2) << '\n';
        return k_done;
    }
    print_facts(runner, *story, next, options);
    Table table{{"TIME", "EVENT", "DETAIL"}};
    for (const Event& event : events_of(*story)) {
        table.add({{base::format_iso8601(event.at)}, {event.what}, {terminal_text(event.detail)}});
    }
    if (!table.empty()) {
        runner.out << '\n';
        table.print(runner.out, runner.width, runner.colour);
    }
    return k_done;
}

int run_status(Runner& runner, const StatusOptions& options) {
    const std::optional<base::CallSid> sid =
        options.sid.empty() ? std::nullopt : std::optional{parse_call_sid(options.sid)};
    static_cast<void>(filter_of(options));
    const auto config = runner.configured({config::Need::database});
    const auto store = runner.adapters.open_store(config, "status", 1);
    return sid ? show_call(runner, *store, policy(config), *sid, options)
               : show_overview(runner, *store, options);
}

} // namespace

void add_status(CLI::App& app, Runner& runner) {
    auto* const command = app.add_subcommand("status", "show where calls are, and why");
    auto options = std::make_shared<StatusOptions>();
    command->add_option("sid", options->sid, "the story of this call")->type_name("SID");
    command->add_option("--stage", options->stage, "only calls in this stage")->type_name("STAGE");
    command->add_option("--status", options->status, "only calls with this status")
        ->type_name("STATUS");
    command->add_option("--reason", options->reason, "only calls with this reason")
        ->type_name("REASON");
    command->add_option("--since", options->since, "only calls created no longer ago")
        ->type_name("DURATION");
    command->add_option("--phone", options->phone, "only calls from or to this number")
        ->type_name("NUMBER");
    add_number(*command, "--limit", options->limit, 0, k_longest_list, "calls listed at the most");
    command->add_flag("--show-numbers", options->show_numbers, "do not mask phone numbers");
    add_json(*command, options->json);
    add_exit_codes(*command, {k_done, k_not_found});
    add_examples(*command, "callctl-status",
                 "  callctl status\n"
                 "  callctl status --stage transcript --status failed --since 24h\n"
                 "  callctl status CA0123456789abcdef0123456789abcdef\n"
                 "  callctl status --json | jq .due_now\n");
    command->callback([&runner, options] {
        runner.action = [&runner, options] { return run_status(runner, *options); };
    });
}

} // namespace callctl::cmd
