#include "unit/app/exposed.hpp"
#include "unit/app/figures_samples.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace callctl::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

double value(const std::string& text, const std::string& series) {
    const auto all = series_of(text);
    const auto found = all.find(series);
    return found == all.end() ? -1.0 : found->second;
}

TEST(FiguresText, SaysThatTheDatabaseIsAwayAndNothingElse) {
    EXPECT_THAT(series_of(database_text(std::nullopt)),
                ElementsAre(Pair("callctl_database_up", 0.0)));
    EXPECT_EQ(value(database_text(full_figures()), "callctl_database_up"), 1.0);
}

TEST(FiguresText, CountsCallsOfEveryStageAndStatusAlsoWhereThereAreNone) {
    const auto text = database_text(full_figures());
    EXPECT_EQ(value(text, "callctl_calls{stage=\"transcript\",status=\"pending\"}"), 4.0);
    EXPECT_EQ(value(text, "callctl_calls{stage=\"summary\",status=\"failed\"}"), 7.0);
    EXPECT_EQ(value(text, "callctl_calls{stage=\"recording\",status=\"failed\"}"), 0.0);
    EXPECT_EQ(value(text, "callctl_calls_given_up{stage=\"summary\",reason=\"REFUSED\"}"), 7.0);
    EXPECT_EQ(value(text, "callctl_due"), 3.0);
    EXPECT_EQ(value(text, "callctl_leased"), 2.0);
    EXPECT_EQ(value(text, "callctl_oldest_due_seconds"), 90.0);
    EXPECT_EQ(value(text, "callctl_inbox_unapplied"), 1.0);
}

TEST(FiguresText, NothingDueIsAWaitOfZero) {
    const auto text = database_text(port::Figures{});
    EXPECT_EQ(value(text, "callctl_oldest_due_seconds"), 0.0);
    EXPECT_EQ(value(text, "callctl_recent_window_seconds"), 3600.0);
    EXPECT_EQ(value(text, "callctl_last_sweep_timestamp_seconds"), -1.0) << "never is no time";
    EXPECT_EQ(value(text, "callctl_head_loss_max_seconds"), -1.0);
}

TEST(FiguresText, ShowsHeadLossByClass) {
    const auto text = database_text(full_figures());
    EXPECT_EQ(value(text, "callctl_head_loss_calls{loss=\"none\"}"), 10.0);
    EXPECT_EQ(value(text, "callctl_head_loss_calls{loss=\"to_3s\"}"), 0.0);
    EXPECT_EQ(value(text, "callctl_head_loss_calls{loss=\"above_10s\"}"), 2.0);
    EXPECT_EQ(value(text, "callctl_head_loss_calls{loss=\"unrecorded\"}"), 3.0);
    EXPECT_EQ(value(text, "callctl_head_loss_max_seconds"), 12.5);
}

TEST(FiguresText, ShowsAttemptsByResultAndWhatTheyCostInBaseUnits) {
    const auto text = database_text(full_figures());
    const auto attempts = [&text](const std::string& labels) {
        return value(text, "callctl_recent_attempts{" + labels + "}");
    };
    EXPECT_EQ(attempts("stage=\"transcript\",result=\"succeeded\",reason=\"none\""), 5.0);
    EXPECT_EQ(attempts("stage=\"transcript\",result=\"failed\",reason=\"TIMEOUT\""), 2.0);
    EXPECT_EQ(attempts("stage=\"summary\",result=\"open\",reason=\"none\""), 1.0);
    EXPECT_EQ(value(text, "callctl_recent_requests{stage=\"transcript\"}"), 9.0);
    EXPECT_EQ(value(text, "callctl_recent_audio_seconds{stage=\"transcript\"}"), 90.5);
    EXPECT_EQ(value(text, "callctl_recent_cost{stage=\"transcript\"}"), 1.25);
    EXPECT_EQ(value(text, "callctl_recent_cost{stage=\"summary\"}"), 0.0);
    EXPECT_EQ(value(text, "callctl_recent_window_seconds"), 1500.0);
}

TEST(FiguresText, ShowsEachProvidersBreakerAndWhyItIsNotOpen) {
    const auto text = database_text(full_figures());
    EXPECT_EQ(value(text, "callctl_provider_closed{provider=\"twilio\"}"), 0.0);
    EXPECT_EQ(value(text, "callctl_provider_closed{provider=\"transcription\"}"), 1.0);
    EXPECT_EQ(value(text, "callctl_provider_half_open{provider=\"summary\"}"), 1.0);
    EXPECT_EQ(value(text, "callctl_provider_failures{provider=\"transcription\"}"), 4.0);
    const std::string until = "callctl_provider_closed_until_timestamp_seconds";
    EXPECT_EQ(value(text, until + "{provider=\"transcription\"}"), 1'767'268'860.25);
    EXPECT_EQ(value(text, until + "{provider=\"summary\"}"), 0.0);
    EXPECT_EQ(value(text, "callctl_provider_closed_reason{provider=\"transcription\","
                          "reason=\"QUOTA\",class=\"account\"}"),
              1.0);
    EXPECT_EQ(value(text, "callctl_provider_closed_reason{provider=\"summary\","
                          "reason=\"PROVIDER_ERROR\",class=\"transient\"}"),
              1.0);
    EXPECT_THAT(text, Not(HasSubstr("no money"))) << "a provider's words are not for a label";
}

TEST(FiguresText, WritesTimesAsSecondsSince1970) {
    const auto text = database_text(full_figures());
    EXPECT_EQ(value(text, "callctl_last_sweep_timestamp_seconds"), 1'767'268'680.25);
    EXPECT_EQ(value(text, "callctl_listed_until_timestamp_seconds"), 1'767'265'200.25);
}

TEST(FiguresText, EscapesWhatALabelMustNotHold) {
    EXPECT_THAT(build_text("a\"b\\c\nd"),
                HasSubstr("callctl_build_info{version=\"a\\\"b\\\\c\\nd\"} 1\n"));
}

TEST(FiguresText, ShowsTheProcessAsClientLibrariesDo) {
    const auto text = process_text({.cpu = std::chrono::milliseconds{1500},
                                    .resident_bytes = 4096,
                                    .virtual_bytes = 8192,
                                    .open_files = 7,
                                    .most_files = 1024,
                                    .threads = 9,
                                    .started_at = k_figures_now});
    EXPECT_THAT(text, HasSubstr("# TYPE process_cpu_seconds_total counter\n"
                                "process_cpu_seconds_total 1.5\n"));
    EXPECT_EQ(value(text, "process_resident_memory_bytes"), 4096.0);
    EXPECT_EQ(value(text, "process_open_fds"), 7.0);
    EXPECT_EQ(value(text, "process_max_fds"), 1024.0);
    EXPECT_EQ(value(text, "process_start_time_seconds"), 1'767'268'800.25);
}

TEST(FiguresText, TextsCanBePutTogether) {
    const auto text = every_text();
    EXPECT_NO_THROW(static_cast<void>(series_of(text)));
    EXPECT_GT(entries_of(text).size(), 50U);
    EXPECT_EQ(text.back(), '\n') << "a line that is cut off counts for nothing";
}

// --- Of a pass ---

TEST(PassText, ShowsWhatThePassDid) {
    const auto text = pass_text(full_pass());
    EXPECT_EQ(value(text, "callctl_reconcile_last_run_timestamp_seconds"), 1'767'268'800.25);
    EXPECT_EQ(value(text, "callctl_reconcile_duration_seconds"), 2.5);
    EXPECT_EQ(value(text, "callctl_reconcile_exit_code"), 3.0);
    EXPECT_EQ(value(text, "callctl_reconcile_driven_calls"), 21.0);
    EXPECT_EQ(value(text, "callctl_reconcile_calls{result=\"gave_up\"}"), 4.0);
    EXPECT_EQ(value(text, "callctl_reconcile_swept{result=\"expired_lease\"}"), 4.0);
    EXPECT_EQ(value(text, "callctl_reconcile_cost"), 2.5);
    EXPECT_EQ(value(text, "callctl_reconcile_limit_reached{limit=\"runtime\"}"), 1.0);
    EXPECT_EQ(value(text, "callctl_reconcile_limit_reached{limit=\"cost\"}"), 0.0);
    EXPECT_EQ(value(text, "callctl_reconcile_backfill_calls{result=\"listed\"}"), 100.0);
    EXPECT_EQ(value(text, "callctl_reconcile_backfill_failed"), 0.0);
}

TEST(PassText, APassThatEndedEarlyHasItsExitCodeAndTheLastSuccess) {
    const auto text =
        pass_text({.ended_at = k_figures_now, .exit_code = 75, .last_success = base::Time{}});
    EXPECT_EQ(value(text, "callctl_reconcile_exit_code"), 75.0);
    EXPECT_EQ(value(text, "callctl_reconcile_last_success_timestamp_seconds"), 0.0);
    EXPECT_THAT(text, Not(HasSubstr("callctl_reconcile_calls")));
    EXPECT_THAT(pass_text({}), Not(HasSubstr("last_success"))) << "never is no time";
}

TEST(PassText, TellsTheNextPassOfTheLastSuccess) {
    EXPECT_EQ(last_success_in(pass_text(full_pass())), k_figures_now);
    EXPECT_EQ(last_success_in(every_text()), k_figures_now);
    EXPECT_EQ(last_success_in(pass_text({.exit_code = 1})), std::nullopt);
}

TEST(PassText, TakesNothingElseForALastSuccess) {
    const std::string name = "callctl_reconcile_last_success_timestamp_seconds";
    for (const std::string& text :
         {std::string{}, name, name + "\n", name + " \n", name + " NaN\n", name + " +Inf\n",
          name + " inf\n", name + " -5\n", name + " 1e300\n", name + " 12x\n", name + " 1 2\n",
          name + "{a=\"b\"} 5\n", "# HELP " + name + " 5\n", name + "_x 5\n", "x" + name + " 5\n",
          std::string(1000, '\n'), std::string("\0\xff\n\0", 4)}) {
        EXPECT_EQ(last_success_in(text), std::nullopt) << text;
    }
    EXPECT_EQ(last_success_in("other 1\n" + name + " 5"), base::Time{std::chrono::seconds{5}});
}

} // namespace
} // namespace callctl::app
