// Is the pipeline healthy? A judgement on what is known of it, the same for a person and for
// monitoring.
#pragma once

#include "app/alert_range.hpp"
#include "base/time.hpp"
#include "port/figures.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace callctl::app {

/// The scale of monitoring plug-ins, whose exit codes these are.
enum class Level : std::uint8_t { ok = 0, warning = 1, critical = 2, unknown = 3 };
/// `OK`, `WARNING`, `CRITICAL`, `UNKNOWN`.
[[nodiscard]] std::string_view to_string(Level level);

struct Vitals {
    base::Time now{};
    std::int64_t stuck{0};
    std::int64_t due_now{0};
    std::int64_t leased{0};
    std::int64_t inbox_unapplied{0};
    std::optional<base::Time> oldest_due{};
    std::optional<base::Time> swept_at{};
    std::vector<port::ReasonCount> given_up{};
    std::vector<port::ProviderLine> closed{}; ///< providers that are closed now
};

[[nodiscard]] Vitals vitals_of(const port::Overview& overview);
[[nodiscard]] Vitals vitals_of(const port::Figures& figures);

[[nodiscard]] std::int64_t given_up_of(const Vitals& vitals);
/// How long the oldest due call has been due; zero when none is.
[[nodiscard]] std::chrono::seconds oldest_of(const Vitals& vitals);

/// What alerts where nothing else is said; ages in seconds.
struct Thresholds {
    AlertRange stuck_warning{.high = 0, .text = "0"};
    AlertRange stuck_critical{.high = 50, .text = "50"};
    AlertRange age_warning{.high = 900, .text = "900"};
    AlertRange age_critical{.high = 3600, .text = "3600"};
    std::optional<AlertRange> given_up_warning{};
};

struct Finding {
    Level level{Level::warning};
    std::string text{}; ///< for an operator, no full stop
    friend bool operator==(const Finding&, const Finding&) = default;
};

/// The worst first; none when all is well.
struct Verdict {
    Level level{Level::ok};
    std::vector<Finding> findings{};
};

[[nodiscard]] Verdict judged(const Vitals& vitals, const Thresholds& thresholds);
/// What a person is told who looks at all calls: the usual thresholds, and whatever gave up.
[[nodiscard]] Verdict verdict_on(const port::Overview& overview);

} // namespace callctl::app
