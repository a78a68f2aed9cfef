#include "app/pass_text.hpp"

#include "app/exposition.hpp"

#include <charconv>
#include <cmath>

namespace callctl::app {
namespace {

constexpr std::string_view k_last_success = "callctl_reconcile_last_success_timestamp_seconds";
// The year 10000.
constexpr double k_end_of_time = 253'402'300'800.0;

template <class Number>
Sample sample(const char* label, const char* text, Number number) {
    return {number_of(number), {{label, text}}};
}

void add_work(Exposition& out, const WorkReport& work) {
    out.gauge("callctl_reconcile_driven_calls", "Calls that the last pass drove",
              number_of(work.driven));
    out.gauge("callctl_reconcile_calls", "Those calls by where they were left",
              {sample("result", "completed", work.completed),
               sample("result", "skipped", work.skipped), sample("result", "gave_up", work.gave_up),
               sample("result", "waiting", work.waiting),
               sample("result", "superseded", work.superseded),
               sample("result", "handed_back", work.handed_back),
               sample("result", "failed", work.failed)});
    out.gauge("callctl_reconcile_requests", "Requests that the last pass sent",
              number_of(work.requests));
    out.gauge("callctl_reconcile_cost", "What the last pass cost, in the unit of the prices",
              number_of(work.cost_micros) / 1e6);
    out.gauge("callctl_reconcile_limit_reached", "1 where a limit ended the last pass",
              {sample("limit", "runtime", work.out_of_time ? 1 : 0),
               sample("limit", "cost", work.out_of_money ? 1 : 0)});
}

void add_sweep(Exposition& out, const port::SweepReport& sweep) {
    out.gauge("callctl_reconcile_swept", "What the last pass found before it drove anything",
              {sample("result", "adopted", sweep.adopted), sample("result", "reset", sweep.reset),
               sample("result", "replayed", sweep.replayed),
               sample("result", "expired_lease", sweep.expired_leases),
               sample("result", "refused", sweep.refused)});
}

void add_backfill(Exposition& out, const BackfillReport& backfill) {
    out.gauge(
        "callctl_reconcile_backfill_calls", "Calls that the last pass compared with Twilio's lists",
        {sample("result", "listed", backfill.calls), sample("result", "unknown", backfill.unknown),
         sample("result", "refused", backfill.refused),
         sample("result", "corrected", backfill.corrected),
         sample("result", "doubled", backfill.doubled)});
    out.gauge("callctl_reconcile_backfill_failed",
              "1 where Twilio's lists could not be read to their end",
              backfill.failure ? 1.0 : 0.0);
}

} // namespace

std::string pass_text(const PassFigures& pass) {
    Exposition out;
    out.gauge("callctl_reconcile_last_run_timestamp_seconds", "When the last pass ended",
              seconds_of(pass.ended_at.time_since_epoch()));
    if (pass.last_success) {
        out.gauge(std::string{k_last_success}, "When a pass last came to its end",
                  seconds_of(pass.last_success->time_since_epoch()));
    }
    out.gauge("callctl_reconcile_duration_seconds", "How long the last pass took",
              seconds_of(pass.duration));
    out.gauge("callctl_reconcile_exit_code", "Exit status of the last pass",
              number_of(pass.exit_code));
    if (pass.report) {
        add_sweep(out, pass.report->sweep);
        add_work(out, pass.report->work);
        if (pass.report->backfill) {
            add_backfill(out, *pass.report->backfill);
        }
    }
    return out.text();
}

std::optional<base::Time> last_success_in(std::string_view text) {
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        if (!line.starts_with(k_last_success) || line.size() <= k_last_success.size() + 1 ||
            line[k_last_success.size()] != ' ') {
            continue;
        }
        double seconds = 0.0;
        const auto [end, error] = std::from_chars(line.data() + k_last_success.size() + 1,
                                                  line.data() + line.size(), seconds);
        if (error == std::errc{} && end == line.data() + line.size() && seconds >= 0.0 &&
            seconds < k_end_of_time) {
            return base::Time{std::chrono::microseconds{std::llround(seconds * 1e6)}};
        }
        return std::nullopt;
    }
    return std::nullopt;
}

} // namespace callctl::app
