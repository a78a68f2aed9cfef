#include "app/figures_text.hpp"

#include "app/exposition.hpp"

#include <algorithm>
#include <array>

namespace callctl::app {
namespace {

using call::Stage;
using call::Status;
using port::Figures;

std::string word(std::string_view text) {
    return std::string{text};
}

// Every pair, those without a call too: a rule can then tell nothing from no figures.
std::vector<Sample> calls(const Figures& figures) {
    std::vector<Sample> samples;
    for (const Stage stage : call::k_stages) {
        for (const Status status : {Status::pending, Status::processing, Status::completed,
                                    Status::failed, Status::skipped}) {
            const auto row = std::ranges::find_if(figures.counts, [&](const port::CountRow& count) {
                return count.stage == stage && count.status == status;
            });
            samples.push_back(
                {row == figures.counts.end() ? 0.0 : number_of(row->calls),
                 {{"stage", word(to_string(stage))}, {"status", word(to_string(status))}}});
        }
    }
    return samples;
}

std::vector<Sample> given_up(const Figures& figures) {
    std::vector<Sample> samples;
    for (const port::ReasonCount& row : figures.given_up) {
        samples.push_back({number_of(row.calls),
                           {{"stage", word(to_string(row.stage))},
                            {"reason", word(call::to_string(row.reason))}}});
    }
    return samples;
}

void add_schedule(Exposition& out, const Figures& figures) {
    out.gauge("callctl_calls",
              "Calls by the stage they are in and how they stand there; done ones of the last day",
              calls(figures));
    out.gauge("callctl_calls_given_up", "Calls that wait for an operator", given_up(figures));
    out.gauge("callctl_due", "Calls that are due now", number_of(figures.due_now));
    out.gauge("callctl_leased", "Calls that a worker holds", number_of(figures.leased));
    out.gauge("callctl_oldest_due_seconds", "How long the longest overdue call waits",
              figures.oldest_due ? seconds_of(figures.now - *figures.oldest_due) : 0.0);
    out.gauge("callctl_inbox_unapplied", "Deliveries that are kept but could not be applied",
              number_of(figures.inbox_unapplied));
}

void add_head_loss(Exposition& out, const Figures& figures) {
    std::vector<Sample> samples;
    samples.reserve(port::k_head_losses.size());
    for (const port::HeadLoss loss : port::k_head_losses) {
        samples.push_back({number_of(figures.head_losses.at(static_cast<std::size_t>(loss))),
                           {{"loss", word(to_string(loss))}}});
    }
    out.gauge("callctl_head_loss_calls",
              "Calls of the last day by how much of their beginning is not recorded", samples);
    if (figures.largest_head_loss) {
        out.gauge("callctl_head_loss_max_seconds",
                  "The most that is missing at the beginning of a call of the last day",
                  seconds_of(*figures.largest_head_loss));
    }
}

std::string result_of(const port::AttemptCount& row) {
    if (row.open) {
        return "open";
    }
    return row.reason ? "failed" : "succeeded";
}

/// Of each stage the sum of a field of its attempts.
template <class Field>
std::vector<Sample> by_stage(const Figures& figures, Field field, double unit) {
    std::vector<Sample> samples;
    for (const Stage stage : call::k_stages) {
        std::int64_t sum = 0;
        for (const port::AttemptCount& row : figures.attempts) {
            sum += row.stage == stage ? row.*field : 0;
        }
        samples.push_back({number_of(sum) / unit, {{"stage", word(to_string(stage))}}});
    }
    return samples;
}

void add_attempts(Exposition& out, const Figures& figures) {
    std::vector<Sample> samples;
    for (const port::AttemptCount& row : figures.attempts) {
        samples.push_back({number_of(row.attempts),
                           {{"stage", word(to_string(row.stage))},
                            {"result", result_of(row)},
                            {"reason", row.reason ? word(call::to_string(*row.reason)) : "none"}}});
    }
    out.gauge("callctl_recent_attempts", "Attempts that began within the recent window", samples);
    out.gauge("callctl_recent_requests", "Requests of those attempts",
              by_stage(figures, &port::AttemptCount::requests, 1.0));
    out.gauge("callctl_recent_audio_seconds", "Audio that those attempts sent",
              by_stage(figures, &port::AttemptCount::audio_ms, 1e3));
    out.gauge("callctl_recent_cost", "Cost of those attempts, in the unit of the prices",
              by_stage(figures, &port::AttemptCount::cost_micros, 1e6));
    out.gauge("callctl_recent_window_seconds",
              "The recent window: an hour, or less where there were very many attempts",
              seconds_of(figures.attempts_window));
}

void add_providers(Exposition& out, const Figures& figures) {
    std::vector<Sample> closed;
    std::vector<Sample> half_open;
    std::vector<Sample> failures;
    std::vector<Sample> until;
    std::vector<Sample> reasons;
    for (const port::ProviderLine& line : figures.providers) {
        const std::string name = word(to_string(line.provider));
        const bool is_closed = line.is_closed(figures.now);
        closed.push_back({is_closed ? 1.0 : 0.0, {{"provider", name}}});
        half_open.push_back({line.half_open ? 1.0 : 0.0, {{"provider", name}}});
        failures.push_back({number_of(line.failures), {{"provider", name}}});
        until.push_back({is_closed ? seconds_of(line.closed_until->time_since_epoch()) : 0.0,
                         {{"provider", name}}});
        if (line.reason && (is_closed || line.half_open)) {
            reasons.push_back({1.0,
                               {{"provider", name},
                                {"reason", word(call::to_string(*line.reason))},
                                {"class", word(to_string(call::class_of(*line.reason)))}}});
        }
    }
    out.gauge("callctl_provider_closed", "1 while nothing is asked of the provider", closed);
    out.gauge("callctl_provider_half_open",
              "1 while one request decides whether the provider opens again", half_open);
    out.gauge("callctl_provider_failures", "Failures of the provider in a row", failures);
    out.gauge("callctl_provider_closed_until_timestamp_seconds",
              "Until when nothing is asked of the provider; 0 while it is not closed", until);
    out.gauge("callctl_provider_closed_reason",
              "1 while the provider is closed or half-open, with the reason", reasons);
}

void add_marks(Exposition& out, const Figures& figures) {
    if (figures.swept_at) {
        out.gauge("callctl_last_sweep_timestamp_seconds",
                  "When a pass of any host last looked through the table",
                  seconds_of(figures.swept_at->time_since_epoch()));
    }
    if (figures.listed_until) {
        out.gauge("callctl_listed_until_timestamp_seconds",
                  "Up to when Twilio's lists have been compared with the calls",
                  seconds_of(figures.listed_until->time_since_epoch()));
    }
}

} // namespace

std::string database_text(const std::optional<port::Figures>& figures) {
    Exposition out;
    out.gauge("callctl_database_up", "1 when the database could be asked", figures ? 1.0 : 0.0);
    if (figures) {
        add_schedule(out, *figures);
        add_head_loss(out, *figures);
        add_attempts(out, *figures);
        add_providers(out, *figures);
        add_marks(out, *figures);
    }
    return out.text();
}

std::string build_text(const std::string& version) {
    Exposition out;
    out.gauge("callctl_build_info", "1, with the version that runs",
              {{1.0, {{"version", version}}}});
    return out.text();
}

std::string process_text(const port::ProcessFigures& figures) {
    Exposition out;
    out.counter("process_cpu_seconds_total", "User and system time of all threads",
                seconds_of(figures.cpu));
    out.gauge("process_resident_memory_bytes", "Memory that is in use",
              number_of(figures.resident_bytes));
    out.gauge("process_virtual_memory_bytes", "Addresses that are in use",
              number_of(figures.virtual_bytes));
    out.gauge("process_open_fds", "Open file descriptors", number_of(figures.open_files));
    out.gauge("process_max_fds", "File descriptors that may be open",
              number_of(figures.most_files));
    out.gauge("process_threads", "Threads", number_of(figures.threads));
    out.gauge("process_start_time_seconds", "When the process began, in seconds since 1970",
              seconds_of(figures.started_at.time_since_epoch()));
    return out.text();
}

} // namespace callctl::app
