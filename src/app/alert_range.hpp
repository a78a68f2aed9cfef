// The ranges in which monitoring plug-ins take their thresholds.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace callctl::app {

/// A value outside of `low` to `high` alerts, or one inside where `inside` is set; both ends belong
/// to the range.
struct AlertRange {
    double low{0};
    double high{std::numeric_limits<double>::infinity()};
    bool inside{false};
    std::string text{}; ///< as it was written, for the performance data

    [[nodiscard]] bool alerts(double value) const {
        return (value >= low && value <= high) == inside;
    }
};

/// `10` (below 0 or above 10 alerts), `10:` (below 10), `~:10` (above 10), `10:20` (outside),
/// `@10:20` (inside), as in the Monitoring Plugins Development Guidelines, "Threshold and ranges".
/// Nothing when it is not one.
[[nodiscard]] std::optional<AlertRange> parse_alert_range(std::string_view text);

} // namespace callctl::app
