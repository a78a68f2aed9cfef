#include "contract/store_contract.hpp"

namespace callctl::contract {
namespace {

using call::Reason;
using call::Stage;
using call::Status;
using port::Reopened;
using testing::ElementsAre;

class Reopening : public StoreContract {
  protected:
    /// Completed in all three stages, with texts.
    void complete(const base::CallSid& sid) {
        hear_of(sid);
        settle(sid, [](call::Change& change) {
            change.stage = Stage::summary;
            change.statuses = {Status::completed, Status::completed, Status::completed};
            change.artefacts = {{.stage = Stage::transcript, .text = "words"},
                                {.stage = Stage::summary, .text = "gist"}};
            change.due_at = std::nullopt;
        });
    }
    void give_up(const base::CallSid& sid, Stage stage, Reason reason) {
        hear_of(sid);
        settle(sid, [&](call::Change& change) {
            change.stage = stage;
            for (std::size_t i = 0; i < at(stage); ++i) {
                change.statuses[i] = Status::completed;
            }
            change.statuses[at(stage)] = Status::failed;
            change.reason = reason;
            change.detail = "why";
            change.attempts = 8;
            change.crashes = 3;
            change.due_at = std::nullopt;
        });
    }
    Reopened reopen(const base::CallSid& sid, Stage stage, bool force = false) {
        const port::ReopenRequest request{.sid = sid, .stage = stage, .force = force};
        auto dry = request;
        dry.dry_run = true;
        const auto known = store().find(sid);
        const auto judged = store().reopen(dry);
        if (known) {
            EXPECT_EQ(call(sid).news, known->news) << "a dry run changes nothing";
            EXPECT_EQ(call(sid).due_at, known->due_at);
        }
        const auto done = store().reopen(request);
        EXPECT_EQ(judged, done) << "the dry run's verdict is the real run's";
        return done;
    }
};
INSTANTIATE_TEST_SUITE_P(Store, Reopening, testing::ValuesIn(backends()), backend_name);

TEST_P(Reopening, SetsTheStageAndWhatFollowsBackAndKeepsTheTexts) {
    const auto sid = call_sid(1);
    complete(sid);
    const auto news = call(sid).news;
    EXPECT_EQ(reopen(sid, Stage::transcript), Reopened::done);
    const auto after = call(sid);
    EXPECT_THAT(after.statuses, ElementsAre(Status::completed, Status::pending, Status::pending));
    EXPECT_THAT(host(sid).statuses, ElementsAre("completed", "pending", "pending"));
    EXPECT_EQ(after.stage, Stage::transcript);
    EXPECT_EQ(after.attempts, 0);
    EXPECT_EQ(after.crashes, 0);
    EXPECT_EQ(after.news, news + 1);
    EXPECT_LE(after.due_at.value(), store().now());
    EXPECT_EQ(host(sid).final_transcript, "words");
    EXPECT_EQ(host(sid).summary, "gist");
}

TEST_P(Reopening, ClearsTheError) {
    const auto sid = call_sid(1);
    give_up(sid, Stage::transcript, Reason::timeout);
    EXPECT_EQ(host(sid).last_error, "TIMEOUT: why");
    EXPECT_EQ(reopen(sid, Stage::transcript), Reopened::done);
    EXPECT_EQ(call(sid).reason, std::nullopt);
    EXPECT_EQ(call(sid).detail, "");
    EXPECT_EQ(host(sid).last_error, "");
    EXPECT_EQ(host(sid).retry_count, 0);
}

TEST_P(Reopening, RefusesAnUnknownCall) {
    EXPECT_EQ(reopen(call_sid(1), Stage::recording), Reopened::unknown_call);
}

TEST_P(Reopening, RefusesAStageWhoseForerunnerIsNotDone) {
    const auto sid = call_sid(1);
    hear_of(sid);
    EXPECT_EQ(reopen(sid, Stage::transcript), Reopened::too_early);
    EXPECT_EQ(reopen(sid, Stage::summary, /*force=*/true), Reopened::too_early);
    EXPECT_EQ(reopen(sid, Stage::recording), Reopened::done);
}

TEST_P(Reopening, TakesASkippedForerunnerAsDone) {
    const auto sid = call_sid(1);
    hear_of(sid);
    settle(sid, [](call::Change& change) {
        change.statuses = {Status::completed, Status::skipped, Status::skipped};
        change.due_at = std::nullopt;
    });
    EXPECT_EQ(reopen(sid, Stage::summary), Reopened::done);
}

TEST_P(Reopening, RefusesACallThatSomebodyHoldsUnlessForced) {
    const auto sid = call_sid(1);
    complete(sid);
    const auto held = claim(sid);
    ASSERT_EQ(store().begin_attempt(held.lease, Stage::summary, held.call.news),
              port::Written::done);
    EXPECT_EQ(reopen(sid, Stage::recording), Reopened::busy);
    EXPECT_TRUE(store().reread(held.lease));
    EXPECT_EQ(reopen(sid, Stage::recording, /*force=*/true), Reopened::done);
    EXPECT_FALSE(store().reread(held.lease));
    EXPECT_EQ(store().write(held.lease, unchanged(held.call)), port::Written::superseded);
    const auto attempt = store().story(sid)->attempts.at(0);
    EXPECT_TRUE(attempt.finished_at);
    EXPECT_FALSE(attempt.end.burnt);
    EXPECT_TRUE(store().claim_call(sid, request(1, "w2")));
}

TEST_P(Reopening, TakesACallWhoseLeaseRanOut) {
    const auto sid = call_sid(1);
    complete(sid);
    claim(sid);
    backend().advance(61s);
    EXPECT_EQ(reopen(sid, Stage::summary), Reopened::done);
    EXPECT_EQ(claim(sid, "w2").call.crashes, 0);
}

TEST_P(Reopening, RefusesPermanentReasonsUnlessForced) {
    const auto permanent = call_sid(1);
    give_up(permanent, Stage::transcript, Reason::too_large);
    EXPECT_EQ(reopen(permanent, Stage::transcript), Reopened::permanent);
    EXPECT_EQ(reopen(permanent, Stage::transcript, /*force=*/true), Reopened::done);
    const auto nothing = call_sid(2);
    give_up(nothing, Stage::transcript, Reason::no_speech);
    EXPECT_EQ(reopen(nothing, Stage::transcript), Reopened::permanent);
    const auto transient = call_sid(3);
    give_up(transient, Stage::transcript, Reason::provider_error);
    EXPECT_EQ(reopen(transient, Stage::transcript), Reopened::done);
    const auto account = call_sid(4);
    give_up(account, Stage::transcript, Reason::quota);
    EXPECT_EQ(reopen(account, Stage::transcript), Reopened::done);
}

TEST_P(Reopening, ForgetsWhyItGaveUpOnARecording) {
    const auto sid = call_sid(1);
    auto facts = full_facts(store().now());
    facts.recording.state = call::RecordingState::absent;
    hear_of(sid, facts);
    settle(sid, [](call::Change& change) {
        change.statuses[0] = Status::failed;
        change.reason = Reason::absent;
        change.due_at = std::nullopt;
    });
    EXPECT_EQ(reopen(sid, Stage::recording, /*force=*/true), Reopened::done);
    const auto after = call(sid).facts;
    EXPECT_EQ(after.recording.state, call::RecordingState::none);
    EXPECT_EQ(after.recording.error_code, std::nullopt);
    EXPECT_EQ(after.observations, 0);
    EXPECT_EQ(after.observed_at, std::nullopt);
    EXPECT_EQ(after.start_refusals, 0);
    EXPECT_EQ(after.start_refused_at, std::nullopt);
    EXPECT_FALSE(after.unknown_to_twilio);
    EXPECT_EQ(after.recording.sid, facts.recording.sid) << "what is known otherwise stays";
    EXPECT_EQ(after.answered_at, facts.answered_at);
}

TEST_P(Reopening, LooksAgainForARecordingThatSeemedDeleted) {
    const auto sid = call_sid(1);
    auto facts = full_facts(store().now());
    facts.recording.state = call::RecordingState::deleted;
    hear_of(sid, facts);
    settle(sid, [](call::Change& change) {
        change.stage = Stage::transcript;
        change.statuses = {Status::completed, Status::failed, {}};
        change.reason = Reason::deleted;
        change.due_at = std::nullopt;
    });
    EXPECT_EQ(reopen(sid, Stage::transcript, /*force=*/true), Reopened::done);
    EXPECT_EQ(call(sid).facts.recording.state, call::RecordingState::completed);
}

TEST_P(Reopening, AdoptsARowOfTheHostsHoweverOld) {
    const auto sid = call_sid(1);
    auto row = host_row(sid);
    row.created_at = store().now() - 24h * 400;
    row.statuses = {"completed", "completed", "completed"};
    row.final_transcript = "words";
    backend().insert_host(row);
    EXPECT_EQ(reopen(sid, Stage::summary), Reopened::done);
    EXPECT_EQ(call(sid).stage, Stage::summary);
    EXPECT_TRUE(call(sid).due_at);
    EXPECT_THAT(host(sid).statuses, ElementsAre("completed", "completed", "pending"));
}

} // namespace
} // namespace callctl::contract
