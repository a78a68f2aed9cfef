#include "plug_in.hpp"

#include <gtest/gtest.h>

#include <future>

namespace callctl::cmd {
namespace {

using namespace std::chrono_literals;

constexpr base::Time k_noon{std::chrono::microseconds{1'767'268'800'000'000}};

TEST(PlugInLine, SaysWhatWasMeasuredAndAgainstWhat) {
    const app::Vitals vitals{.now = k_noon,
                             .due_now = 2,
                             .leased = 1,
                             .oldest_due = k_noon - 10s,
                             .swept_at = k_noon - 240s};
    EXPECT_EQ(plug_in_line(vitals, {}),
              "CALLCTL OK - nothing is stuck, 2 due now, 1 being worked on, 0 gave up | "
              "stuck=0;0;50;0 oldest_s=10;900;3600;0 due=2;;;0 leased=1;;;0 gave_up=0;;;0 "
              "inbox_unapplied=0;;;0 closed_providers=0;;;0 last_pass_s=240;;;0");
}

TEST(PlugInLine, NamesEverythingThatIsAmissTheWorstFirst) {
    const app::Vitals vitals{.now = k_noon,
                             .stuck = 7,
                             .inbox_unapplied = 1,
                             .oldest_due = k_noon - 2h,
                             .swept_at = k_noon};
    const app::Thresholds limits{.stuck_warning = *app::parse_alert_range("5"),
                                 .stuck_critical = *app::parse_alert_range("@100:200"),
                                 .given_up_warning = app::parse_alert_range("3")};
    EXPECT_EQ(
        plug_in_line(vitals, limits),
        "CALLCTL CRITICAL - 7 calls are stuck, the longest due for 2h; 1 delivery is kept but "
        "not applied | stuck=7;5;@100:200;0 oldest_s=7200;900;3600;0 due=0;;;0 leased=0;;;0 "
        "gave_up=0;3;;0 inbox_unapplied=1;;;0 closed_providers=0;;;0 last_pass_s=0;;;0");
}

TEST(Deadline, TellsWhenTheTimeIsOver) {
    std::promise<void> told;
    const Deadline deadline{1ms, [&told] { told.set_value(); }};
    EXPECT_EQ(told.get_future().wait_for(30s), std::future_status::ready);
}

TEST(Deadline, TellsNothingOfWhatEndedInTime) {
    bool told = false;
    {
        const Deadline deadline{1h, [&told] { told = true; }};
    }
    EXPECT_FALSE(told);
}

} // namespace
} // namespace callctl::cmd
