// Answers of Twilio and of the AI servers that are none.
#include "e2e/end_to_end_test.hpp"

#include "call/reason.hpp"

#include <gmock/gmock.h>

#include <csignal>

namespace callctl::e2e {
namespace {

using testing::HasSubstr;

struct Place {
    std::string name;
    std::vector<std::string> where;
    std::vector<std::string> kinds;
};

void PrintTo(const Place& place, std::ostream* out) {
    *out << place.name;
}

/// A call whose recording's end nobody told us of.
class WaitingCall : public EndToEndTest {
  protected:
    std::string waiting_call() {
        fault({{"where", "callback.recording"}, {"kind", "drop"}});
        return ended_call();
    }
};

class ProviderFault : public WaitingCall, public testing::WithParamInterface<Place> {};

// The faults come one after the other over the same call; then they are over.
TEST_P(ProviderFault, IsAReasonOnTheCallAndThenOver) {
    const std::string sid = waiting_call();
    for (const std::string& kind : GetParam().kinds) {
        sim("DELETE", "/faults");
        for (const std::string& where : GetParam().where) {
            fault({{"where", where}, {"kind", kind}});
        }
        let_time_pass("1 minute");
        let_pauses_pass();
        const Finished pass = run({"reconcile"});
        EXPECT_EQ(pass.code, 0) << kind << pass.out << pass.err;
        EXPECT_THAT(standing(sid), HasSubstr("+ due")) << kind;
        EXPECT_NE(work(sid, "reason"), "") << kind;
        EXPECT_NE(work(sid, "detail"), "") << kind;
        const auto reason = call::parse_reason(work(sid, "reason"));
        const bool waits = reason && call::class_of(*reason) == call::ReasonClass::wait;
        EXPECT_EQ(row(sid, "last_error").empty(), waits) << kind;
        EXPECT_EQ(row(sid, "summary"), "") << kind;
    }
    end_faults();
    EXPECT_EQ(reconcile().code, 0);
    EXPECT_EQ(standing(sid), k_all_done) << story(sid);
}

class StoppedCall : public WaitingCall, public testing::WithParamInterface<int> {};

// A terminal that hangs up is such a stop.
INSTANTIATE_TEST_SUITE_P(By, StoppedCall, testing::Values(SIGTERM, SIGHUP), [](const auto& row) {
    return std::string{row.param == SIGHUP ? "Hangup" : "Term"};
});

TEST_P(StoppedCall, IsHandedBackInTheMiddleOfALongTranscription) {
    const std::string sid = waiting_call();
    fault({{"where", "transcription"}, {"kind", "slow"}, {"delay_ms", 20'000}});
    let_time_pass("1 minute");
    let_pauses_pass();
    const auto pass = start({"reconcile"});
    ASSERT_TRUE(reaches(sid, "completed processing pending + due")) << story(sid);
    pass->signal(GetParam());
    EXPECT_EQ(pass->wait(8s).code, 128 + GetParam()) << pass->err();
    EXPECT_EQ(work(sid, "reason"), "INTERRUPTED") << story(sid);
    EXPECT_EQ(work(sid, "attempts"), "0");
    EXPECT_EQ(work(sid, "crashes"), "0");
    EXPECT_EQ(work(sid, "lease_owner"), "");
    end_faults();
    EXPECT_EQ(reconcile().code, 0);
    EXPECT_EQ(standing(sid), k_all_done) << story(sid);
}

TEST_F(WaitingCall, KeepsTheWordsOfAnAnswerWithSenselessTimes) {
    const std::string sid = waiting_call();
    fault({{"where", "transcription"}, {"kind", "wrong_types"}});
    EXPECT_EQ(reconcile().code, 0);
    EXPECT_EQ(standing(sid), k_all_done) << story(sid);
    EXPECT_THAT(row(sid, "final_transcript"), HasSubstr("Sarah Miller"));
}

INSTANTIATE_TEST_SUITE_P(
    Places, ProviderFault,
    testing::Values(
        Place{"Twilio",
              {"twilio.get_call", "twilio.list_call_recordings", "twilio.list_recordings"},
              {"html", "empty", "truncated", "reset", "status"}},
        Place{"Media", {"media"}, {"html", "empty", "truncated", "reset", "status"}},
        Place{"Transcription",
              {"transcription"},
              {"html", "empty", "truncated", "invalid_json", "error_in_200", "reset"}},
        Place{"Summary",
              {"summary"},
              {"html", "empty", "truncated", "invalid_json", "error_in_200", "length", "reset"}}),
    [](const auto& tested) { return tested.param.name; });

} // namespace
} // namespace callctl::e2e
