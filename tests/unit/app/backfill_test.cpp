// What Twilio's lists tell of calls that nobody has told of.
#include "app/backfill.hpp"
#include "base/digest.hpp"
#include "fakes/manual_clock.hpp"
#include "fakes/memory_call_store.hpp"
#include "fakes/scripted_http_client.hpp"
#include "pipeline/news.hpp"
#include "pipeline/outcome.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <vector>

namespace callctl::app {
namespace {

using call::CallState;
using call::Provider;
using call::Reason;
using call::RecordingState;
using fakes::http_response;
using namespace std::chrono_literals;

const std::string k_calls = "/Calls.json";
const std::string k_recordings = "/Recordings.json";
const std::string k_next = "/2010-04-01/Accounts/AC00000000000000000000000000000000/"
                           "Calls.json?Page=1&PageToken=PAx";

base::CallSid sid_of(int number) {
    return *base::CallSid::parse(fmt::format("CA{:032x}", number));
}

base::RecordingSid recording_of(int number) {
    return *base::RecordingSid::parse(fmt::format("RE{:032x}", number));
}

std::string call_json(int number, const std::string& status = "completed",
                      const std::string& parent = "null") {
    return fmt::format(R"({{"sid":"{}","status":"{}","direction":"inbound","parent_call_sid":{}}})",
                       sid_of(number).str(), status, parent);
}

std::string recording_json(int number, int call, const std::string& status = "completed",
                           const std::string& start = "Thu, 01 Jan 2026 12:00:00 +0000") {
    return fmt::format(R"({{"sid":"{}","call_sid":"{}","status":"{}","channels":2,)"
                       R"("source":"StartCallRecordingAPI","start_time":"{}"}})",
                       recording_of(number).str(), sid_of(call).str(), status, start);
}

std::string list_json(const std::string& name, const std::string& entries,
                      const std::string& next = "null") {
    return fmt::format(R"({{"{}":[{}],"next_page_uri":{}}})", name, entries, next);
}

class Backfilling : public testing::Test {
  protected:
    static twilio::Account account() {
        const std::string sid = "AC" + std::string(32, '0');
        return {.sid = *base::AccountSid::parse(sid), .user = sid, .password = base::Secret{"t"}};
    }

    void twilio_has(const std::string& calls, const std::string& recordings) {
        m_http.always("GET", k_calls, http_response(200, list_json("calls", calls)));
        m_http.always("GET", k_recordings, http_response(200, list_json("recordings", recordings)));
    }

    BackfillReport backfill(bool dry_run = false, std::chrono::milliseconds window = 2h) {
        RequestPacer pacer{m_store, m_clock, m_policy};
        Backfill backfill{m_store, m_http, pacer, m_clock, account(), m_policy};
        const BackfillRequest request{.window = window, .horizon = 7 * 24h, .ends_at = m_ends_at};
        return dry_run ? backfill.rehearse(request, m_waiting) : backfill.run(request);
    }

    static call::Delivery delivery(int number, call::CallFacts facts) {
        auto digest =
            base::sha256(fmt::format("{} {}", number, call::to_string(facts.recording.state)));
        return {.raw = "x",
                .digest = std::move(digest),
                .sid = sid_of(number),
                .news = std::move(facts)};
    }
    void ingest(const std::vector<call::Delivery>& deliveries) {
        m_store.ingest(deliveries, [this](const auto& call, const auto& news, base::Time now) {
            return pipeline::on_news(call, news, now, m_policy);
        });
    }
    void hear_of(int number, call::CallFacts facts) {
        ingest({delivery(number, std::move(facts))});
    }

    void give_up_recording(int number, Reason reason) {
        const auto claim = m_store.claim_call(sid_of(number), {.worker = "w"});
        const pipeline::Settle failed{call::Stage::recording, call::Status::failed, reason};
        m_store.write(claim->lease, pipeline::change_of(claim->call, failed, m_store.now()));
        m_store.release(claim->lease);
    }

    /// All that is known of any call, and how often it was told of.
    [[nodiscard]] auto known() {
        std::vector<std::tuple<base::CallSid, std::int64_t, call::CallFacts>> known;
        for (call::Call& call : m_store.all()) {
            known.emplace_back(call.sid, call.news, std::move(call.facts));
        }
        return known;
    }

    std::vector<call::Delivery> m_waiting{}; ///< on this host's disk
    std::optional<port::Clock::Monotonic> m_ends_at{};
    fakes::MemoryCallStore m_store;
    fakes::ManualClock m_clock;
    fakes::ScriptedHttpClient m_http;
    pipeline::Policy m_policy{};
};

TEST_F(Backfilling, SchedulesCallsOfWhichEverythingWasLost) {
    twilio_has(call_json(1) + "," + call_json(2, "no-answer"), recording_json(1, 1));
    const auto report = backfill();
    EXPECT_EQ(report.calls, 2);
    EXPECT_EQ(report.recordings, 1);
    EXPECT_EQ(report.unknown, 2);
    EXPECT_EQ(report.corrected, 0) << "the recording is of a call that was just found";
    EXPECT_EQ(report.requests, 2);
    const auto recorded = m_store.find(sid_of(1)).value();
    EXPECT_EQ(recorded.facts.recording.sid, recording_of(1));
    EXPECT_EQ(recorded.due_at, m_store.now());
    EXPECT_TRUE(m_store.host(sid_of(1))) << "the host has a row of it";
    EXPECT_EQ(m_store.find(sid_of(2))->facts.state, CallState::no_answer);
}

TEST_F(Backfilling, TellsOfCallsThatWhatTwilioHasGivesUp) {
    twilio_has(call_json(1) + "," + call_json(2, "no-answer"), recording_json(1, 1, "absent"));
    EXPECT_EQ(backfill().gave_up, 1) << "that nobody answered is for nobody to decide";
    EXPECT_EQ(m_store.find(sid_of(1))->reason, Reason::absent);
    EXPECT_EQ(m_store.find(sid_of(1))->due_at, std::nullopt);
    EXPECT_EQ(backfill().gave_up, 0) << "it was before";
}

TEST_F(Backfilling, ChangesNothingASecondTime) {
    twilio_has(call_json(1), recording_json(1, 1));
    backfill();
    const auto before = known();
    const auto again = backfill();
    EXPECT_EQ(again.unknown, 0);
    EXPECT_EQ(again.corrected, 0);
    EXPECT_TRUE(known() == before);
}

TEST_F(Backfilling, CountsTheSameInADryRunAndStoresNothing) {
    hear_of(3, {.state = CallState::in_progress});
    twilio_has(call_json(1) + "," + call_json(3),
               recording_json(1, 1) + "," + recording_json(2, 2));
    m_http.always("GET", sid_of(2).str() + ".json", http_response(200, call_json(2)));
    const auto before = known();
    const auto dry = backfill(/*dry_run=*/true);
    EXPECT_TRUE(known() == before);
    EXPECT_FALSE(m_store.listed_until());
    const auto real = backfill();
    EXPECT_EQ(dry.unknown, 2);
    EXPECT_EQ(real.unknown, dry.unknown);
    EXPECT_EQ(dry.corrected, 1);
    EXPECT_EQ(real.corrected, dry.corrected);
    EXPECT_EQ(real.requests, dry.requests);
}

TEST_F(Backfilling, CountsInADryRunWhatARealOneCountsAfterWhatWaitsOnTheDisk) {
    const auto recorded = [](int number) {
        return call::CallFacts{
            .state = CallState::completed,
            .recording = {.sid = recording_of(number), .state = RecordingState::completed},
            .recording_count = 1};
    };
    hear_of(4, recorded(4));
    m_waiting = {delivery(1, {.state = CallState::ringing}), delivery(2, recorded(2)),
                 delivery(4, {.state = CallState::completed, .from = "+4930123456"})};
    twilio_has(call_json(1) + "," + call_json(2) + "," + call_json(3) + "," + call_json(4),
               recording_json(1, 1) + "," + recording_json(2, 2) + "," + recording_json(4, 4));
    const auto dry = backfill(/*dry_run=*/true);
    ingest(m_waiting);
    const auto real = backfill();
    EXPECT_EQ(real.unknown, 1);
    EXPECT_EQ(dry.unknown, real.unknown);
    EXPECT_EQ(dry.corrected, real.corrected);
    EXPECT_EQ(dry.requests, real.requests);
}

TEST_F(Backfilling, NeitherClosesNorOpensAProviderInADryRun) {
    const auto state = [this] {
        return m_store.providers()[static_cast<std::size_t>(call::Provider::twilio)];
    };
    m_http.always("GET", k_calls, http_response(401, "{}"));
    EXPECT_TRUE(backfill(/*dry_run=*/true).failure);
    EXPECT_FALSE(state().closed_until);
    EXPECT_EQ(state().failures, 0);
    m_store.close_provider(call::Provider::twilio, call::Reason::unreachable, "", 15s,
                           m_store.now());
    EXPECT_EQ(backfill(/*dry_run=*/true).failure->reason, call::Reason::provider_closed);
    m_store.advance(16s);
    twilio_has("", "");
    EXPECT_FALSE(backfill(/*dry_run=*/true).failure);
    EXPECT_TRUE(state().half_open);
    EXPECT_FALSE(state().closed_until);
}

TEST_F(Backfilling, TellsAKnownCallOfTheRecordingWhoseCallbackNeverCame) {
    hear_of(1, {.state = CallState::completed, .ended_at = m_store.now()});
    twilio_has(call_json(1), recording_json(1, 1));
    const auto report = backfill();
    EXPECT_EQ(report.unknown, 0);
    EXPECT_EQ(report.corrected, 1);
    EXPECT_EQ(m_store.find(sid_of(1))->facts.recording.state, RecordingState::completed);
}

TEST_F(Backfilling, WakesACallThatWasGivenUpForWantOfARecording) {
    hear_of(1, {.state = CallState::completed});
    give_up_recording(1, Reason::not_recorded);
    ASSERT_FALSE(m_store.find(sid_of(1))->due_at);
    twilio_has(call_json(1), recording_json(1, 1));
    EXPECT_EQ(backfill().corrected, 1);
    EXPECT_TRUE(m_store.find(sid_of(1))->due_at);
}

TEST_F(Backfilling, LeavesLegsToTheCallThatDialledThem) {
    const std::string parent = "\"" + sid_of(1).str() + "\"";
    twilio_has(call_json(1) + "," + call_json(2, "completed", parent), recording_json(1, 1));
    const auto report = backfill();
    EXPECT_EQ(report.calls, 1);
    EXPECT_EQ(report.unknown, 1);
    EXPECT_FALSE(m_store.find(sid_of(2)));
}

TEST_F(Backfilling, AsksForACallThatBeganBeforeItsRecordingIsListed) {
    twilio_has("", recording_json(1, 1));
    m_http.always("GET", sid_of(1).str() + ".json", http_response(200, call_json(1)));
    EXPECT_EQ(backfill().unknown, 1);
    const auto found = m_store.find(sid_of(1)).value();
    EXPECT_EQ(found.facts.state, CallState::completed);
    EXPECT_EQ(found.facts.recording.sid, recording_of(1));
}

TEST_F(Backfilling, LeavesARecordingWhoseCallTwilioDoesNotKnow) {
    twilio_has("", recording_json(1, 1));
    m_http.always("GET", sid_of(1).str() + ".json",
                  http_response(404, R"({"code":20404,"status":404,"message":"not found"})"));
    const auto report = backfill();
    EXPECT_FALSE(report.failure);
    EXPECT_EQ(report.unknown, 0);
}

TEST_F(Backfilling, CountsDoubleRecordings) {
    twilio_has(call_json(1), recording_json(1, 1) + "," + recording_json(2, 1));
    EXPECT_EQ(backfill().doubled, 1);
    EXPECT_EQ(m_store.find(sid_of(1))->facts.recording_count, 2);
}

TEST_F(Backfilling, CountsDoubleRecordingsOnWhateverPages) {
    m_http.always("GET", k_calls, http_response(200, list_json("calls", call_json(1))));
    m_http.always("GET", k_recordings,
                  http_response(200, list_json("recordings", recording_json(1, 1),
                                               "\"/2010-04-01/next.json\"")));
    m_http.always("GET", "/next.json",
                  http_response(200, list_json("recordings", recording_json(2, 1))));
    EXPECT_EQ(backfill(/*dry_run=*/true).doubled, 1);
    EXPECT_EQ(backfill().doubled, 1);
}

// It was told of beside one that might still get a file, and counted.
TEST_F(Backfilling, TellsOfARecordingAgainOnceItIsTheOnlyOneWithAFile) {
    const std::string first = "Thu, 01 Jan 2026 11:00:00 +0000";
    twilio_has(call_json(1),
               recording_json(1, 1, "processing", first) + "," + recording_json(2, 1));
    backfill();
    ASSERT_EQ(m_store.find(sid_of(1))->facts.recording.sid, recording_of(1));
    hear_of(1, {.recording = {.sid = recording_of(1), .state = RecordingState::absent}});
    give_up_recording(1, Reason::absent);
    twilio_has(call_json(1), recording_json(1, 1, "absent", first) + "," + recording_json(2, 1));
    backfill();
    const auto opened = m_store.find(sid_of(1)).value();
    EXPECT_EQ(opened.facts.recording.sid, recording_of(2));
    EXPECT_TRUE(opened.due_at);
}

// The one that hangs started first, and the callback of the other one was lost.
TEST_F(Backfilling, OpensACallThatExpiredOverARecordingThatHangs) {
    const std::string hangs = recording_json(1, 1, "processing", "Thu, 01 Jan 2026 11:00:00 +0000");
    hear_of(1, {.state = CallState::completed,
                .recording = {.sid = recording_of(1),
                              .state = RecordingState::processing,
                              .source = "StartCallRecordingAPI",
                              .started_at = base::parse_iso8601("2026-01-01T11:00:00Z")}});
    give_up_recording(1, Reason::expired);
    twilio_has(call_json(1), hangs);
    backfill();
    EXPECT_EQ(m_store.find(sid_of(1))->due_at, std::nullopt);
    twilio_has(call_json(1), hangs + "," + recording_json(2, 1));
    EXPECT_EQ(backfill().corrected, 1);
    const auto opened = m_store.find(sid_of(1)).value();
    EXPECT_EQ(opened.facts.recording.sid, recording_of(2));
    EXPECT_TRUE(opened.due_at);
    const auto before = known();
    const auto again = backfill();
    EXPECT_EQ(again.corrected, 0) << "that the other one hangs is no news";
    EXPECT_EQ(again.doubled, 1);
    EXPECT_EQ(known(), before);
}

TEST_F(Backfilling, CountsCallsThatTheHostsTableTakesNoRowOf) {
    twilio_has(call_json(1) + "," + call_json(2), "");
    m_store.refuse([](const auto& row) { return row.call_sid == sid_of(1).str(); });
    for (const int found : {1, 0}) {
        const auto report = backfill();
        EXPECT_EQ(report.unknown, found);
        EXPECT_EQ(report.refused, 1) << "in each pass, until somebody mends the table";
    }
}

TEST_F(Backfilling, RefusesNoCallWhoseRowSomebodyHolds) {
    twilio_has(call_json(1), "");
    m_store.lock(sid_of(1));
    const auto report = backfill();
    EXPECT_EQ(report.unknown, 1);
    EXPECT_EQ(report.refused, 0) << "the sweep applies what was told of it";
}

TEST_F(Backfilling, FollowsEveryPage) {
    m_http.once("GET", k_calls,
                http_response(200, list_json("calls", call_json(1), "\"" + k_next + "\"")));
    m_http.always("GET", k_next, http_response(200, list_json("calls", call_json(2))));
    m_http.always("GET", k_recordings, http_response(200, list_json("recordings", "")));
    EXPECT_EQ(backfill().unknown, 2);
}

TEST_F(Backfilling, LooksBackToTheEndOfTheLastCompletePass) {
    twilio_has("", "");
    EXPECT_EQ(backfill().from, m_store.now() - 2h) << "the first one";
    const base::Time last = m_store.now();
    m_store.advance(24h);
    EXPECT_EQ(backfill().from, last) << "a day without passes";
    m_store.advance(5min);
    EXPECT_EQ(backfill().from, m_store.now() - 2h) << "lists lag behind";
    m_store.advance(30 * 24h);
    EXPECT_EQ(backfill().from, m_store.now() - 7 * 24h) << "no further than the horizon";
}

TEST_F(Backfilling, LeavesTheMarkWhereItWasWhenAPageFails) {
    m_http.always("GET", k_calls, http_response(200, list_json("calls", call_json(1))));
    m_http.always("GET", k_recordings, http_response(503, "upstream", "text/plain"));
    const auto report = backfill();
    ASSERT_TRUE(report.failure);
    EXPECT_EQ(report.unknown, 1) << "what was read before counts";
    EXPECT_FALSE(m_store.listed_until());
    EXPECT_EQ(m_store.providers()[static_cast<std::size_t>(Provider::twilio)].failures, 1);
}

TEST_F(Backfilling, AsksNothingWhileTwilioIsClosed) {
    m_store.close_provider(Provider::twilio, Reason::auth, "wrong token", 10min, m_store.now());
    const auto report = backfill();
    ASSERT_TRUE(report.failure);
    EXPECT_EQ(report.failure->reason, Reason::provider_closed);
    EXPECT_TRUE(report.failure->detail.ends_with("; AUTH: wrong token"));
    EXPECT_TRUE(m_http.requests().empty());
}

TEST_F(Backfilling, StopsBetweenPages) {
    m_clock.stop();
    const auto report = backfill();
    ASSERT_TRUE(report.failure);
    EXPECT_EQ(report.failure->reason, Reason::interrupted);
}

TEST_F(Backfilling, AsksNothingMoreOnceThePassHasNoTimeLeft) {
    m_ends_at = m_clock.monotonic() + 4min;
    int page = 0;
    m_http.always("GET", k_calls, [&](const base::HttpRequest& /*request*/) {
        m_clock.advance(3min);
        return http_response(200, list_json("calls", call_json(++page), "\"" + k_next + "\""));
    });
    const auto report = backfill();
    ASSERT_TRUE(report.failure);
    EXPECT_EQ(report.failure->detail, "backfill: the pass has no time left");
    EXPECT_EQ(report.requests, 2);
    EXPECT_EQ(report.unknown, 2) << "what it has read counts";
    EXPECT_FALSE(m_store.listed_until()) << "the next pass looks back as far";
}

} // namespace
} // namespace callctl::app
