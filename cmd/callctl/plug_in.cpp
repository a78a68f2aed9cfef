#include "plug_in.hpp"

#include <fmt/format.h>

#include <utility>

namespace callctl::cmd {
namespace {

std::string summary_of(const app::Vitals& vitals, const app::Verdict& verdict) {
    if (verdict.findings.empty()) {
        return fmt::format("nothing is stuck, {} due now, {} being worked on, {} gave up",
                           vitals.due_now, vitals.leased, app::given_up_of(vitals));
    }
    std::string text;
    for (const app::Finding& finding : verdict.findings) {
        text += (text.empty() ? "" : "; ") + finding.text;
    }
    return text;
}

std::string measured(const app::Vitals& vitals, const app::Thresholds& limits) {
    const std::string given_up =
        limits.given_up_warning ? limits.given_up_warning->text : std::string{};
    const std::string last_pass =
        vitals.swept_at
            ? fmt::format(" last_pass_s={};;;0", std::chrono::duration_cast<std::chrono::seconds>(
                                                     vitals.now - *vitals.swept_at)
                                                     .count())
            : "";
    return fmt::format("stuck={};{};{};0 oldest_s={};{};{};0 due={};;;0 leased={};;;0 "
                       "gave_up={};{};;0 inbox_unapplied={};;;0 closed_providers={};;;0{}",
                       vitals.stuck, limits.stuck_warning.text, limits.stuck_critical.text,
                       app::oldest_of(vitals).count(), limits.age_warning.text,
                       limits.age_critical.text, vitals.due_now, vitals.leased,
                       app::given_up_of(vitals), given_up, vitals.inbox_unapplied,
                       vitals.closed.size(), last_pass);
}

} // namespace

std::string plug_in_line(const app::Vitals& vitals, const app::Thresholds& thresholds) {
    const app::Verdict verdict = app::judged(vitals, thresholds);
    return fmt::format("CALLCTL {} - {} | {}", app::to_string(verdict.level),
                       summary_of(vitals, verdict), measured(vitals, thresholds));
}

Deadline::Deadline(std::chrono::milliseconds limit, std::function<void()> on_overdue)
    : m_thread{[this, limit, tell = std::move(on_overdue)] {
          std::unique_lock lock{m_mutex};
          if (!m_condition.wait_for(lock, limit, [this] { return m_met; })) {
              tell();
          }
      }} {}

Deadline::~Deadline() {
    {
        const std::scoped_lock lock{m_mutex};
        m_met = true;
    }
    m_condition.notify_all();
    m_thread.join();
}

} // namespace callctl::cmd
