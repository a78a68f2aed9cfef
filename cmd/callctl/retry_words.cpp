#include "retry_words.hpp"

#include "report_json.hpp"
#include "report_words.hpp"
#include "table.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace callctl::cmd {
namespace {

using app::RetryOutcome;
using nlohmann::ordered_json;

/// Of a plan for many.
constexpr std::size_t k_first_calls = 10;

std::string reason_code(const std::optional<call::Reason>& reason) {
    return reason ? std::string{call::to_string(*reason)} : "-";
}

Colour outcome_colour(RetryOutcome outcome) {
    switch (outcome) {
    case RetryOutcome::completed:
        return Colour::green;
    case RetryOutcome::reopened:
    case RetryOutcome::waiting:
    case RetryOutcome::taken:
        return Colour::yellow;
    case RetryOutcome::gave_up:
    case RetryOutcome::failed:
    case RetryOutcome::refused:
        return Colour::red;
    default:
        return Colour::none;
    }
}

std::string minutes_text(const pipeline::Forecast& forecast) {
    if (forecast.unmeasured > 0) {
        return "unknown";
    }
    return fmt::format("{:.1f}", static_cast<double>(forecast.audio.count()) / 60'000.0);
}

std::string count_of(std::size_t calls) {
    return std::to_string(calls) + (calls == 1 ? " call" : " calls");
}

// The calls that a plan would change, the first of many.
void print_first(const Screen& screen, const ToldRetry& told) {
    Table table{{"CALL", "MINUTES", "REASON"}};
    std::size_t shown = 0;
    std::size_t all = 0;
    for (const app::RetryLine& line : told.report.lines) {
        if (line.reopened != port::Reopened::done) {
            continue;
        }
        ++all;
        if (shown < k_first_calls) {
            ++shown;
            table.add(
                {{line.sid.str()}, {minutes_text(line.forecast)}, {reason_code(line.reason)}});
        }
    }
    if (!table.empty()) {
        screen.out << '\n';
        table.print(screen.out, screen.width, screen.colour);
        screen.out << (all > shown ? "and " + std::to_string(all - shown) + " more\n" : "");
    }
}

// What no code says: why the host's table refuses calls, of the first of many.
void print_refusals(const Screen& screen, const ToldRetry& told) {
    std::size_t shown = 0;
    for (const app::RetryLine& line : told.report.lines) {
        if (!line.refusal.empty() && ++shown <= k_first_calls) {
            screen.out << line.sid.str() << ": " << base::one_line(line.refusal) << '\n';
        }
    }
}

void print_sum(const Screen& screen, const ToldRetry& told, const app::RetryTotals& totals) {
    const app::WorkReport& work = told.report.work;
    const bool planned = told.retried == Retried::planned;
    screen.out << (planned ? "would change " : "changed ") << totals.changed << " of "
               << count_of(told.report.lines.size()) << ", "
               << (planned ? "would skip " : "skipped ") << totals.skipped;
    if (planned) {
        screen.out << "; " << forecast_text(totals.forecast);
    }
    if (totals.not_begun > 0) {
        screen.out << ", did not begin " << totals.not_begun;
    }
    if (told.retried == Retried::driven) {
        screen.out << "; requests " << work.requests;
    }
    if (work.cost_micros > 0) {
        screen.out << ", cost " << cost_text(work.cost_micros);
    }
    screen.out << '\n';
}

std::string_view outcome_name(RetryOutcome outcome) {
    switch (outcome) {
    case RetryOutcome::reopened:
        return "reopened";
    case RetryOutcome::completed:
        return "completed";
    case RetryOutcome::skipped:
        return "skipped";
    case RetryOutcome::waiting:
        return "waiting";
    case RetryOutcome::gave_up:
        return "gave_up";
    case RetryOutcome::failed:
        return "failed";
    case RetryOutcome::taken:
        return "taken";
    case RetryOutcome::not_begun:
        return "not_begun";
    case RetryOutcome::unknown_call:
        return "unknown_call";
    case RetryOutcome::busy:
        return "busy";
    case RetryOutcome::locked:
        return "locked";
    case RetryOutcome::permanent:
        return "permanent";
    case RetryOutcome::too_early:
        return "too_early";
    case RetryOutcome::changed:
        return "changed";
    case RetryOutcome::refused:
        return "refused";
    case RetryOutcome::row_deleted:
        return "row_deleted";
    }
    return "unknown";
}

ordered_json reason_or_null(const std::optional<call::Reason>& reason) {
    return reason ? ordered_json(call::to_string(*reason)) : ordered_json(nullptr);
}

} // namespace

std::string_view meaning_of(RetryOutcome outcome, Retried retried) {
    switch (outcome) {
    case RetryOutcome::reopened:
        return retried == Retried::planned ? "would be reopened" : "reopened";
    case RetryOutcome::completed:
        return "driven: completed";
    case RetryOutcome::skipped:
        return "driven: there was nothing to do";
    case RetryOutcome::waiting:
        return "driven: goes on by itself later";
    case RetryOutcome::gave_up:
        return "driven: gave up";
    case RetryOutcome::failed:
        return "failed by a fault of callctl; see the log";
    case RetryOutcome::taken:
        return "reopened, another worker has it";
    case RetryOutcome::not_begun:
        return "not begun";
    case RetryOutcome::unknown_call:
        return "unknown call";
    case RetryOutcome::busy:
        return "another worker holds it";
    case RetryOutcome::locked:
        return "somebody has its row locked";
    case RetryOutcome::permanent:
        return "its reason is final: needs --force";
    case RetryOutcome::too_early:
        return "an earlier stage is not done";
    case RetryOutcome::changed:
        return "changed since it was chosen";
    case RetryOutcome::refused:
        return "call_log refuses the row";
    case RetryOutcome::row_deleted:
        return "the application has deleted its row";
    }
    return "unknown";
}

void print_calls(const Screen& screen, const ToldRetry& told) {
    Table table{{"CALL", "RESULT", "STAGE", "STATUS", "REASON"}};
    for (const app::RetryLine& line : told.report.lines) {
        const auto outcome = outcome_of(line);
        const bool known = line.call.has_value();
        const auto status = known ? present_status(*line.call) : call::Status::pending;
        table.add({{line.sid.str()},
                   {std::string{known ? "driven" : meaning_of(outcome, told.retried)}},
                   {std::string{call::to_string(known ? line.call->stage : told.stage)}},
                   {known ? std::string{call::to_string(status)} : "-",
                    known ? colour_of(status) : Colour::none},
                   {known ? why(*line.call) : reason_code(line.reason)}});
    }
    table.print(screen.out, screen.width, screen.colour);
    print_refusals(screen, told);
    if (told.retried == Retried::planned && told.totals().changed > 0) {
        screen.out << forecast_text(told.totals().forecast) << '\n';
    }
    if (told.report.work.cost_micros > 0) {
        screen.out << "cost " << cost_text(told.report.work.cost_micros) << '\n';
    }
}

void print_counts(const Screen& screen, const ToldRetry& told) {
    const app::RetryTotals totals = told.totals();
    if (told.retried == Retried::planned) {
        screen.out << "chose " << count_of(told.report.lines.size()) << " at "
                   << base::format_iso8601(std::chrono::floor<std::chrono::seconds>(told.choice.at))
                   << (told.choice.more ? ", the oldest; --limit leaves others out" : "") << "\n\n";
    }
    Table table{{"CALLS", "RESULT", "REASON"}};
    for (const app::RetryCount& count : totals.counts) {
        table.add(
            {{std::to_string(count.calls)},
             {std::string{meaning_of(count.outcome, told.retried)}, outcome_colour(count.outcome)},
             {reason_code(count.reason)}});
    }
    table.print(screen.out, screen.width, screen.colour);
    if (told.retried == Retried::planned) {
        print_first(screen, told);
    }
    print_refusals(screen, told);
    screen.out << '\n';
    print_sum(screen, told, totals);
}

ordered_json to_json(const ToldRetry& told, const pipeline::Forecast& forecast) {
    const app::RetryTotals totals = told.totals();
    ordered_json counts = ordered_json::array();
    for (const app::RetryCount& count : totals.counts) {
        counts.push_back({{"result", outcome_name(count.outcome)},
                          {"reason", reason_or_null(count.reason)},
                          {"calls", count.calls}});
    }
    ordered_json calls = ordered_json::array();
    for (const app::RetryLine& line : told.report.lines) {
        const ordered_json call =
            line.call ? to_json(*line.call, Numbers::masked) : ordered_json(nullptr);
        calls.push_back({{"call_sid", line.sid.str()},
                         {"result", outcome_name(outcome_of(line))},
                         {"reason", reason_or_null(line.reason)},
                         {"refusal", text_or_null(line.refusal)},
                         {"call", call}});
    }
    return {{"schema", k_json_schema},
            {"stage", call::to_string(told.stage)},
            {"dry_run", told.retried == Retried::planned},
            {"chosen_at", time_json(told.choice.at)},
            {"matched", told.report.lines.size()},
            {"more", told.choice.more},
            {"changed", totals.changed},
            {"skipped", totals.skipped},
            {"not_begun", totals.not_begun},
            {"results", counts},
            {"planned_audio_ms", forecast.audio.count()},
            {"planned_cost_micros", forecast.cost_micros},
            {"planned_unpriced", forecast.unpriced},
            {"planned_unmeasured", forecast.unmeasured},
            {"calls", calls},
            {"requests", told.report.work.requests},
            {"cost_micros", told.report.work.cost_micros}};
}

} // namespace callctl::cmd
