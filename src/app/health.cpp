#include "app/health.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <map>

namespace callctl::app {
namespace {

using std::chrono::milliseconds;

/// A pass comes every five minutes; the alert CallctlReconcileNotRun has the same.
constexpr std::chrono::minutes k_longest_without_pass{30};

std::string age(base::Time since, base::Time now) {
    return base::format_duration(std::chrono::duration_cast<milliseconds>(now - since));
}

Level level_of(double value, const AlertRange& warning, const AlertRange& critical) {
    if (critical.alerts(value)) {
        return Level::critical;
    }
    return warning.alerts(value) ? Level::warning : Level::ok;
}

Finding of_stuck(const Vitals& vitals, const Thresholds& limits) {
    const Level by_number =
        level_of(static_cast<double>(vitals.stuck), limits.stuck_warning, limits.stuck_critical);
    const Level by_age = level_of(static_cast<double>(oldest_of(vitals).count()),
                                  limits.age_warning, limits.age_critical);
    const std::string waits =
        vitals.oldest_due ? ", the longest due for " + age(*vitals.oldest_due, vitals.now) : "";
    return {std::max(by_number, by_age),
            base::counted(vitals.stuck, "call is", "calls are") + " stuck" + waits};
}

// A closed breaker opens by itself, unless it is for us to fix.
Finding of_provider(const port::ProviderLine& line, base::Time now) {
    const bool ours = line.reason && call::class_of(*line.reason) == call::ReasonClass::account;
    std::string text{call::to_string(line.provider)};
    text += " is closed for another " + age(now, *line.closed_until);
    if (line.reason) {
        text += " (" + std::string{call::to_string(*line.reason)} + ": " +
                std::string{call::info(*line.reason).meaning} + ")";
    }
    return {ours ? Level::critical : Level::warning, text};
}

Finding of_given_up(const Vitals& vitals, const Thresholds& limits) {
    const std::int64_t total = given_up_of(vitals);
    std::map<call::Reason, std::int64_t> reasons;
    for (const port::ReasonCount& row : vitals.given_up) {
        reasons[row.reason] += row.calls;
    }
    std::string list;
    for (const auto& [reason, count] : reasons) {
        list += (list.empty() ? ": " : ", ") + std::to_string(count) + " " +
                std::string{call::to_string(reason)};
    }
    const bool alerts =
        limits.given_up_warning && limits.given_up_warning->alerts(static_cast<double>(total));
    return {alerts ? Level::warning : Level::ok,
            base::counted(total, "call", "calls") + " gave up" + list};
}

Finding of_pass(const Vitals& vitals) {
    if (!vitals.swept_at) {
        return {Level::warning, "reconcile has never run"};
    }
    const bool late = vitals.now - *vitals.swept_at > k_longest_without_pass;
    return {late ? Level::warning : Level::ok,
            "reconcile last ran " + age(*vitals.swept_at, vitals.now) + " ago"};
}

Finding of_inbox(const Vitals& vitals) {
    return {vitals.inbox_unapplied > 0 ? Level::warning : Level::ok,
            base::counted(vitals.inbox_unapplied, "delivery is", "deliveries are") +
                " kept but not applied"};
}

template <class Report>
Vitals common_vitals(const Report& report) {
    Vitals vitals{.now = report.now,
                  .stuck = report.stuck,
                  .due_now = report.due_now,
                  .leased = report.leased,
                  .inbox_unapplied = report.inbox_unapplied,
                  .oldest_due = report.oldest_due,
                  .swept_at = report.swept_at,
                  .given_up = {},
                  .closed = {}};
    for (const port::ProviderLine& line : report.providers) {
        if (line.is_closed(vitals.now)) {
            vitals.closed.push_back(line);
        }
    }
    return vitals;
}

} // namespace

std::string_view to_string(Level level) {
    switch (level) {
    case Level::ok:
        return "OK";
    case Level::warning:
        return "WARNING";
    case Level::critical:
        return "CRITICAL";
    case Level::unknown:
        break;
    }
    return "UNKNOWN";
}

Vitals vitals_of(const port::Overview& overview) {
    Vitals vitals = common_vitals(overview);
    for (const port::ReasonCount& row : overview.reasons) {
        if (row.gave_up && call::class_of(row.reason) != call::ReasonClass::nothing) {
            vitals.given_up.push_back(row);
        }
    }
    return vitals;
}

Vitals vitals_of(const port::Figures& figures) {
    Vitals vitals = common_vitals(figures);
    vitals.given_up = figures.given_up;
    return vitals;
}

std::int64_t given_up_of(const Vitals& vitals) {
    std::int64_t total = 0;
    for (const port::ReasonCount& row : vitals.given_up) {
        total += row.calls;
    }
    return total;
}

std::chrono::seconds oldest_of(const Vitals& vitals) {
    return vitals.oldest_due
               ? std::chrono::duration_cast<std::chrono::seconds>(vitals.now - *vitals.oldest_due)
               : std::chrono::seconds{0};
}

Verdict judged(const Vitals& vitals, const Thresholds& thresholds) {
    Verdict verdict;
    verdict.findings.push_back(of_stuck(vitals, thresholds));
    for (const port::ProviderLine& line : vitals.closed) {
        verdict.findings.push_back(of_provider(line, vitals.now));
    }
    verdict.findings.push_back(of_given_up(vitals, thresholds));
    verdict.findings.push_back(of_pass(vitals));
    verdict.findings.push_back(of_inbox(vitals));
    std::erase_if(verdict.findings,
                  [](const Finding& finding) { return finding.level == Level::ok; });
    std::ranges::stable_sort(verdict.findings, std::ranges::greater{}, &Finding::level);
    if (!verdict.findings.empty()) {
        verdict.level = verdict.findings.front().level;
    }
    return verdict;
}

Verdict verdict_on(const port::Overview& overview) {
    return judged(vitals_of(overview), {.given_up_warning = AlertRange{.high = 0, .text = "0"}});
}

} // namespace callctl::app
