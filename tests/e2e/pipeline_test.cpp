// A call from its first webhook, or from nothing, to its summary.
#include "e2e/end_to_end_test.hpp"

#include <gmock/gmock.h>

namespace callctl::e2e {
namespace {

using testing::HasSubstr;

/// Who speaks, in order, as a transcript names them; turns that follow each other count once.
std::vector<std::string> speakers_of(const std::string& transcript) {
    std::vector<std::string> speakers;
    for (const std::string& line : sim::split(transcript, '\n')) {
        // 00:12 agent: Good morning
        const std::string label = line.substr(0, line.find(": "));
        const std::string speaker = label.substr(label.rfind(' ') + 1);
        if (!speaker.empty() && (speakers.empty() || speakers.back() != speaker)) {
            speakers.push_back(speaker);
        }
    }
    return speakers;
}

class Pipeline : public EndToEndTest {
  protected:
    // What a webhook takes is lost of a call that the other side has answered: at fifty times the
    // speed a commit of 20 ms would be a second of speech.
    Pipeline() { m_time_scale = 5.0; }
    void SetUp() override {
        EndToEndTest::SetUp();
        m_environment["CALLCTL_TWIML_GRACE"] = "2s";
    }

    /// Completed in all stages, with everything that belongs to that.
    void expect_done(const std::string& sid, const std::string& other_side) {
        EXPECT_EQ(standing(sid), k_all_done) << story(sid);
        const std::string transcript = row(sid, "final_transcript");
        EXPECT_EQ(speakers_of(transcript),
                  (std::vector<std::string>{"agent", other_side, "agent", other_side, "agent",
                                            other_side}))
            << transcript;
        EXPECT_THAT(transcript, HasSubstr("Sarah Miller"));
        EXPECT_THAT(row(sid, "summary"), HasSubstr("Booking a yearly car inspection"));
        EXPECT_EQ(work(sid, "recording_channels"), "2");
        EXPECT_EQ(recordings_of(sid), 1U);
    }

    void expect_history(const std::string& sid) {
        EXPECT_EQ(value("SELECT string_agg(a.stage || version, ' ' ORDER BY a.stage DESC)"
                        " FROM callctl.artefact a JOIN callctl.work USING (call_id)"
                        " WHERE call_sid = $1 AND document IS NOT NULL",
                        {pg::param(sid)}),
                  "transcript1 summary1");
        EXPECT_EQ(value("SELECT string_agg(DISTINCT a.stage, ' ' ORDER BY a.stage DESC)"
                        " FROM callctl.attempt a JOIN callctl.work USING (call_id)"
                        " WHERE call_sid = $1 AND a.reason IS NULL AND finished_at IS NOT NULL"
                        " AND a.stage <> 'recording'",
                        {pg::param(sid)}),
                  "transcript summary");
    }
};

TEST_F(Pipeline, CompletesAnInboundAndAnOutboundCallFromSecondZero) {
    serve();
    const std::string in = place(inbound());
    const std::string out = place(outbound());
    EXPECT_TRUE(reaches(in, k_all_done)) << story(in);
    EXPECT_TRUE(reaches(out, k_all_done)) << story(out);
    for (const auto& [sid, other_side] : {std::pair{in, "caller"}, std::pair{out, "customer"}}) {
        expect_done(sid, other_side);
        expect_history(sid);
        EXPECT_EQ(work(sid, "head_loss_ms"), "0") << story(sid);
        EXPECT_EQ(work(sid, "recording_source"), "StartCallRecordingTwiML");
    }
}

TEST_F(Pipeline, ReconcileAloneMakesUpForEveryRecordingCallback) {
    serve({"--workers", "0"});
    fault({{"where", "callback.recording"}, {"kind", "drop"}});
    const std::string in = place(inbound());
    const std::string out = place(outbound());
    wait_for_quiet();
    EXPECT_EQ(stop_server().code, 143);
    const Finished pass = reconcile();
    EXPECT_EQ(pass.code, 0) << pass.out << pass.err;
    expect_done(in, "caller");
    expect_done(out, "customer");
    EXPECT_EQ(work(in, "head_loss_ms"), "0") << story(in);
    expect_history(in);
}

TEST_F(Pipeline, ReconcileAloneMakesUpForAllThatFollowsTheVoiceWebhook) {
    serve({"--workers", "0"});
    for (const char* const where : {"callback.recording", "callback.call", "callback.action"}) {
        fault({{"where", where}, {"kind", "drop"}});
    }
    const std::string in = place(inbound());
    const std::string out = place(outbound());
    wait_for_quiet();
    stop_server();
    const Finished pass = reconcile();
    EXPECT_EQ(pass.code, 0) << pass.out << pass.err;
    expect_done(in, "caller");
    expect_done(out, "customer");
    expect_history(out);
}

// As when every webhook fell into an outage, or the database was restored from before.
TEST_F(Pipeline, ReconcileFindsCallsAtTwilioThatNobodyHasToldOf) {
    serve({"--workers", "0"});
    const std::string in = place(inbound());
    const std::string out = place(outbound());
    wait_for_quiet();
    stop_server();
    exec("TRUNCATE call_log, callctl.work, callctl.inbox, callctl.attempt, callctl.artefact, "
         "callctl.piece, callctl.provider_place");
    const Finished plan = run({"reconcile", "--backfill", "2h", "--dry-run", "--json"});
    EXPECT_EQ(plan.code, 0) << plan.err;
    EXPECT_EQ(Json::parse(plan.out).at("backfill").at("unknown"), 2);
    EXPECT_EQ(standing(in), "") << "a dry run";

    const Finished pass = run({"reconcile", "--backfill", "2h", "--until-idle", "--json"});
    EXPECT_EQ(pass.code, 0) << pass.out << pass.err;
    const Json report = Json::parse(pass.out);
    EXPECT_EQ(report.at("backfill").at("calls"), 2);
    EXPECT_EQ(report.at("backfill").at("recordings"), 2);
    EXPECT_EQ(report.at("backfill").at("unknown"), 2);
    EXPECT_EQ(report.at("backfill").at("failure"), nullptr);
    expect_done(in, "caller");
    expect_done(out, "customer");

    const Finished again = run({"reconcile", "--backfill", "2h", "--json"});
    const Json nothing = Json::parse(again.out);
    EXPECT_EQ(nothing.at("backfill").at("unknown"), 0);
    EXPECT_EQ(nothing.at("backfill").at("corrected"), 0);
    EXPECT_EQ(nothing.at("driven"), 0);
}

TEST_F(Pipeline, SaysThatTwiliosListsCouldNotBeRead) {
    fault({{"where", "twilio.list_calls"}, {"kind", "status"}, {"status", 500}});
    const Finished pass = run({"reconcile", "--backfill", "2h"});
    EXPECT_EQ(pass.code, 75);
    EXPECT_THAT(pass.err, HasSubstr("Twilio's lists were not read to their end"));
    end_faults();
    EXPECT_EQ(run({"reconcile", "--backfill", "2h"}).code, 0);
}

} // namespace
} // namespace callctl::e2e
