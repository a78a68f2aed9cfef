#include "overview_text.hpp"

#include "table.hpp"

#include "app/health.hpp"

#include <algorithm>

namespace callctl::cmd {
namespace {

Colour level_colour(app::Level level) {
    switch (level) {
    case app::Level::ok:
        return Colour::green;
    case app::Level::warning:
        return Colour::yellow;
    case app::Level::critical:
    case app::Level::unknown:
        return Colour::red;
    }
    return Colour::none;
}

void print_verdict(const Screen& screen, const port::Overview& overview) {
    const app::Verdict verdict = app::verdict_on(overview);
    if (verdict.findings.empty()) {
        screen.out << screen.paint("HEALTHY", Colour::green)
                   << ": nothing is stuck, nothing gave up, no provider is closed\n";
    }
    for (const app::Finding& finding : verdict.findings) {
        screen.out << screen.paint(std::string{app::to_string(finding.level)},
                                   level_colour(finding.level))
                   << ": " << finding.text << '\n';
    }
}

void print_counts(const Screen& screen, const port::Overview& overview) {
    screen.out << "\ncalls of the last " << base::format_duration(overview.window)
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
    table.print(screen.out, 0, screen.colour);
}

// Which call it is, where it is among those that are listed.
std::string next_due(const port::Overview& overview) {
    if (!overview.next_due) {
        return "never";
    }
    const auto line = std::ranges::find_if(overview.calls, [&](const port::CallLine& listed) {
        return listed.call.due_at == overview.next_due;
    });
    return relative(*overview.next_due, overview.now) +
           (line == overview.calls.end() ? ""
                                         : " (" + std::string{call::to_string(line->call.stage)} +
                                               " of " + line->call.sid.str() + ")");
}

void print_schedule(const Screen& screen, const port::Overview& overview) {
    screen.out << "\ndue now: " << overview.due_now;
    if (overview.oldest_due) {
        screen.out << " (oldest " << relative(*overview.oldest_due, overview.now) << ")";
    }
    screen.out << "; being worked on: " << overview.leased << "; next due: " << next_due(overview)
               << '\n';
    if (overview.inbox_unapplied > 0) {
        screen.out << screen.paint("deliveries kept but not applied: " +
                                       std::to_string(overview.inbox_unapplied) +
                                       " (callctl doctor)",
                                   Colour::red)
                   << '\n';
    }
    for (const port::ProviderLine& line : app::vitals_of(overview).closed) {
        const std::string reason =
            line.reason ? std::string{call::to_string(*line.reason)} : "unknown reason";
        const std::string words = line.detail.empty() ? "" : ": " + screen.text(line.detail);
        screen.out << screen.paint(std::string{call::to_string(line.provider)} + ": closed until " +
                                       base::format_iso8601(*line.closed_until) + " (" +
                                       relative(*line.closed_until, overview.now) + "), " + reason,
                                   Colour::red)
                   << words << '\n';
    }
}

void print_reasons(const Screen& screen, const port::Overview& overview) {
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
        screen.out << '\n';
        table.print(screen.out, screen.width, screen.colour);
    }
}

Cell when_due(const call::Call& call, bool held, base::Time now) {
    if (!call.due_at) {
        return {"-"};
    }
    if (held) {
        return {"worked on", Colour::yellow};
    }
    const auto overdue = now - *call.due_at;
    if (overdue < port::k_stuck_after) {
        return {relative(*call.due_at, now)};
    }
    return {"stuck " + base::format_duration(
                           std::chrono::duration_cast<std::chrono::milliseconds>(overdue)),
            Colour::red};
}

void print_calls(const Screen& screen, const std::vector<port::CallLine>& calls, base::Time now,
                 Numbers numbers) {
    Table table{{"CALL", "STAGE", "STATUS", "TRIES", "NEXT", "FROM", "TO", "REASON"},
                {"TO", "FROM", "TRIES", "STAGE"}};
    for (const port::CallLine& line : calls) {
        const call::Call& call = line.call;
        const call::Status status = present_status(call);
        table.add({{call.sid.str()},
                   {std::string{call::to_string(call.stage)}},
                   {std::string{call::to_string(status)}, colour_of(status)},
                   {std::to_string(call.attempts)},
                   when_due(call, !line.worker.empty(), now),
                   {screen.text(shown_number(call.facts.from, numbers))},
                   {screen.text(shown_number(call.facts.to, numbers))},
                   {call.reason ? std::string{call::to_string(*call.reason)} : "-"}});
    }
    if (!table.empty()) {
        screen.out << '\n';
        table.print(screen.out, screen.width, screen.colour);
    }
}

} // namespace

void print_overview(const Screen& screen, const port::Overview& overview, Numbers numbers) {
    print_verdict(screen, overview);
    print_counts(screen, overview);
    print_schedule(screen, overview);
    print_reasons(screen, overview);
    print_calls(screen, overview.calls, overview.now, numbers);
}

} // namespace callctl::cmd
