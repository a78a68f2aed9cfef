#include "app/health.hpp"

#include <gtest/gtest.h>

namespace callctl::app {
namespace {

using call::Provider;
using call::Reason;
using call::Stage;
using namespace std::chrono_literals;

constexpr base::Time k_now{std::chrono::microseconds{1'767'268'800'000'000}};

struct RangeRow {
    std::string name;
    std::string text;
    std::vector<double> alerts;
    std::vector<double> quiet;
};
void PrintTo(const RangeRow& row, std::ostream* out) {
    *out << row.text;
}

class Ranges : public testing::TestWithParam<RangeRow> {};

// The table of the Monitoring Plugins Development Guidelines.
INSTANTIATE_TEST_SUITE_P(AlertRange, Ranges,
                         testing::Values(RangeRow{"OneNumber", "10", {-1, 10.5, 11}, {0, 5, 10}},
                                         RangeRow{"Lowest", "10:", {-1, 9.9}, {10, 1e9}},
                                         RangeRow{"Highest", "~:10", {10.1, 11}, {-1e9, 0, 10}},
                                         RangeRow{"Outside", "10:20", {9, 21}, {10, 15, 20}},
                                         RangeRow{"Inside", "@10:20", {10, 15, 20}, {9, 21}},
                                         RangeRow{"InsideOfOneNumber", "@10", {0, 10}, {-1, 11}},
                                         RangeRow{"Nought", "0", {1, -1}, {0}},
                                         RangeRow{"Fraction", "0.5:1.5", {0.4, 1.6}, {0.5, 1.5}},
                                         RangeRow{"Negative", "-10:-5", {-11, 0}, {-10, -5}},
                                         RangeRow{"Anything", "~:", {}, {-1e9, 0, 1e9}}),
                         [](const auto& row) { return row.param.name; });

TEST_P(Ranges, AlertWhereTheGuidelinesSay) {
    const auto range = parse_alert_range(GetParam().text);
    ASSERT_TRUE(range);
    EXPECT_EQ(range->text, GetParam().text);
    for (const double value : GetParam().alerts) {
        EXPECT_TRUE(range->alerts(value)) << value;
    }
    for (const double value : GetParam().quiet) {
        EXPECT_FALSE(range->alerts(value)) << value;
    }
}

TEST(AlertRange, IsRefusedWhereItIsNone) {
    for (const char* const text : {"", "@", ":", ":10", "20:10", "ten", "1e3", "10:x", "10s", "nan",
                                   "inf", "1:2:3", " 10", "~", "@~", "10:~"}) {
        EXPECT_FALSE(parse_alert_range(text)) << text;
    }
}

Vitals healthy() {
    return {.now = k_now,
            .due_now = 2,
            .leased = 1,
            .oldest_due = k_now - 10s,
            .swept_at = k_now - 4min};
}

std::vector<Finding> findings(const Vitals& vitals, const Thresholds& thresholds = {}) {
    return judged(vitals, thresholds).findings;
}

TEST(Verdict, IsGoodWhereNothingIsAmiss) {
    EXPECT_EQ(judged(healthy(), {}).level, Level::ok);
    EXPECT_TRUE(findings(healthy()).empty());
}

struct VerdictRow {
    std::string name;
    void (*spoil)(Vitals&);
    Level level;
    std::string text;
};
void PrintTo(const VerdictRow& row, std::ostream* out) {
    *out << row.name;
}

class Verdicts : public testing::TestWithParam<VerdictRow> {};

INSTANTIATE_TEST_SUITE_P(
    Verdict, Verdicts,
    testing::Values(
        VerdictRow{"OneStuck",
                   [](Vitals& vitals) {
                       vitals.stuck = 1;
                       vitals.oldest_due = k_now - 20min;
                   },
                   Level::warning, "1 call is stuck, the longest due for 20m"},
        VerdictRow{"ManyStuck",
                   [](Vitals& vitals) {
                       vitals.stuck = 51;
                       vitals.oldest_due = k_now - 20min;
                   },
                   Level::critical, "51 calls are stuck, the longest due for 20m"},
        VerdictRow{"StuckForLong",
                   [](Vitals& vitals) {
                       vitals.stuck = 2;
                       vitals.oldest_due = k_now - 124min;
                   },
                   Level::critical, "2 calls are stuck, the longest due for 2h 4m"},
        VerdictRow{"ClosedByTrouble",
                   [](Vitals& vitals) {
                       vitals.closed = {{.provider = Provider::summary,
                                         .closed_until = k_now + 30s,
                                         .reason = Reason::timeout}};
                   },
                   Level::warning,
                   "summary is closed for another 30s (TIMEOUT: the provider did not answer in "
                   "time)"},
        VerdictRow{"ClosedByUs",
                   [](Vitals& vitals) {
                       vitals.closed = {{.provider = Provider::transcription,
                                         .closed_until = k_now + 5min,
                                         .reason = Reason::auth}};
                   },
                   Level::critical,
                   "transcription is closed for another 5m (AUTH: the provider refuses our "
                   "credentials)"},
        VerdictRow{"NoPassYet", [](Vitals& vitals) { vitals.swept_at.reset(); }, Level::warning,
                   "reconcile has never run"},
        VerdictRow{"NoPassLately", [](Vitals& vitals) { vitals.swept_at = k_now - 45min; },
                   Level::warning, "reconcile last ran 45m ago"},
        VerdictRow{"Unapplied", [](Vitals& vitals) { vitals.inbox_unapplied = 3; }, Level::warning,
                   "3 deliveries are kept but not applied"}),
    [](const auto& row) { return row.param.name; });

TEST_P(Verdicts, NameWhatIsAmissAndHowBadItIs) {
    Vitals vitals = healthy();
    GetParam().spoil(vitals);
    const Verdict verdict = judged(vitals, {});
    EXPECT_EQ(verdict.level, GetParam().level);
    EXPECT_EQ(verdict.findings, (std::vector<Finding>{{GetParam().level, GetParam().text}}));
}

TEST(Verdict, BeginsWithTheWorst) {
    Vitals vitals = healthy();
    vitals.inbox_unapplied = 1;
    vitals.stuck = 60;
    const auto found = findings(vitals);
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].level, Level::critical);
    EXPECT_EQ(found[1].text, "1 delivery is kept but not applied");
}

TEST(Verdict, MindsCallsThatGaveUpOnlyWhereAskedTo) {
    Vitals vitals = healthy();
    vitals.given_up = {{Stage::transcript, Reason::too_large, 2, true},
                       {Stage::summary, Reason::refused, 1, true},
                       {Stage::summary, Reason::too_large, 1, true}};
    EXPECT_TRUE(findings(vitals).empty()) << "they never go away by themselves";
    EXPECT_EQ(findings(vitals, {.given_up_warning = parse_alert_range("3")}),
              (std::vector<Finding>{{Level::warning, "4 calls gave up: 3 TOO_LARGE, 1 REFUSED"}}));
    EXPECT_TRUE(findings(vitals, {.given_up_warning = parse_alert_range("4")}).empty());
}

TEST(Verdict, FollowsTheThresholdsThatAreGiven) {
    Vitals vitals = healthy();
    vitals.stuck = 12;
    vitals.oldest_due = k_now - 20min;
    const Thresholds calm{.stuck_warning = *parse_alert_range("20"),
                          .stuck_critical = *parse_alert_range("@30:"),
                          .age_warning = *parse_alert_range("3600"),
                          .age_critical = *parse_alert_range("7200")};
    EXPECT_EQ(judged(vitals, calm).level, Level::ok);
    Thresholds strict = calm;
    strict.age_critical = *parse_alert_range("600");
    EXPECT_EQ(judged(vitals, strict).level, Level::critical)
        << "the worse of number and age counts";
}

TEST(Vitals, LeaveOutProvidersWhosePauseIsOver) {
    port::Overview overview{.now = k_now};
    overview.providers = {{.provider = Provider::twilio, .closed_until = k_now - 1s},
                          {.provider = Provider::summary, .closed_until = k_now + 1s},
                          {.provider = Provider::transcription}};
    const auto vitals = vitals_of(overview);
    ASSERT_EQ(vitals.closed.size(), 1U);
    EXPECT_EQ(vitals.closed[0].provider, Provider::summary);
}

TEST(Vitals, TakeForGivenUpWhatWaitsForAPerson) {
    port::Overview overview{.now = k_now};
    overview.reasons = {{Stage::recording, Reason::no_answer, 5, true},
                        {Stage::transcript, Reason::timeout, 2, false},
                        {Stage::transcript, Reason::too_large, 1, true}};
    EXPECT_EQ(given_up_of(vitals_of(overview)), 1);
}

} // namespace
} // namespace callctl::app
