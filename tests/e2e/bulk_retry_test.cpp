// `retry` of many calls: chosen, looked at first, interrupted, repeated.
#include "e2e/end_to_end_test.hpp"
#include "e2e/terminal.hpp"

#include <gmock/gmock.h>

#include <csignal>
#include <regex>
#include <vector>

namespace callctl::e2e {
namespace {

using testing::HasSubstr;

const std::string k_given_up = "completed failed pending";

class BulkRetry : public EndToEndTest {
  protected:
    /// Recorded, and their transcripts given up for a reason that is not permanent.
    std::vector<std::string> given_up_calls(int count) {
        Json call = foreign({{"record", true}});
        call.erase("status_callback");
        call.erase("status_callback_events");
        std::vector<std::string> sids;
        for (int i = 0; i < count; ++i) {
            sids.push_back(place(call));
        }
        wait_for_quiet();
        for (const std::string& sid : sids) {
            exec("INSERT INTO call_log (call_sid) VALUES ($1)", {pg::param(sid)});
        }
        EXPECT_EQ(run({"reconcile", "--stage", "recording"}).code, 0);
        exec("UPDATE call_log SET transcript_status = 'failed', summary_status = 'pending'");
        exec("UPDATE callctl.work SET stage = 'transcript', reason = 'TIMEOUT', due_at = NULL");
        for (const std::string& sid : sids) {
            EXPECT_EQ(standing(sid), k_given_up) << story(sid);
        }
        return sids;
    }
    [[nodiscard]] std::string versions(const std::string& sid) {
        return value(
            "SELECT string_agg(a.stage || a.version::text, ' ' ORDER BY a.stage, a.version)"
            " FROM callctl.artefact a JOIN callctl.work w USING (call_id)"
            " WHERE w.call_sid = $1",
            {pg::param(sid)});
    }
    [[nodiscard]] std::string how_many(const std::string& condition) {
        return value("SELECT count(*)::text FROM callctl.work w JOIN call_log l"
                     " ON l.id = w.call_log_id WHERE " +
                     condition);
    }
    void expect_each_done_once(const std::vector<std::string>& sids) {
        for (const std::string& sid : sids) {
            EXPECT_EQ(standing(sid), k_all_done) << story(sid);
            EXPECT_EQ(versions(sid), "summary1 transcript1") << story(sid);
        }
    }
    /// In the middle of its first two calls, and stays there.
    std::unique_ptr<Process> hanging(const std::vector<std::string>& arguments) {
        fault({{"where", "transcription"}, {"kind", "timeout"}});
        auto process = start(arguments);
        EXPECT_TRUE(eventually([&] {
            return value("SELECT count(*)::text FROM callctl.attempt WHERE stage = 'transcript'"
                         " AND finished_at IS NULL") == "2";
        })) << process->err();
        return process;
    }

    const std::vector<std::string> m_retry{"retry", "--stage",       "transcript", "--failed",
                                           "--yes", "--concurrency", "2"};
};

TEST_F(BulkRetry, DrivesWhatIsChosenAndTellsWhatCameOfIt) {
    const auto sids = given_up_calls(4);
    exec("UPDATE callctl.work SET reason = 'TOO_LARGE' WHERE call_sid = $1", {pg::param(sids[3])});
    const Finished finished = run({"retry", "--stage", "transcript", "--failed", "--since", "1h"});
    EXPECT_EQ(finished.code, 3) << finished.err;
    EXPECT_THAT(finished.out, HasSubstr("chose 4 calls at "));
    EXPECT_THAT(finished.out, HasSubstr("its reason is final: needs --force  TOO_LARGE"));
    EXPECT_THAT(finished.out, HasSubstr("would change 3 of 4 calls, would skip 1; at most "));
    EXPECT_THAT(finished.out, HasSubstr("3      driven: completed"));
    EXPECT_THAT(finished.out, HasSubstr("changed 3 of 4 calls, skipped 1; requests "));
    EXPECT_EQ(finished.err.find("\x1b"), std::string::npos) << "no progress but on a terminal";
    expect_each_done_once({sids[0], sids[1], sids[2]});
    EXPECT_EQ(standing(sids[3]), k_given_up);
    EXPECT_EQ(run({"retry", "--stage", "transcript", "--failed"}).code, 5)
        << "only the permanent one is left";
    EXPECT_EQ(run({"retry", "--stage", "transcript", "--reason", "TOO_LARGE", "--force"}).code, 0);
    expect_each_done_once(sids);
}

TEST_F(BulkRetry, OfManyWantsConsent) {
    const auto sids = given_up_calls(11);
    const Finished refused = run({"retry", "--stage", "transcript", "--failed"});
    EXPECT_EQ(refused.code, 5);
    EXPECT_THAT(refused.err, HasSubstr("that 11 calls be retried was not agreed to"));
    EXPECT_THAT(refused.err, HasSubstr("hint: repeat the command with --yes"));
    EXPECT_EQ(how_many("transcript_status = 'failed'"), "11");
    const Finished json = run({"retry", "--stage", "transcript", "--failed", "--json"});
    EXPECT_EQ(json.code, 5);
    EXPECT_EQ(Json::parse(json.out)["dry_run"], true);
    EXPECT_EQ(Json::parse(json.out)["changed"], 11);
    const Finished dry = run({"retry", "--stage", "transcript", "--failed", "--dry-run"});
    EXPECT_EQ(dry.code, 0);
    EXPECT_THAT(dry.out, HasSubstr("and 1 more"));
    EXPECT_EQ(how_many("transcript_status = 'failed'"), "11");
    const Finished real =
        run({"retry", "--stage", "transcript", "--failed", "--enqueue", "--yes", "--json"});
    EXPECT_EQ(real.code, 0) << real.err;
    EXPECT_EQ(Json::parse(real.out)["changed"], 11) << "as the dry run said";
    EXPECT_EQ(how_many("transcript_status = 'pending' AND due_at <= now()"), "11");
    EXPECT_EQ(reconcile().code, 0);
    expect_each_done_once(sids);
}

TEST_F(BulkRetry, OnATerminalAsksAndShowsHowFarItIs) {
    const auto sids = given_up_calls(11);
    Environment environment = m_environment;
    environment["TERM"] = "xterm";
    {
        Terminal terminal{
            CALLCTL_BINARY, {"retry", "--stage", "transcript", "--failed"}, environment};
        ASSERT_TRUE(terminal.shows("go on? [y/N] ")) << terminal.shown();
        EXPECT_THAT(terminal.shown(), HasSubstr("would change 11 of 11 calls"));
        terminal.type("n\n");
        EXPECT_EQ(terminal.wait(), 5);
    }
    {
        Terminal terminal{
            CALLCTL_BINARY, {"retry", "--stage", "transcript", "--failed"}, environment};
        ASSERT_TRUE(terminal.shows("go on? [y/N] ")) << terminal.shown();
        terminal.type("\x03");
        EXPECT_EQ(terminal.wait(), 128 + SIGINT);
    }
    EXPECT_EQ(how_many("transcript_status = 'failed'"), "11");
    fault({{"where", "transcription"}, {"kind", "timeout"}});
    Terminal terminal{CALLCTL_BINARY, {"retry", "--stage", "transcript", "--failed"}, environment};
    ASSERT_TRUE(terminal.shows("go on? [y/N] ")) << terminal.shown();
    terminal.type("y\n");
    ASSERT_TRUE(terminal.shows("[....................] 0/11 completed 0")) << terminal.shown();
    end_faults();
    terminal.type("\x03");
    EXPECT_EQ(terminal.wait(), 128 + SIGINT);
    EXPECT_THAT(terminal.shown(), HasSubstr("did not begin "));
}

TEST_F(BulkRetry, StoppedLeavesTheRestAsItWasAndRepeatedDoesNoneTwice) {
    const auto sids = given_up_calls(6);
    const auto process = hanging(m_retry);
    process->signal(SIGTERM);
    const Finished stopped = process->wait();
    end_faults();
    EXPECT_EQ(stopped.code, 128 + SIGTERM) << stopped.err;
    EXPECT_THAT(stopped.out, HasSubstr("4      not begun"));
    EXPECT_THAT(stopped.out, HasSubstr("did not begin 4"));
    EXPECT_EQ(how_many("transcript_status = 'failed' AND reason = 'TIMEOUT' AND due_at IS NULL"),
              "4");
    EXPECT_EQ(how_many("lease_owner IS NOT NULL"), "0") << "claims are handed back";
    std::smatch time;
    ASSERT_TRUE(std::regex_search(stopped.err, time, std::regex{"--untried-since ([0-9TZ:.-]+)"}))
        << stopped.err;
    auto again = m_retry;
    again.insert(again.end(), {"--untried-since", time[1].str()});
    const Finished rest = run(again);
    EXPECT_EQ(rest.code, 0) << rest.out << rest.err;
    EXPECT_THAT(rest.out, HasSubstr("changed 4 of 4 calls"));
    EXPECT_EQ(reconcile().code, 0);
    expect_each_done_once(sids);
}

TEST_F(BulkRetry, StoppedListsTheNamedCallsThatItDidNotBegin) {
    const auto sids = given_up_calls(12);
    std::vector<std::string> named{"retry", "--stage", "transcript", "--yes", "--concurrency", "2"};
    named.insert(named.end(), sids.begin(), sids.end());
    const auto process = hanging(named);
    process->signal(SIGTERM);
    const Finished stopped = process->wait();
    end_faults();
    EXPECT_EQ(stopped.code, 128 + SIGTERM) << stopped.err;
    EXPECT_THAT(stopped.err, HasSubstr("with the calls that are listed as not begun"));
    const auto list = stopped.out.find("not begun:\n");
    ASSERT_NE(list, std::string::npos) << stopped.out;
    std::istringstream left{stopped.out.substr(list + std::string{"not begun:\n"}.size())};
    named.resize(named.size() - sids.size());
    for (std::string sid; std::getline(left, sid);) {
        named.push_back(sid);
    }
    const Finished rest = run(named);
    EXPECT_EQ(rest.code, 0) << rest.out << rest.err;
    EXPECT_EQ(reconcile().code, 0);
    expect_each_done_once(sids);
}

TEST_F(BulkRetry, TellsWhatWasDoneBeforeTheDatabaseFailedAndHowToGoOn) {
    const auto sids = given_up_calls(3);
    exec("CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS"
         " $$ BEGIN RAISE 'the disk is full' USING ERRCODE = 'disk_full'; END $$");
    exec("CREATE TRIGGER fail BEFORE UPDATE ON call_log FOR EACH ROW WHEN (NEW.call_sid = '" +
         sids[1] + "') EXECUTE FUNCTION fail()");
    const std::vector<std::string> one_by_one{"retry",         "--stage", "transcript", "--failed",
                                              "--concurrency", "1",       "--json"};
    const Finished failed = run(one_by_one);
    EXPECT_EQ(failed.code, 75) << failed.err;
    const Json report = Json::parse(failed.out);
    EXPECT_EQ(report["calls"][0]["result"], "completed");
    EXPECT_EQ(report["changed"], 1);
    EXPECT_EQ(report["not_begun"], 2);
    EXPECT_GT(report["requests"], 0);
    EXPECT_THAT(failed.err, HasSubstr("2 calls were not begun, since the run failed"));
    std::smatch time;
    ASSERT_TRUE(std::regex_search(failed.err, time, std::regex{"--untried-since ([0-9TZ:.-]+)"}))
        << failed.err;
    exec("DROP TRIGGER fail ON call_log");
    auto again = one_by_one;
    again.insert(again.end(), {"--untried-since", time[1].str()});
    EXPECT_EQ(run(again).code, 0);
    expect_each_done_once(sids);
}

TEST_F(BulkRetry, KilledLeavesNothingThatARepeatedOneAndAPassDoNotFinishOnce) {
    const auto sids = given_up_calls(6);
    const auto process = hanging(m_retry);
    process->signal(SIGKILL);
    EXPECT_EQ(process->wait().code, 128 + SIGKILL);
    end_faults();
    EXPECT_EQ(how_many("transcript_status = 'failed'"), "4");
    const Finished rest = run(m_retry);
    EXPECT_EQ(rest.code, 0) << rest.out << rest.err;
    EXPECT_THAT(rest.out, HasSubstr("changed 4 of 4 calls")) << "two are in a dead worker's hands";
    let_leases_run_out();
    EXPECT_EQ(reconcile().code, 0);
    expect_each_done_once(sids);
}

TEST_F(BulkRetry, OfDoneCallsIsNotPaidTwiceWhenItIsRepeated) {
    const auto sids = given_up_calls(3);
    ASSERT_EQ(run(m_retry).code, 0);
    expect_each_done_once(sids);
    const std::string now = value("SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC',"
                                  " 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')");
    const std::vector<std::string> anew{"retry",     "--stage",         "summary", "--status",
                                        "completed", "--untried-since", now};
    const Finished first = run(anew);
    EXPECT_EQ(first.code, 0) << first.out << first.err;
    EXPECT_THAT(first.out, HasSubstr("changed 3 of 3 calls"));
    EXPECT_THAT(run(anew).out, HasSubstr("no calls to retry"));
    for (const std::string& sid : sids) {
        EXPECT_EQ(versions(sid), "summary1 summary2 transcript1");
    }
}

TEST_F(BulkRetry, AsksTwilioAgainAboutALegThatHadNoRecording) {
    const auto sids = given_up_calls(2);
    exec("UPDATE callctl.work SET stage = 'recording', reason = 'NOT_ELIGIBLE', parent_call_sid = "
         "$2,"
         " recording_sid = NULL, recording_state = 'none', recording_count = 0 WHERE call_sid = $1",
         {pg::param(sids[0]), pg::param(sids[1])});
    exec("UPDATE call_log SET recording_status = 'skipped', transcript_status = 'skipped',"
         " summary_status = 'skipped', recording_sid = NULL, recording_url = NULL"
         " WHERE call_sid = $1",
         {pg::param(sids[0])});
    let_time_pass("10 minutes");
    EXPECT_EQ(run({"retry", "--stage", "recording", sids[0]}).code, 5);
    EXPECT_EQ(run({"retry", "--stage", "recording", "--force", sids[0]}).code, 0);
    EXPECT_EQ(standing(sids[0]), k_all_done) << story(sids[0]);
    EXPECT_EQ(run(m_retry).code, 0);
}

} // namespace
} // namespace callctl::e2e
