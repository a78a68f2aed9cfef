// What an operator, cron and the host application do, and what they are told.
#include "e2e/end_to_end_test.hpp"

#include "support/frozen_backends.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <csignal>
#include <vector>

namespace callctl::e2e {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

const std::string k_unknown = "CA" + std::string(32, '9');

class Operator : public EndToEndTest {
  protected:
    /// A call that Twilio knows, with a recording that somebody else made, and nobody here does.
    std::string recorded_elsewhere() {
        Json call = foreign({{"record", true}});
        call.erase("status_callback");
        call.erase("status_callback_events");
        const std::string sid = place(call);
        wait_for_quiet();
        return sid;
    }
    void insert_as_host(const std::string& sid) {
        exec("INSERT INTO call_log (call_sid) VALUES ($1)", {pg::param(sid)});
    }
    /// Completed in all stages.
    std::string completed_call() {
        const std::string sid = recorded_elsewhere();
        insert_as_host(sid);
        EXPECT_EQ(reconcile().code, 0);
        EXPECT_EQ(standing(sid), k_all_done) << story(sid);
        return sid;
    }
    [[nodiscard]] std::string versions(const std::string& sid, const std::string& stage) {
        return value("SELECT count(*)::text FROM callctl.artefact a JOIN callctl.work w"
                     " USING (call_id) WHERE w.call_sid = $1 AND a.stage = $2",
                     {pg::param(sid), pg::param(stage)});
    }
    /// Everything that is stored, as one text.
    [[nodiscard]] std::string database() {
        return value("SELECT concat((SELECT string_agg(c::text, ';' ORDER BY id) FROM call_log c),"
                     " (SELECT string_agg(w::text, ';' ORDER BY call_id) FROM callctl.work w),"
                     " (SELECT string_agg(a::text, ';' ORDER BY attempt_id)"
                     "  FROM callctl.attempt a),"
                     " (SELECT string_agg(s::text, ';') FROM callctl.sweep s),"
                     " (SELECT string_agg(p::text, ';' ORDER BY provider)"
                     "  FROM callctl.provider p))");
    }
    [[nodiscard]] std::string requests_to_twilio() { return sim("GET", "/state")["counts"].dump(); }

    const Json m_no_transcription{{"where", "transcription"}, {"kind", "status"}, {"status", 500}};
};

TEST_F(Operator, RowsOfTheHostAreAdoptedAndDriven) {
    const std::string sid = recorded_elsewhere();
    insert_as_host(sid);
    insert_as_host(k_unknown);
    EXPECT_EQ(standing(sid), "pending pending pending + unknown");
    const Finished pass = reconcile();
    EXPECT_EQ(standing(sid), k_all_done) << story(sid);
    EXPECT_THAT(pass.out, HasSubstr("adopted 2"));
    EXPECT_THAT(pass.code, testing::AnyOf(0, 3));
    EXPECT_THAT(standing(k_unknown),
                testing::AnyOf("pending pending pending + due", "failed pending pending"));
}

TEST_F(Operator, WhatTheHostResetsIsDrivenAgain) {
    const std::string sid = completed_call();
    exec("UPDATE call_log SET transcript_status = 'pending', final_transcript = NULL"
         " WHERE call_sid = $1",
         {pg::param(sid)});
    const Finished pass = reconcile();
    EXPECT_EQ(pass.code, 0) << pass.err;
    EXPECT_THAT(pass.out, HasSubstr("reset 1"));
    EXPECT_EQ(standing(sid), k_all_done) << story(sid);
    EXPECT_EQ(versions(sid, "transcript"), "2");
    EXPECT_THAT(row(sid, "final_transcript"), HasSubstr("Sarah Miller"));
}

TEST_F(Operator, RetryReplacesTextOnlyOnSuccess) {
    const std::string sid = completed_call();
    exec("UPDATE call_log SET final_transcript = 'the old text' WHERE call_sid = $1",
         {pg::param(sid)});
    fault(m_no_transcription);
    EXPECT_EQ(run({"retry", "--stage", "transcript", sid}).code, 3);
    EXPECT_EQ(row(sid, "final_transcript"), "the old text");
    EXPECT_EQ(work(sid, "reason"), "PROVIDER_ERROR");
    EXPECT_NE(work(sid, "due_at"), "");
    end_faults();
    const Finished again = run({"retry", "--stage", "transcript", sid});
    EXPECT_EQ(again.code, 0) << again.out << again.err;
    EXPECT_EQ(standing(sid), k_all_done) << story(sid);
    EXPECT_THAT(row(sid, "final_transcript"), HasSubstr("Sarah Miller"));
    EXPECT_EQ(versions(sid, "transcript"), "2");
    EXPECT_EQ(versions(sid, "summary"), "2");
}

TEST_F(Operator, AnotherPassFinishesWhatAKilledOneBegan) {
    const std::string sid = recorded_elsewhere();
    insert_as_host(sid);
    fault({{"where", "transcription"}, {"kind", "timeout"}});
    for (const std::string crashes : {"0", "1"}) {
        const auto pass = start({"reconcile"});
        ASSERT_TRUE(eventually([&] {
            return value("SELECT count(*)::text FROM callctl.work w JOIN callctl.attempt a"
                         " USING (call_id) WHERE a.stage = 'transcript' AND a.finished_at IS NULL"
                         " AND a.lease_token = w.lease_token AND w.crashes = $1::integer"
                         " AND w.lease_until > now()",
                         {pg::param(crashes)}) == "1";
        })) << story(sid);
        pass->signal(SIGKILL);
        EXPECT_EQ(pass->wait().code, 128 + SIGKILL);
        EXPECT_EQ(run({"reconcile"}).code, 0);
        EXPECT_EQ(work(sid, "crashes"), crashes) << "the lease still holds";
        exec("UPDATE callctl.work SET lease_until = now() - interval '1 second',"
             " due_at = least(due_at, now())");
    }
    end_faults();
    EXPECT_EQ(reconcile().code, 0);
    EXPECT_EQ(standing(sid), k_all_done) << story(sid);
    EXPECT_EQ(versions(sid, "transcript"), "1");
}

TEST_F(Operator, ExitCodesSayHowItWent) {
    const std::string sid = completed_call();
    const std::string gone = recorded_elsewhere();
    insert_as_host(gone);
    fault({{"where", "media"}, {"kind", "status"}, {"status", 404}, {"code", "20404"}});
    exec("UPDATE call_log SET transcript_status = 'failed', recording_status = 'completed'"
         " WHERE call_sid = $1",
         {pg::param(gone)});
    EXPECT_EQ(run({"retry", "--stage", "transcript", k_unknown}).code, 4);
    EXPECT_EQ(run({"retry", "--stage", "summary", sid, k_unknown}).code, 3);
    EXPECT_EQ(run({"retry", "--stage", "summary", sid}).code, 0);
    EXPECT_EQ(run({"start-recording", k_unknown}).code, 4);
    EXPECT_EQ(run({"start-recording", sid}).code, 0);
    exec("UPDATE callctl.work SET reason = 'REFUSED' WHERE call_sid = $1", {pg::param(sid)});
    exec("UPDATE call_log SET summary_status = 'failed' WHERE call_sid = $1", {pg::param(sid)});
    EXPECT_EQ(run({"retry", "--stage", "summary", sid}).code, 5);
    EXPECT_EQ(run({"retry", "--stage", "summary", "--force", sid}).code, 0);
    const Finished down = run({"reconcile"}, {{"DATABASE_URL", "postgresql://u:hunter2@127.0.0.1:1"
                                                               "/none"}});
    EXPECT_EQ(down.code, 75);
    EXPECT_THAT(down.err, HasSubstr("127.0.0.1"));
    EXPECT_THAT(down.err, Not(HasSubstr("hunter2")));
}

TEST_F(Operator, StartRecordingOfACallThatRingsComesBackLater) {
    Json call = foreign({{"ring_ms", 3'000'000}});
    call.erase("status_callback");
    const std::string sid = place(call);
    ASSERT_TRUE(eventually([&] { return call_status(sid) == "ringing"; }));
    const Finished finished = run({"start-recording", sid});
    EXPECT_EQ(finished.code, 75) << finished.out << finished.err;
    EXPECT_NE(work(sid, "due_at"), "");
    EXPECT_EQ(recordings_of(sid), 0U);
}

TEST_F(Operator, ADryRunChangesNothing) {
    const std::string sid = recorded_elsewhere();
    insert_as_host(sid);
    const std::string before = database();
    const std::string requests = requests_to_twilio();
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"reconcile", "--dry-run"},
          {"reconcile", "--dry-run", "--json"},
          {"start-recording", "--dry-run", sid}}) {
        const Finished finished = run(words);
        EXPECT_NE(finished.code, 1) << finished.err;
        EXPECT_EQ(database(), before) << words.front();
    }
    EXPECT_EQ(requests_to_twilio(), requests);
    EXPECT_THAT(run({"reconcile", "--dry-run"}).out, HasSubstr("would adopt 1"));
    completed_call();
    const std::string after = database();
    const Finished retry = run({"retry", "--stage", "summary", "--dry-run", sid});
    EXPECT_THAT(retry.out, HasSubstr("would be reopened"));
    EXPECT_EQ(database(), after);
}

TEST_F(Operator, StopsThoughTheDatabaseHangs) {
    serve();
    const std::string sid = place(inbound());
    ASSERT_TRUE(eventually([&] { return !standing(sid).empty(); }));
    test::FrozenBackends frozen;
    const auto is_unheard = [&] { // by no backend: a pool may just have opened another
        frozen.add(exec("SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
                        " AND pid <> pg_backend_pid() AND application_name LIKE 'callctl%'"
                        " AND wait_event_type = 'Client'")); // one at work may hold a lock of all
        const auto reply = post_webhook(
            "/webhook/call_status",
            {{"AccountSid", k_account}, {"CallSid", sid}, {"CallStatus", "completed"}});
        return reply && m_server->err().find("result=spooled") != std::string::npos;
    };
    const bool unheard = eventually(is_unheard);
    m_server->signal(SIGTERM);
    const Finished finished = m_server->wait(60s);
    frozen.thaw();
    if (frozen.is_refused()) {
        GTEST_SKIP() << "this user cannot freeze the backends of PostgreSQL";
    }
    EXPECT_TRUE(unheard) << "a commit that does not come is not waited for";
    EXPECT_EQ(finished.code, 128 + SIGTERM) << finished.err;
    EXPECT_THAT(finished.err, HasSubstr("the stop takes too long"));
    wait_for_quiet();
    let_leases_run_out();
    let_time_pass("10 minutes");
    let_pauses_pass();
    reconcile();
    EXPECT_EQ(standing(sid), k_all_done) << story(sid);
}

TEST_F(Operator, DoctorNamesTheFix) {
    const Finished healthy = run({"doctor"});
    EXPECT_EQ(healthy.code, 0) << healthy.out << healthy.err;
    EXPECT_THAT(healthy.out, Not(HasSubstr("failed   ")));
    // Nobody answers under the name that the tests use, and their model has a last day; nothing
    // else is amiss.
    EXPECT_THAT(healthy.out, HasSubstr("warning  public url: ask https://calls.example.com"));
    EXPECT_THAT(healthy.out, HasSubstr("warning  transcription: model whisper-1 is shut down on"));
    EXPECT_THAT(healthy.out, HasSubstr("fix: configure gpt-transcribe before that day"));
    const auto lines = sim::split(healthy.out, '\n');
    EXPECT_EQ(std::ranges::count_if(
                  lines, [](const std::string& line) { return line.starts_with("warning"); }),
              2)
        << healthy.out;
    const auto expect_fix = [this](const Environment& more, const std::string& line,
                                   const std::string& fix) {
        const Finished sick = run({"doctor"}, more);
        EXPECT_EQ(sick.code, 1) << line;
        EXPECT_THAT(sick.out, HasSubstr("failed   " + line));
        EXPECT_THAT(sick.out, ContainsRegex("fix: .*" + fix));
    };
    expect_fix({{"TWILIO_AUTH_TOKEN", "wrong"}}, "twilio:", "TWILIO_AUTH_TOKEN");
    expect_fix({{"CALLCTL_SUMMARY_MODEL", "gpt-0"}}, "summary:", "configure a model");
    expect_fix({{"OPENAI_API_KEY", "sk-wrong"}}, "transcription:", "check the API key");
    expect_fix({{"DATABASE_URL", "postgresql://127.0.0.1:1/none"}}, "database:", "");
}

} // namespace
} // namespace callctl::e2e
