// Recordings that must be started, and their files: late, mono, gone.
#include "e2e/end_to_end_test.hpp"

#include <gmock/gmock.h>

#include <csignal>

namespace callctl::e2e {
namespace {

using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;

// Long enough that only a hang-up ends it.
const Json k_long{{"duration_ms", 3'000'000}};

class Recording : public EndToEndTest {
  protected:
    [[nodiscard]] int count(const std::string& sid, const std::string& what) {
        const Json counts = sim("GET", "/calls/" + sid)["counts"];
        return counts.contains(what) ? counts[what].get<int>() : 0;
    }
    void SetUp() override {
        EndToEndTest::SetUp();
        if (m_simulator) {
            sim("POST", "/settings", {{"shortest_recording_ms", 0}});
        }
    }
    /// Once callctl knows of the recording, if there is one.
    void hang_up(const std::string& sid) {
        EXPECT_TRUE(eventually([&] {
            return recordings_of(sid) == 0 || work(sid, "recording_state") == "in_progress";
        }));
        sim("POST", "/calls/" + sid + "/hangup");
        wait_for_quiet();
    }
    /// Recorded once and in an end state. What is recorded late may hold no speech any more.
    void expect_recorded_once(const std::string& sid) {
        EXPECT_TRUE(eventually([&] {
            const std::string stand = standing(sid);
            return stand == k_all_done || stand == "completed skipped skipped";
        })) << story(sid);
        EXPECT_EQ(recordings_of(sid), 1U);
    }
    base::Result<base::HttpResponse> delete_recording(const std::string& recording) {
        return m_http.send({.method = "DELETE",
                            .url = m_simulator->url() + "/2010-04-01/Accounts/" + k_account +
                                   "/Recordings/" + recording + ".json",
                            .auth = base::BasicAuth{k_account, base::Secret{k_token}}});
    }
};

TEST_F(Recording, WorkersTryAgainAfter21220UntilTheCallIsRecorded) {
    fault({{"where", "twilio.create_recording"},
           {"kind", "status"},
           {"status", 400},
           {"code", "21220"},
           {"times", 3}});
    serve();
    const std::string sid = place(foreign(k_long));
    EXPECT_TRUE(eventually([&] { return recordings_of(sid) > 0; })) << story(sid);
    EXPECT_EQ(count(sid, "twilio.create_recording"), 4);
    hang_up(sid);
    expect_recorded_once(sid);
    EXPECT_EQ(work(sid, "recording_channels"), "2");
    EXPECT_EQ(work(sid, "recording_source"), "StartCallRecordingAPI");
    EXPECT_NE(work(sid, "head_loss_ms"), "");
}

TEST_F(Recording, StartRecordingWaitsWhileTheCallRings) {
    serve({"--workers", "0"});
    Json call = foreign(k_long);
    call["ring_ms"] = 250'000;
    const std::string sid = place(call);
    ASSERT_TRUE(eventually([&] { return call_status(sid) == "ringing"; }));
    const auto starter = start({"start-recording", "--wait", "60s", sid});
    EXPECT_TRUE(eventually([&] { return count(sid, "twilio.create_recording") > 0; }));
    const Finished finished = starter->wait();
    EXPECT_EQ(finished.code, 0) << finished.out << finished.err;
    EXPECT_THAT(finished.out, HasSubstr("is being recorded: RE"));
    EXPECT_EQ(recordings_of(sid), 1U);
    hang_up(sid);
    stop_server();
    EXPECT_EQ(reconcile().code, 0);
    expect_recorded_once(sid);
}

TEST_F(Recording, StartRecordingNeedsNoPlaceForFiles) {
    serve({"--workers", "0"});
    const std::string sid = place(foreign(k_long));
    ASSERT_TRUE(eventually([&] { return call_status(sid) == "in-progress"; }));
    const Finished finished =
        run({"start-recording", "--wait", "30s", sid}, {{"CALLCTL_STATE_DIR", "/proc/nowhere"}});
    EXPECT_EQ(finished.code, 0) << finished.out << finished.err;
    EXPECT_EQ(recordings_of(sid), 1U);
    hang_up(sid);
    stop_server();
    EXPECT_EQ(reconcile().code, 0);
    expect_recorded_once(sid);
}

TEST_F(Recording, StartRecordingOutlastsATwilioThatFails) {
    serve({"--workers", "0"});
    const std::string sid =
        place(foreign({{"duration_ms", 3'000'000}, {"status_callback_events", Json::array()}}));
    ASSERT_TRUE(eventually([&] { return call_status(sid) == "in-progress"; }));
    fault({{"where", "twilio.get_call"}, {"kind", "status"}, {"status", 500}, {"times", 1}});
    const Finished at_once = run({"start-recording", sid});
    EXPECT_EQ(at_once.code, 75) << at_once.out << at_once.err;
    EXPECT_THAT(at_once.err, HasSubstr("it stays on the schedule"));
    EXPECT_NE(work(sid, "due_at"), "");
    fault(
        {{"where", "twilio.create_recording"}, {"kind", "status"}, {"status", 500}, {"times", 1}});
    const Finished patient = run({"start-recording", "--wait", "30s", sid});
    EXPECT_EQ(patient.code, 0) << patient.out << patient.err;
    EXPECT_EQ(recordings_of(sid), 1U);
    hang_up(sid);
    stop_server();
    EXPECT_EQ(reconcile().code, 0);
    expect_recorded_once(sid);
}

TEST_F(Recording, StartRecordingNamesTheCredentialsThatTwilioRefuses) {
    serve({"--workers", "0"});
    const std::string sid = place(foreign(k_long));
    const Finished refused =
        run({"start-recording", "--wait", "30s", sid}, {{"TWILIO_AUTH_TOKEN", "wrong"}});
    EXPECT_EQ(refused.code, 1) << refused.out << refused.err;
    EXPECT_THAT(refused.err, HasSubstr("hint: check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN"));
    EXPECT_NE(work(sid, "due_at"), "");
    hang_up(sid);
    stop_server();
}

TEST_F(Recording, A21220AfterTheEndSettlesTheCall) {
    fault({{"where", "twilio.create_recording"},
           {"kind", "status"},
           {"status", 400},
           {"code", "21220"}});
    serve();
    const std::string answered = place(foreign(k_long));
    const std::string unanswered = place(foreign({{"outcome", "no-answer"}}));
    // With the pause between two starts the call has lasted long enough to be recorded.
    EXPECT_TRUE(eventually([&] { return count(answered, "twilio.create_recording") > 1; }));
    hang_up(answered);
    EXPECT_TRUE(reaches(unanswered, k_all_skipped)) << story(unanswered);
    EXPECT_EQ(work(unanswered, "reason"), "NO_ANSWER") << story(unanswered);
    EXPECT_TRUE(eventually([&] { return work(answered, "call_state") == "completed"; }));
    EXPECT_NE(work(answered, "due_at"), "") << "it stays on the schedule";
    EXPECT_EQ(stop_server().code, 143);
    let_time_pass("10 minutes");
    const Finished pass = reconcile();
    EXPECT_EQ(pass.code, 3) << pass.out << pass.err;
    EXPECT_EQ(standing(answered), "failed pending pending") << story(answered);
    EXPECT_EQ(work(answered, "reason"), "NOT_RECORDED");
    EXPECT_EQ(recordings_of(answered), 0U);
    EXPECT_EQ(recordings_of(unanswered), 0U);
}

TEST_F(Recording, IsOneWhenOurTwimlIsAskedForLate) {
    serve();
    fault({{"where", "callback.voice"}, {"kind", "delay"}, {"delay_ms", 1'000}});
    const std::string sid = place(outbound(k_long));
    EXPECT_TRUE(eventually([&] { return recordings_of(sid) > 0; })) << "by REST";
    EXPECT_TRUE(eventually([&] {
        return !sim("GET", "/calls/" + sid + "/truth")["turns"].empty();
    })) << "our TwiML has come, and somebody speaks";
    hang_up(sid);
    expect_recorded_once(sid);
}

TEST_F(Recording, IsOneHoweverManyAskForIt) {
    serve();
    const std::string sid = place(foreign(k_long));
    ASSERT_TRUE(eventually([&] { return call_status(sid) == "in-progress"; }));
    std::vector<std::unique_ptr<Process>> crowd;
    for (int i = 0; i < 6; ++i) {
        crowd.push_back(start({"start-recording", "--wait", "40s", sid}));
    }
    const auto pass = start({"reconcile", "--max-runtime", "5s"});
    for (const auto& one : crowd) {
        const Finished finished = one->wait();
        EXPECT_EQ(finished.code, 0) << finished.out << finished.err;
    }
    EXPECT_EQ(pass->wait().code, 0);
    EXPECT_EQ(recordings_of(sid), 1U);
    EXPECT_EQ(count(sid, "twilio.create_recording"), 1);
    hang_up(sid);
    expect_recorded_once(sid);
}

TEST_F(Recording, MediaThatIsNotThereYetIsWaitedFor) {
    serve();
    const std::string late = "CA" + std::string(31, '0') + "1";
    const std::string later = "CA" + std::string(31, '0') + "2";
    fault({{"where", "media"}, {"kind", "not_ready"}, {"times", 2}, {"call_sid", late}});
    fault({{"where", "media"},
           {"kind", "not_ready"},
           {"code", "21501"},
           {"times", 2},
           {"call_sid", later}});
    place(inbound({{"call_sid", late}}));
    place(outbound({{"call_sid", later}}));
    for (const std::string& sid : {late, later}) {
        EXPECT_TRUE(reaches(sid, k_all_done)) << story(sid);
        EXPECT_EQ(value("SELECT count(*)::text FROM callctl.attempt JOIN callctl.work"
                        " USING (call_id) WHERE call_sid = $1 AND attempt.reason = 'NOT_READY'"
                        " AND NOT burnt",
                        {pg::param(sid)}),
                  "2");
    }
}

TEST_F(Recording, OfSomebodyElseInMonoIsGoodEnough) {
    serve();
    const std::string sid = place(foreign({{"record", true}}));
    EXPECT_TRUE(reaches(sid, k_all_done)) << story(sid);
    EXPECT_EQ(recordings_of(sid), 1U);
    EXPECT_EQ(work(sid, "recording_channels"), "1");
    EXPECT_THAT(row(sid, "final_transcript"), HasSubstr("Sarah Miller"));
    EXPECT_THAT(row(sid, "final_transcript"), Not(HasSubstr("customer:")));
}

TEST_F(Recording, ThatWasDeletedIsNamedAsSuch) {
    const std::string sid = ended_call();
    const std::string recording = sim("GET", "/calls/" + sid)["recordings"][0];
    const auto answer = delete_recording(recording);
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->status, 204);
    EXPECT_EQ(reconcile().code, 3);
    EXPECT_THAT(standing(sid), AnyOf("completed failed pending", "failed pending pending"));
    EXPECT_EQ(work(sid, "reason"), "DELETED") << story(sid);
}

// The application records too, and somebody tidies up.
TEST_F(Recording, ThatWasDeletedIsReplacedByAnotherOneOfTheCall) {
    m_most_recordings = 2;
    const std::string sid = ended_call(outbound({{"record", true}}));
    ASSERT_EQ(recordings_of(sid), 2U);
    const std::string kept = work(sid, "recording_sid");
    ASSERT_EQ(delete_recording(kept).value().status, 204);
    const Finished pass = reconcile();
    EXPECT_EQ(pass.code, 0) << pass.out << pass.err;
    EXPECT_EQ(standing(sid), k_all_done) << story(sid);
    EXPECT_NE(work(sid, "recording_sid"), kept);
}

} // namespace
} // namespace callctl::e2e
