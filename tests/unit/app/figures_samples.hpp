// Figures with something of everything, so that every family shows.
#pragma once

#include "app/figures_text.hpp"
#include "app/pass_text.hpp"
#include "app/server_metrics.hpp"

#include <chrono>
#include <string>

namespace callctl::app {

inline constexpr base::Time k_figures_now{std::chrono::microseconds{1'767'268'800'250'000}};

inline port::Figures full_figures() {
    using namespace std::chrono_literals;
    using call::Reason;
    using call::Stage;
    using call::Status;
    port::Figures figures{.now = k_figures_now,
                          .due_now = 3,
                          .leased = 2,
                          .oldest_due = k_figures_now - 90s,
                          .inbox_unapplied = 1};
    figures.counts = {{Stage::transcript, Status::pending, 4}, {Stage::summary, Status::failed, 7}};
    figures.given_up = {{Stage::summary, Reason::refused, 7, true}};
    figures.head_losses = {10, 1, 0, 0, 2, 3};
    figures.largest_head_loss = 12'500ms;
    figures.attempts = {{.stage = Stage::transcript,
                         .attempts = 5,
                         .requests = 9,
                         .audio_ms = 90'500,
                         .cost_micros = 1'250'000},
                        {.stage = Stage::transcript, .reason = Reason::timeout, .attempts = 2},
                        {.stage = Stage::summary, .open = true, .attempts = 1}};
    figures.attempts_window = 25min;
    figures.providers = {{.provider = call::Provider::twilio},
                         {.provider = call::Provider::transcription,
                          .closed_until = k_figures_now + 60s,
                          .reason = Reason::quota,
                          .detail = "no money",
                          .failures = 4},
                         {.provider = call::Provider::summary,
                          .reason = Reason::provider_error,
                          .failures = 1,
                          .half_open = true}};
    figures.swept_at = k_figures_now - 120s;
    figures.listed_until = k_figures_now - 1h;
    return figures;
}

inline PassFigures full_pass() {
    using namespace std::chrono_literals;
    ReconcileReport report;
    report.sweep = {.adopted = 1, .reset = 2, .replayed = 3, .expired_leases = 4, .refused = 5};
    report.work = {.driven = 21, .completed = 6, .skipped = 5, .gave_up = 4, .waiting = 3};
    report.work.superseded = 2;
    report.work.failed = 1;
    report.work.requests = 40;
    report.work.cost_micros = 2'500'000;
    report.work.out_of_time = true;
    report.backfill = BackfillReport{};
    report.backfill->calls = 100;
    report.backfill->unknown = 2;
    return {.ended_at = k_figures_now,
            .duration = 2'500ms,
            .exit_code = 3,
            .last_success = k_figures_now,
            .report = report};
}

/// Everything that is ever exposed.
inline std::string every_text() {
    const ServerMetrics metrics;
    return build_text("1.0") + process_text({}) + metrics.text() + pass_text(full_pass()) +
           database_text(full_figures());
}

} // namespace callctl::app
