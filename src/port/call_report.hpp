// What a reading command is told about the tables.
#pragma once

#include "call/call.hpp"
#include "call/change.hpp"
#include "call/provider.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace callctl::port {

enum class ListOrder { oldest_first, newest_first };

/// Which calls. Fields that are set must all hold; times are by the database's clock.
struct CallFilter {
    std::optional<call::Stage> stage{};
    std::optional<call::Status> status{};
    std::optional<call::Reason> reason{};
    std::optional<std::chrono::milliseconds> since{}; ///< created no longer ago than this
    std::string phone{};                              ///< either number, digits compared
    int limit{20};
    ListOrder order{ListOrder::oldest_first}; ///< of CallStore::list
};

struct CountRow {
    call::Stage stage{};
    call::Status status{};
    std::int64_t calls{0};
};

struct ReasonCount {
    call::Stage stage{};
    call::Reason reason{};
    std::int64_t calls{0};
    bool gave_up{false}; ///< no next time
};

/// One call in a list. Its texts are left empty: a list of long calls would be gigabytes.
struct CallLine {
    call::Call call;
    std::string worker{}; ///< who holds the lease, if anybody
};

struct ProviderLine {
    call::Provider provider{};
    std::optional<base::Time> closed_until{}; ///< nothing: open for business
    std::optional<call::Reason> reason{};
    std::string detail{};
    int failures{0};       ///< in a row
    bool half_open{false}; ///< as ProviderState has it

    [[nodiscard]] bool is_closed(base::Time now) const {
        return closed_until && *closed_until > now;
    }
};

/// Calls that are done are counted and listed when they were created no longer ago, unless
/// CallFilter::since says otherwise. Calls on the schedule and calls that were given up always are.
inline constexpr std::chrono::milliseconds k_report_window{std::chrono::hours{24 * 7}};

/// A call that is due, and that nobody has taken for so long, is stuck: three passes of reconcile.
inline constexpr std::chrono::milliseconds k_stuck_after{std::chrono::minutes{15}};

/// A call at rest of which the host has deleted the row is shown as it ended.
struct Overview {
    base::Time now{};
    std::chrono::milliseconds window{k_report_window}; ///< for calls that are done
    std::vector<CountRow> counts{};     ///< of adopted calls, each in its present stage
    std::vector<ReasonCount> reasons{}; ///< of calls that are not completed
    std::int64_t due_now{0};
    std::int64_t stuck{0}; ///< of `due_now`, those due for longer than k_stuck_after
    std::int64_t leased{0};
    std::optional<base::Time> oldest_due{}; ///< the longest overdue
    std::optional<base::Time> next_due{};   ///< the next that is not due yet
    std::int64_t inbox_unapplied{0};
    std::string inbox_error{};            ///< why the oldest of those is not applied
    std::optional<base::Time> swept_at{}; ///< when a pass last swept the host's table
    std::vector<ProviderLine> providers{};
    std::vector<CallLine> calls{}; ///< those of the filter, most urgent first
};

struct AttemptLine {
    std::int64_t number{0};
    call::Stage stage{};
    std::string worker{};
    base::Time started_at{};
    std::optional<base::Time> finished_at{};
    call::AttemptEnd end{};
};

struct DeliveryLine {
    std::string route{};
    base::Time received_at{};
    int deliveries{1}; ///< how often the same one came
    bool applied{true};
    std::string detail{};
};

struct ArtefactLine {
    call::Stage stage{};
    int version{0};
    base::Time created_at{};
    std::string model{};
    std::string language{};
    std::size_t characters{0};
};

struct CallStory {
    base::Time now{};
    call::Call call;
    /// What its row says of each stage, also where that is no status.
    std::array<std::optional<std::string>, call::k_stages.size()> words{};
    bool row_deleted{false}; ///< the host has no row of it any more
    std::string worker{};
    std::optional<base::Time> lease_until{};
    std::vector<DeliveryLine> deliveries{};
    std::vector<AttemptLine> attempts{};
    std::vector<ArtefactLine> artefacts{};
    std::vector<ProviderLine> providers{};
};

} // namespace callctl::port
