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
        return reopen_all({{sid, std::nullopt}},
                          {.stage = stage, .force = force, .take_over = force})
            .at(0);
    }
    std::vector<Reopened> reopen_all(const std::vector<port::NamedCall>& calls,
                                     const call::Reopening& reopening) {
        const auto states = [this, &calls] {
            std::vector<std::string> lines;
            for (const port::NamedCall& named : calls) {
                const auto known = store().find(named.sid);
                lines.push_back(known ? std::to_string(known->news) + (known->due_at ? " due" : "")
                                      : "unknown");
            }
            return lines;
        };
        const auto before = states();
        const auto judged = verdicts(store().reopen(calls, {reopening, /*dry_run=*/true}));
        EXPECT_EQ(states(), before) << "a dry run changes nothing";
        const auto done = verdicts(store().reopen(calls, {reopening}));
        EXPECT_EQ(judged, done) << "the dry run's verdict is the real run's";
        return done;
    }
    static std::vector<Reopened> verdicts(const std::vector<port::ReopenedCall>& calls) {
        std::vector<Reopened> found;
        for (const port::ReopenedCall& call : calls) {
            found.push_back(call.what);
        }
        return found;
    }
    /// Its only call.
    port::NamedCall chosen(const port::CallChoice& choice) {
        return store().choose(choice).calls.at(0);
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

TEST_P(Reopening, LeavesACallWhoseRowTheHostHasDeleted) {
    const auto sid = call_sid(1);
    give_up(sid, Stage::recording, Reason::not_recorded);
    backend().delete_host(sid);
    for (const Stage stage : call::k_stages) {
        EXPECT_EQ(reopen(sid, stage, /*force=*/true), Reopened::row_deleted);
    }
    EXPECT_EQ(call(sid).reason, Reason::not_recorded);
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
    ASSERT_EQ(store().begin_attempt(held.lease, Stage::recording, held.call.news),
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

TEST_P(Reopening, OfManyTellsWhatBecameOfEachInTheirOrder) {
    complete(call_sid(1));
    give_up(call_sid(2), Stage::transcript, Reason::too_large);
    hear_of(call_sid(4));
    give_up(call_sid(5), Stage::transcript, Reason::timeout);
    auto row = host_row(call_sid(6));
    row.statuses = {"completed", "failed", "pending"};
    backend().insert_host(row);
    const std::vector<port::NamedCall> calls{{call_sid(6)}, {call_sid(1)}, {call_sid(2)},
                                             {call_sid(3)}, {call_sid(4)}, {call_sid(5)}};
    EXPECT_THAT(reopen_all(calls, {.stage = Stage::transcript}),
                ElementsAre(Reopened::done, Reopened::done, Reopened::permanent,
                            Reopened::unknown_call, Reopened::too_early, Reopened::done));
    for (const int number : {1, 5, 6}) {
        EXPECT_EQ(host(call_sid(number)).statuses[1], "pending") << number;
        EXPECT_TRUE(call(call_sid(number)).due_at) << number;
    }
    EXPECT_EQ(host(call_sid(2)).statuses[1], "failed");
    EXPECT_EQ(call(call_sid(2)).reason, Reason::too_large);
}

TEST_P(Reopening, TellsHowACallWasBefore) {
    give_up(call_sid(1), Stage::transcript, Reason::timeout);
    const std::vector<port::NamedCall> calls{{call_sid(1)}, {call_sid(2)}};
    const auto results = store().reopen(calls, {{.stage = Stage::transcript}});
    ASSERT_TRUE(results.at(0).before);
    EXPECT_EQ(results.at(0).before->reason, Reason::timeout);
    EXPECT_FALSE(results.at(1).before);
}

TEST_P(Reopening, LeavesACallAloneThatWasCompletedSinceItWasChosen) {
    const auto sid = call_sid(1);
    give_up(sid, Stage::transcript, Reason::timeout);
    const auto before = chosen({.stage = Stage::transcript, .status = Status::failed});
    settle(sid, [](call::Change& change) {
        change.stage = Stage::summary;
        change.statuses = {Status::completed, Status::completed, Status::completed};
        change.reason = std::nullopt;
    });
    EXPECT_THAT(reopen_all({before}, {.stage = Stage::transcript}), ElementsAre(Reopened::changed));
    EXPECT_EQ(host(sid).statuses[1], "completed");
}

TEST_P(Reopening, LeavesACallAloneThatWasDoneAgainSinceItWasChosen) {
    const auto sid = call_sid(1);
    complete(sid);
    const auto before = chosen({.stage = Stage::summary, .status = Status::completed});
    EXPECT_THAT(reopen_all({before}, {.stage = Stage::summary}), ElementsAre(Reopened::done));
    settle(sid, [](call::Change& change) {
        change.statuses[at(Stage::summary)] = Status::completed;
        change.due_at = std::nullopt;
    });
    EXPECT_THAT(reopen_all({before}, {.stage = Stage::summary}), ElementsAre(Reopened::changed));
}

TEST_P(Reopening, TakesACallThatFailedAgainSinceItWasChosen) {
    const auto sid = call_sid(1);
    give_up(sid, Stage::transcript, Reason::timeout);
    const auto before = chosen({.stage = Stage::transcript, .status = Status::failed});
    settle(sid, [](call::Change& change) {
        change.reason = Reason::bad_reply;
        change.attempts = 2;
    });
    EXPECT_THAT(reopen_all({before}, {.stage = Stage::transcript}), ElementsAre(Reopened::done));
}

TEST_P(Reopening, TakesNothingFromUnderAWorkerOnlyBecausePermanentReasonsAreForced) {
    const auto sid = call_sid(1);
    complete(sid);
    claim(sid);
    EXPECT_THAT(reopen_all({{sid}}, {.stage = Stage::summary, .force = true}),
                ElementsAre(Reopened::busy));
}

TEST_P(Reopening, OfARowThatTheHostRefusesCostsTheOthersNothing) {
    for (const int number : {1, 2, 3}) {
        auto facts = ringing();
        facts.from = number == 2 ? "+666" : "+1";
        hear_of(call_sid(number), facts);
        settle(call_sid(number), [](call::Change& change) {
            change.statuses = {Status::completed, Status::completed, Status::failed};
            change.stage = Stage::summary;
            change.reason = Reason::timeout;
            change.due_at = std::nullopt;
        });
    }
    backend().refuse("+666");
    const std::vector<port::NamedCall> calls{{call_sid(1)}, {call_sid(2)}, {call_sid(3)}};
    const auto results = store().reopen(calls, {{.stage = Stage::summary}});
    EXPECT_THAT(verdicts(results), ElementsAre(Reopened::done, Reopened::refused, Reopened::done));
    EXPECT_NE(results[1].refusal, "") << "an operator has to know why";
    EXPECT_EQ(host(call_sid(3)).statuses[2], "pending");
    EXPECT_EQ(host(call_sid(2)).statuses[2], "failed");
    EXPECT_EQ(call(call_sid(2)).reason, Reason::timeout) << "all of it is as it was";
}

TEST_P(Reopening, MayBeOfNoCallAtAll) {
    EXPECT_TRUE(store().reopen({}, {{.stage = Stage::summary}}).empty());
}

} // namespace
} // namespace callctl::contract
