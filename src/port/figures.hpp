// What monitoring is told about the tables, by queries whose cost does not grow with them.
#pragma once

#include "port/call_report.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace callctl::port {

/// Rows of one kind that are looked at, those most overdue or the newest: no count is above it.
inline constexpr int k_most_figured = 100'000;
/// The same of attempts.
inline constexpr int k_most_attempts = 20'000;
/// Attempts that began, and calls that were created, no longer ago than this.
inline constexpr std::chrono::milliseconds k_attempts_window{std::chrono::hours{1}};
inline constexpr std::chrono::milliseconds k_calls_window{std::chrono::hours{24}};

/// How much of its beginning a call's recording lacks (call::head_loss), in classes.
enum class HeadLoss : std::uint8_t {
    none,
    to_1s,
    to_3s,
    to_10s,
    above_10s,
    unrecorded, ///< answered and over, and there is no recording: all is lost
};
inline constexpr std::array k_head_losses{HeadLoss::none,      HeadLoss::to_1s,
                                          HeadLoss::to_3s,     HeadLoss::to_10s,
                                          HeadLoss::above_10s, HeadLoss::unrecorded};

[[nodiscard]] constexpr std::string_view to_string(HeadLoss loss) {
    constexpr std::array<std::string_view, k_head_losses.size()> k_names{
        "none", "to_1s", "to_3s", "to_10s", "above_10s", "unrecorded"};
    return k_names.at(static_cast<std::size_t>(loss));
}
[[nodiscard]] constexpr HeadLoss head_loss_of(std::chrono::milliseconds loss) {
    using std::chrono::seconds;
    if (loss <= seconds{0}) {
        return HeadLoss::none;
    }
    if (loss <= seconds{1}) {
        return HeadLoss::to_1s;
    }
    if (loss <= seconds{3}) {
        return HeadLoss::to_3s;
    }
    return loss <= seconds{10} ? HeadLoss::to_10s : HeadLoss::above_10s;
}

/// Attempts of one stage that ended alike.
struct AttemptCount {
    call::Stage stage{};
    std::optional<call::Reason> reason{}; ///< nothing: it succeeded, or is open
    bool open{false};                     ///< it goes on, or its worker died
    std::int64_t attempts{0};
    std::int64_t requests{0};
    std::int64_t audio_ms{0};
    std::int64_t cost_micros{0};
};

struct Figures {
    base::Time now{};
    /// As the schedule has it, without a look at the host's rows: `pending` and `processing` (a
    /// worker holds it) are on it; `failed` were given up, however old; `completed` and `skipped`
    /// are at rest, of k_calls_window.
    std::vector<CountRow> counts{};
    std::vector<ReasonCount> given_up{}; ///< whatever their age
    std::int64_t due_now{0};
    std::int64_t stuck{0}; ///< of `due_now`, those due for longer than k_stuck_after
    std::int64_t leased{0};
    std::optional<base::Time> oldest_due{};
    std::int64_t inbox_unapplied{0};
    /// Calls of k_calls_window of which it is known, by class.
    std::array<std::int64_t, k_head_losses.size()> head_losses{};
    std::optional<std::chrono::milliseconds> largest_head_loss{};
    std::vector<AttemptCount> attempts{};
    /// Of `attempts`; shorter where there were more than k_most_attempts.
    std::chrono::milliseconds attempts_window{k_attempts_window};
    std::vector<ProviderLine> providers{};
    std::optional<base::Time> swept_at{};     ///< when a pass last swept the host's table
    std::optional<base::Time> listed_until{}; ///< CallStore::listed_until
};

} // namespace callctl::port
