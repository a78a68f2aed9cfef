#include "contract/store_contract.hpp"

namespace callctl::contract {
namespace {

using call::Reason;
using call::Stage;
using call::Status;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class Sweep : public StoreContract {
  protected:
    port::SweepReport sweep(const port::SweepRequest& request = {}) {
        const auto counted = rehearse(request).sweep;
        const auto report = store().sweep(request, heed);
        EXPECT_EQ(counted.adopted, report.adopted) << "the rehearsal counts what the pass does";
        EXPECT_EQ(counted.reset, report.reset);
        EXPECT_EQ(counted.replayed, report.replayed);
        EXPECT_EQ(counted.expired_leases, report.expired_leases);
        EXPECT_EQ(counted.refused, report.refused);
        return report;
    }
    port::Rehearsal rehearse(const port::SweepRequest& request = {},
                             const std::vector<call::Delivery>& news = {}) {
        return store().rehearse({.news = news, .sweep = request, .claim = contract::request(1'000)},
                                heed);
    }
    void rest(const base::CallSid& sid, call::StageStatuses statuses, Stage stage,
              std::optional<Reason> reason) {
        settle(sid, [&](call::Change& change) {
            change.statuses = statuses;
            change.stage = stage;
            change.reason = reason;
            change.attempts = 8;
            change.crashes = 2;
            change.due_at = std::nullopt;
        });
    }
    std::int64_t insert(int number, std::chrono::hours age = 1h) {
        auto row = host_row(call_sid(number));
        row.created_at = store().now() - age;
        return backend().insert_host(row);
    }
};
INSTANTIATE_TEST_SUITE_P(Store, Sweep, testing::ValuesIn(backends()), backend_name);

TEST_P(Sweep, FindsNothingInAnEmptyTable) {
    const auto report = sweep();
    EXPECT_EQ(report.adopted + report.reset + report.replayed + report.expired_leases, 0U);
}

TEST_P(Sweep, AdoptsRowsThatNobodyToldUsOf) {
    insert(1);
    insert(2);
    EXPECT_EQ(sweep().adopted, 2U);
    const auto adopted = call(call_sid(1));
    EXPECT_EQ(adopted.stage, Stage::recording);
    EXPECT_LE(adopted.due_at.value(), store().now());
    EXPECT_LE(adopted.created_at, store().now() - 1h);
    EXPECT_THAT(store().claim_due(request(9)), SizeIs(2));
    EXPECT_EQ(sweep().adopted, 0U) << "a second pass has nothing to do";
}

TEST_P(Sweep, DryRunChangesNothing) {
    insert(1);
    const auto before = host(call_sid(1));
    EXPECT_EQ(rehearse().sweep.adopted, 1U);
    EXPECT_THAT(store().claim_due(request(9)), IsEmpty());
    EXPECT_EQ(host(call_sid(1)).updated_at, before.updated_at);
    EXPECT_EQ(rehearse().sweep.adopted, 1U);
}

TEST_P(Sweep, RehearsalShowsWhatTheClaimAfterThePassTakes) {
    insert(1);
    hear_of(call_sid(2));
    hear_of(call_sid(3));
    rest(call_sid(3), {Status::completed, Status::completed, Status::failed}, Stage::summary, {});
    backend().change_host(call_sid(3), [](fakes::HostRow& row) { row.statuses[2] = "pending"; });
    backend().refuse("+666");
    auto bad = ringing();
    bad.from = "+666";
    ASSERT_EQ(ingest(delivery(call_sid(4), bad)).kept, 1U);
    backend().refuse("");
    hear_of(call_sid(5));
    backend().delete_host(call_sid(5));
    const std::vector news{delivery(call_sid(6), ringing()), delivery(call_sid(6), ringing())};

    std::vector<base::CallSid> due;
    for (const call::Call& call : rehearse({}, news).due) {
        due.push_back(call.sid);
    }
    EXPECT_FALSE(store().find(call_sid(6))) << "nothing is changed";
    store().ingest(news, heed);
    store().sweep({}, heed);
    std::vector<base::CallSid> taken;
    for (const port::Claim& claim : store().claim_due(request(9))) {
        taken.push_back(claim.call.sid);
    }
    EXPECT_THAT(due, testing::UnorderedElementsAreArray(taken));
    EXPECT_THAT(taken, SizeIs(5));
}

TEST_P(Sweep, RehearsalPlansNothingThatWaitsForAClosedProvider) {
    insert(1);
    store().close_provider(call::Provider::twilio, Reason::auth, "401", 1h, store().now());
    EXPECT_EQ(rehearse().sweep.adopted, 1U);
    EXPECT_THAT(rehearse().due, IsEmpty());
}

TEST_P(Sweep, CountsRowsThatTheHostRefusesAndTakesUpTheOthers) {
    for (const int number : {1, 2, 3, 4, 5}) {
        auto row = host_row(call_sid(number));
        row.from_number = number == 3 ? "+666" : "+1";
        row.statuses = {}; // inferred, and set
        backend().insert_host(row);
    }
    rest(call_sid(2), {Status::completed, Status::completed, Status::failed}, Stage::summary, {});
    backend().change_host(call_sid(2), [](fakes::HostRow& row) { row.statuses[2] = "pending"; });
    backend().refuse("+666");
    const auto report = sweep();
    EXPECT_EQ(report.refused, 1U);
    EXPECT_THAT(report.refusal, testing::HasSubstr("refuse"));
    EXPECT_EQ(report.adopted, 3U);
    EXPECT_EQ(report.reset, 1U);
    EXPECT_EQ(sweep().refused, 1U) << "and says so again";
    backend().refuse("");
    EXPECT_EQ(sweep().adopted, 1U);
}

struct Inference {
    std::string name;
    std::function<void(fakes::HostRow&)> edit;
    std::array<std::string, 3> statuses;
    std::optional<Stage> stage; ///< nothing: nothing is left to do
};

TEST_P(Sweep, InfersStatusesThatNobodySet) {
    const std::string fifty(50, 'x');
    const std::vector<Inference> table{
        {"nothing", [](auto&) {}, {"pending", "pending", "pending"}, Stage::recording},
        {"sid only",
         [](auto& row) { row.recording_sid = recording_sid(1).str(); },
         {"recording", "pending", "pending"},
         Stage::recording},
        {"url",
         [](auto& row) { row.recording_url = "/x"; },
         {"completed", "pending", "pending"},
         Stage::transcript},
        {"transcript of 50",
         [&](auto& row) { row.final_transcript = fifty; },
         {"pending", "pending", "pending"},
         Stage::recording},
        {"transcript of 51",
         [&](auto& row) {
             row.recording_url = "/x";
             row.final_transcript = fifty + "x";
         },
         {"completed", "completed", "pending"},
         Stage::summary},
        {"live transcript of 51",
         [&](auto& row) {
             row.recording_url = "/x";
             row.transcription = fifty + "x";
         },
         {"completed", "completed", "pending"},
         Stage::summary},
        {"characters, not bytes",
         [](auto& row) { row.summary = "שלוםשלוםשלוםשלוםשלום"; },
         {"pending", "pending", "pending"},
         Stage::recording},
        {"summary of 21",
         [](auto& row) { row.summary = "שלוםשלוםשלוםשלוםשלום!"; },
         {"pending", "pending", "completed"},
         Stage::recording},
        {"all done",
         [&](auto& row) {
             row.recording_url = "/x";
             row.final_transcript = fifty + "x";
             row.summary = fifty;
         },
         {"completed", "completed", "completed"},
         std::nullopt},
    };
    int number = 0;
    for (const auto& sample : table) {
        SCOPED_TRACE(sample.name);
        const auto sid = call_sid(++number);
        auto row = host_row(sid);
        row.statuses = {};
        row.created_at = store().now();
        sample.edit(row);
        backend().insert_host(row);
        ASSERT_EQ(sweep().adopted, 1U);
        EXPECT_EQ(call(sid).due_at.has_value(), sample.stage.has_value());
        EXPECT_EQ(call(sid).stage, sample.stage.value_or(Stage::summary));
        EXPECT_THAT(host(sid).statuses,
                    ElementsAre(sample.statuses[0], sample.statuses[1], sample.statuses[2]));
    }
}

TEST_P(Sweep, LeavesARowAloneThatSaysThatNothingIsLeftToDo) {
    auto row = host_row(call_sid(1));
    row.statuses = {"completed", "skipped", "skipped"};
    row.created_at = store().now();
    backend().insert_host(row);
    EXPECT_EQ(sweep().adopted, 0U);
}

TEST_P(Sweep, NeverOverwritesAStatusThatSomebodySet) {
    auto row = host_row(call_sid(1));
    row.statuses = {"failed", std::nullopt, "archived"};
    row.recording_url = "/x";
    row.last_error = "the host's own words";
    row.retry_count = 2;
    row.created_at = store().now();
    backend().insert_host(row);
    EXPECT_EQ(sweep().adopted, 1U);
    EXPECT_THAT(host(call_sid(1)).statuses, ElementsAre("failed", "pending", "archived"));
    EXPECT_EQ(host(call_sid(1)).last_error, "the host's own words");
    EXPECT_EQ(host(call_sid(1)).retry_count, 2);
    EXPECT_EQ(call(call_sid(1)).status(Stage::summary), std::nullopt);
}

TEST_P(Sweep, TakesTheFactsFromTheRow) {
    auto row = host_row(call_sid(1));
    row.created_at = store().now();
    row.statuses = {"completed", std::nullopt, std::nullopt};
    row.from_number = "+15550001";
    row.to_number = "unknown";
    row.direction = "outbound";
    row.call_status = "no-answer";
    row.duration = 33;
    row.parent_call_sid = call_sid(77).str();
    row.recording_url = "/2010-04-01/Accounts/AC00000000000000000000000000000000/Recordings/" +
                        recording_sid(5).str() + ".json";
    backend().insert_host(row);
    EXPECT_EQ(sweep().adopted, 1U);
    const auto facts = call(call_sid(1)).facts;
    EXPECT_EQ(facts.from, "+15550001");
    EXPECT_EQ(facts.to, "");
    EXPECT_EQ(facts.direction, call::Direction::outbound);
    EXPECT_EQ(facts.state, call::CallState::no_answer);
    EXPECT_EQ(facts.duration, 33s);
    EXPECT_EQ(facts.parent, call_sid(77)) << "child legs are adopted too";
    EXPECT_EQ(facts.recording.sid, recording_sid(5));
    EXPECT_EQ(facts.recording.state, call::RecordingState::completed);
    EXPECT_EQ(facts.recording_count, 1);
}

TEST_P(Sweep, SkipsRowsWithoutAUsableSid) {
    fakes::HostRow row;
    row.created_at = store().now();
    for (const std::optional<std::string>& sid :
         {std::optional<std::string>{}, std::optional<std::string>{""},
          std::optional<std::string>{"unknown"}, std::optional<std::string>{"CA123"}}) {
        row.call_sid = sid;
        backend().insert_host(row);
    }
    EXPECT_EQ(sweep().adopted, 0U);
}

TEST_P(Sweep, TakesADoubledSidOnceByItsLowestId) {
    auto row = host_row(call_sid(1));
    row.created_at = store().now();
    row.from_number = "+15550001";
    backend().insert_host(row);
    row.from_number = "+15550002";
    backend().insert_host(row);
    EXPECT_EQ(sweep().adopted, 1U);
    EXPECT_EQ(call(call_sid(1)).facts.from, "+15550001");
    EXPECT_EQ(sweep().adopted, 0U);
    EXPECT_EQ(sweep().reset, 0U);
}

TEST_P(Sweep, LeavesRowsBeyondTheHorizonAlone) {
    insert(1, 24h * 8);
    insert(2, 24h * 6);
    EXPECT_EQ(sweep().adopted, 1U);
    EXPECT_TRUE(call(call_sid(2)).due_at);
    EXPECT_FALSE(call(call_sid(1)).due_at);
    EXPECT_EQ(sweep({.horizon = 24h * 30}).adopted, 1U);
}

// As after an import of old calls: their ids are new.
TEST_P(Sweep, FindsYoungRowsBelowAnyNumberOfOldOnes) {
    insert(1);
    for (int number = 2; number < 20; ++number) {
        insert(number, 24h * 365);
    }
    const port::SweepRequest request{.limit = 4, .page = 2};
    std::size_t adopted = 0;
    int passes = 0;
    while (adopted == 0 && ++passes < 30) {
        adopted += sweep(request).adopted;
    }
    EXPECT_EQ(adopted, 1U);
    EXPECT_TRUE(call(call_sid(1)).due_at);
}

TEST_P(Sweep, TakesATimeToComeForNow) {
    insert(1, -24h * 365);
    EXPECT_EQ(sweep().adopted, 1U);
    EXPECT_LE(call(call_sid(1)).created_at, store().now());
}

TEST_P(Sweep, AdoptsARowWithoutATime) {
    backend().insert_host(host_row(call_sid(1)));
    const auto before = store().now();
    EXPECT_EQ(sweep().adopted, 1U);
    EXPECT_GE(call(call_sid(1)).created_at, before - 1s);
}

TEST_P(Sweep, TakesUpACallThatTheHostSetBack) {
    const auto sid = call_sid(1);
    hear_of(sid);
    rest(sid, {Status::completed, Status::completed, Status::completed}, Stage::summary, {});
    EXPECT_EQ(sweep().reset, 0U);
    backend().change_host(sid, [](fakes::HostRow& row) { row.statuses[1] = "pending"; });
    const auto news = call(sid).news;
    EXPECT_EQ(sweep().reset, 1U);
    const auto after = call(sid);
    EXPECT_EQ(after.stage, Stage::transcript);
    EXPECT_EQ(after.attempts, 0);
    EXPECT_EQ(after.crashes, 0);
    EXPECT_GT(after.news, news);
    EXPECT_LE(after.due_at.value(), store().now());
    EXPECT_EQ(host(sid).retry_count, 0);
    EXPECT_THAT(host(sid).statuses, ElementsAre("completed", "pending", "completed"));
    EXPECT_EQ(sweep().reset, 0U);
}

TEST_P(Sweep, OpensWhatWasSkippedForWantOfARecordingThatTheHostWantsLookedFor) {
    for (const auto& [number, reason] :
         {std::pair{1, std::optional{Reason::no_answer}}, std::pair{2, std::optional<Reason>{}}}) {
        const auto sid = call_sid(number);
        hear_of(sid);
        rest(sid, {Status::skipped, Status::skipped, Status::skipped}, Stage::recording, reason);
        backend().change_host(sid, [](auto& row) { row.statuses[0] = "pending"; });
        EXPECT_EQ(sweep().reset, 1U);
        const auto* const later = reason ? "pending" : "skipped";
        EXPECT_THAT(host(sid).statuses, ElementsAre("pending", later, later));
    }
}

// It may be summarised by the words of the host's own.
TEST_P(Sweep, OpensNoStageBeforeTheOneThatTheHostWants) {
    const auto sid = call_sid(1);
    hear_of(sid);
    rest(sid, {Status::completed, Status::skipped, Status::skipped}, Stage::transcript,
         Reason::no_speech);
    backend().change_host(sid, [](auto& row) { row.statuses[2] = "pending"; });
    EXPECT_EQ(sweep().reset, 1U);
    EXPECT_THAT(host(sid).statuses, ElementsAre("completed", "skipped", "pending"));
    EXPECT_EQ(call(sid).stage, Stage::summary);
}

TEST_P(Sweep, AsksAfreshAboutACallThatTheHostSetBack) {
    const auto sid = call_sid(1);
    call::CallFacts seen;
    seen.observed_at = store().now();
    seen.observations = 9;
    seen.start_refused_at = store().now();
    seen.start_refusals = 3;
    seen.unknown_to_twilio = true;
    seen.recording.state = call::RecordingState::absent;
    seen.recording.error_code = 16101;
    hear_of(sid, seen);
    rest(sid, {Status::failed, Status::pending, Status::pending}, Stage::recording,
         Reason::not_recorded);
    backend().change_host(sid, [](auto& row) { row.statuses[0] = "pending"; });
    EXPECT_EQ(sweep().reset, 1U);
    const auto facts = call(sid).facts;
    EXPECT_FALSE(facts.observed_at);
    EXPECT_EQ(facts.observations, 0);
    EXPECT_FALSE(facts.start_refused_at);
    EXPECT_EQ(facts.start_refusals, 0);
    EXPECT_FALSE(facts.unknown_to_twilio);
    EXPECT_EQ(facts.recording.state, call::RecordingState::none);
    EXPECT_FALSE(facts.recording.error_code);
}

TEST_P(Sweep, SeesTheRecordingThatTheHostMadeLater) {
    const auto sid = call_sid(1);
    hear_of(sid, ringing());
    EXPECT_FALSE(call(sid).facts.recording.sid);
    backend().change_host(sid, [](auto& row) {
        row.recording_url =
            "https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/" + recording_sid(4).str();
        row.statuses[0] = "completed";
    });
    const auto known = call(sid);
    EXPECT_EQ(known.facts.recording.sid, recording_sid(4));
    EXPECT_EQ(known.facts.recording.state, call::RecordingState::completed);
    EXPECT_EQ(known.facts.recording_count, 1);
    settle(sid, [](call::Change& change) { change.due_at = std::nullopt; });
    EXPECT_EQ(call(sid).facts.recording.sid, recording_sid(4)) << "and keeps it";
}

TEST_P(Sweep, TakesUpACallThatTheHostSetForward) {
    const auto sid = call_sid(1);
    hear_of(sid);
    rest(sid, {Status::failed, {}, {}}, Stage::recording, Reason::not_recorded);
    EXPECT_EQ(sweep().reset, 0U) << "a failure that we wrote is not the host's doing";
    backend().change_host(sid, [](fakes::HostRow& row) { row.statuses[0] = "completed"; });
    EXPECT_EQ(sweep().reset, 1U);
    const auto after = call(sid);
    EXPECT_EQ(after.stage, Stage::transcript);
    EXPECT_EQ(after.reason, std::nullopt);
    EXPECT_EQ(after.detail, "");
    EXPECT_EQ(host(sid).last_error, "");
}

TEST_P(Sweep, TakesUpACallWhoseStatusTheHostEmptied) {
    const auto sid = call_sid(1);
    hear_of(sid);
    rest(sid, {Status::completed, Status::completed, Status::completed}, Stage::summary, {});
    backend().change_host(sid, [](fakes::HostRow& row) { row.statuses[2] = std::nullopt; });
    EXPECT_EQ(sweep().reset, 1U);
    EXPECT_EQ(call(sid).stage, Stage::summary);
}

TEST_P(Sweep, LeavesEndStatesOfTheHostsOwnAlone) {
    const auto sid = call_sid(1);
    hear_of(sid);
    rest(sid, {Status::failed, {}, {}}, Stage::recording, Reason::not_recorded);
    backend().change_host(sid, [](fakes::HostRow& row) {
        row.statuses = {"completed", "skipped", "failed"};
    });
    EXPECT_EQ(sweep().reset, 0U);
    EXPECT_FALSE(call(sid).due_at);
}

TEST_P(Sweep, CountsACallAsGivenUpNoMoreWhoseRowTheHostHasDeleted) {
    const auto give_up = [&](int number) {
        hear_of(call_sid(number));
        rest(call_sid(number), {Status::completed, Status::failed, Status::pending},
             Stage::transcript, Reason::timeout);
    };
    for (const int number : {1, 2, 3}) {
        give_up(number);
    }
    backend().delete_host(call_sid(1));
    backend().delete_host(call_sid(3));
    sweep();
    const auto figures = store().figures();
    ASSERT_THAT(figures.given_up, SizeIs(1));
    EXPECT_EQ(figures.given_up[0].calls, 1);
    EXPECT_EQ(call(call_sid(1)).reason, Reason::not_eligible);
    EXPECT_EQ(call(call_sid(2)).reason, Reason::timeout);
}

TEST_P(Sweep, CountsACallAsGivenUpNoMoreWhoseStagesTheHostHasEnded) {
    const std::vector<std::array<const char*, 3>> all{{"completed", "completed", "completed"},
                                                      {"completed", "completed", "skipped"},
                                                      {"completed", "completed", "failed"},
                                                      {"completed", "failed", "completed"}};
    for (int number = 0; const auto& words : all) {
        const auto sid = call_sid(++number);
        hear_of(sid);
        rest(sid, {Status::completed, Status::failed, Status::pending}, Stage::transcript,
             Reason::timeout);
        backend().change_host(sid, [&](fakes::HostRow& row) {
            row.statuses = {words[0], words[1], words[2]};
        });
    }
    sweep();
    const auto figures = store().figures();
    ASSERT_THAT(figures.given_up, SizeIs(2));
    EXPECT_EQ(figures.given_up[0].calls, 1);
    EXPECT_EQ(figures.given_up[1].calls, 1);
    EXPECT_EQ(call(call_sid(1)).reason, std::nullopt);
    EXPECT_EQ(call(call_sid(1)).stage, Stage::summary);
    EXPECT_EQ(call(call_sid(2)).detail, "");
    EXPECT_EQ(call(call_sid(3)).reason, Reason::rejected);
    EXPECT_EQ(call(call_sid(3)).stage, Stage::summary);
    EXPECT_EQ(call(call_sid(4)).reason, Reason::timeout);
}

TEST_P(Sweep, CountsACallAsGivenUpThatTheHostHasSetToFailed) {
    for (const int number : {1, 2, 3}) {
        hear_of(call_sid(number));
    }
    rest(call_sid(1), {Status::completed, Status::completed, Status::completed}, Stage::summary,
         {});
    rest(call_sid(2), {Status::completed, Status::skipped, Status::skipped}, Stage::transcript,
         Reason::no_speech);
    rest(call_sid(3), {Status::completed, Status::completed, Status::completed}, Stage::summary,
         {});
    for (const int number : {1, 2}) {
        backend().change_host(call_sid(number), [](fakes::HostRow& row) {
            row.statuses[1] = "failed";
            row.last_error = "nobody can read this";
        });
    }
    EXPECT_EQ(sweep().reset, 0U) << "nothing is set back, or paid for again";
    for (const int number : {1, 2}) {
        const auto known = call(call_sid(number));
        EXPECT_EQ(known.stage, Stage::transcript);
        EXPECT_EQ(known.reason, Reason::rejected);
        EXPECT_EQ(known.detail, "the application has set it to failed");
        EXPECT_FALSE(known.due_at);
        EXPECT_EQ(host(call_sid(number)).last_error, "nobody can read this");
    }
    const auto figures = store().figures();
    ASSERT_THAT(figures.given_up, SizeIs(1));
    EXPECT_EQ(figures.given_up[0].calls, 2);
    backend().change_host(call_sid(1), [](fakes::HostRow& row) { row.statuses[1] = "pending"; });
    backend().change_host(call_sid(2), [](fakes::HostRow& row) { row.statuses[1] = "skipped"; });
    EXPECT_EQ(sweep().reset, 1U);
    EXPECT_EQ(call(call_sid(1)).stage, Stage::transcript);
    EXPECT_THAT(store().figures().given_up, IsEmpty());
}

TEST_P(Sweep, TakesUpACallWhoseRecordingIsThereThoughTheHostCallsItFailed) {
    const auto sid = call_sid(1);
    call::CallFacts recorded;
    recorded.recording = {.sid = recording_sid(1), .state = call::RecordingState::completed};
    hear_of(sid, recorded);
    rest(sid, {Status::completed, Status::completed, Status::completed}, Stage::summary, {});
    backend().change_host(sid, [](fakes::HostRow& row) { row.statuses[0] = "failed"; });
    EXPECT_EQ(sweep().reset, 1U);
    EXPECT_EQ(call(sid).stage, Stage::recording);
    EXPECT_LE(call(sid).due_at.value(), store().now());
}

TEST_P(Sweep, RetiresAllWhoseRowsAreDeletedWithinAFewPasses) {
    for (int number = 1; number <= 7; ++number) {
        hear_of(call_sid(number));
        rest(call_sid(number), {Status::failed}, Stage::recording, Reason::absent);
        if (number % 2 == 0) {
            backend().delete_host(call_sid(number));
            backend().advance(1s);
        }
    }
    for (int pass = 0; pass < 4; ++pass) {
        sweep({.limit = 2, .page = 2});
    }
    const auto figures = store().figures();
    ASSERT_THAT(figures.given_up, SizeIs(1));
    EXPECT_EQ(figures.given_up[0].calls, 4);
}

TEST_P(Sweep, TakesUpACallWhoseRowTheHostHasInsertedAnew) {
    hear_of(call_sid(1));
    rest(call_sid(1), {Status::failed}, Stage::recording, Reason::absent);
    backend().delete_host(call_sid(1));
    sweep();
    insert(1);
    EXPECT_EQ(sweep().reset, 1U);
    EXPECT_EQ(call(call_sid(1)).reason, std::nullopt);
    EXPECT_THAT(store().claim_due(request(9)), SizeIs(1));
}

TEST_P(Sweep, LeavesSkippedWhatTheHostSkipsInARowThatItHasInsertedAnew) {
    hear_of(call_sid(1));
    rest(call_sid(1), {Status::completed, Status::failed}, Stage::transcript, Reason::timeout);
    backend().delete_host(call_sid(1));
    sweep();
    auto row = host_row(call_sid(1));
    row.statuses = {"completed", "pending", "skipped"};
    backend().insert_host(row);
    EXPECT_EQ(sweep().reset, 1U);
    EXPECT_EQ(call(call_sid(1)).statuses[at(Stage::summary)], Status::skipped);
}

TEST_P(Sweep, ForgetsALeaseThatRanOutOverACallAtRest) {
    const auto sid = call_sid(1);
    hear_of(sid);
    rest(sid, {Status::completed, Status::completed, Status::completed}, Stage::summary, {});
    const auto dead = claim(sid);
    backend().advance(61s);
    backend().change_host(sid, [](fakes::HostRow& row) { row.statuses[2] = "pending"; });
    EXPECT_EQ(sweep().reset, 1U);
    EXPECT_EQ(store().write(dead.lease, unchanged(dead.call)), port::Written::superseded);
    EXPECT_EQ(claim(sid, "w2").call.crashes, 0);
}

TEST_P(Sweep, LeavesACallThatAWorkerHolds) {
    const auto sid = call_sid(1);
    hear_of(sid);
    rest(sid, {Status::completed, Status::completed, Status::completed}, Stage::summary, {});
    backend().change_host(sid, [](fakes::HostRow& row) { row.statuses[1] = "pending"; });
    const auto held = claim(sid);
    EXPECT_EQ(sweep().reset, 0U);
    store().release(held.lease);
    EXPECT_EQ(sweep().reset, 1U);
}

TEST_P(Sweep, AppliesDeliveriesThatCouldNotBeApplied) {
    backend().refuse("+666");
    auto bad = ringing();
    bad.from = "+666";
    bad.recording = {.sid = recording_sid(1), .state = call::RecordingState::completed};
    ASSERT_EQ(ingest(delivery(call_sid(1), bad, "1")).kept, 1U);
    EXPECT_EQ(sweep().replayed, 0U) << "still refused";
    EXPECT_EQ(store().overview({}).inbox_unapplied, 1);
    backend().refuse("");
    EXPECT_EQ(sweep().replayed, 1U);
    EXPECT_EQ(store().overview({}).inbox_unapplied, 0);
    const auto after = call(call_sid(1));
    EXPECT_EQ(after.facts.from, "+666");
    EXPECT_EQ(after.facts.recording.sid, recording_sid(1));
    EXPECT_EQ(after.stage, Stage::transcript);
    EXPECT_EQ(sweep().replayed, 0U);
}

TEST_P(Sweep, ReplaysEveryFactOfADelivery) {
    backend().refuse("+666");
    auto news = full_facts(store().now());
    news.from = "+666";
    ASSERT_EQ(ingest(delivery(call_sid(1), news)).kept, 1U);
    backend().refuse("");
    EXPECT_EQ(sweep().replayed, 1U);
    EXPECT_EQ(call(call_sid(1)).facts, news);
}

TEST_P(Sweep, AppliedDeliveryAndRowOfOneCallCountOnce) {
    insert(1);
    backend().refuse("+666");
    auto bad = ringing();
    bad.from = "+666";
    ASSERT_EQ(ingest(delivery(call_sid(1), bad)).kept, 1U);
    backend().refuse("");
    const auto report = sweep();
    EXPECT_EQ(report.replayed, 1U);
    EXPECT_EQ(report.adopted, 0U);
}

TEST_P(Sweep, CountsLeasesThatRanOut) {
    hear_of(call_sid(1));
    hear_of(call_sid(2));
    claim(call_sid(1));
    backend().advance(61s);
    claim(call_sid(2));
    EXPECT_EQ(sweep().expired_leases, 1U);
}

TEST_P(Sweep, LooksAtNoMoreRowsThanItsLimit) {
    for (int number = 1; number <= 20; ++number) {
        insert(number);
    }
    const auto report = sweep({.limit = 6, .page = 2});
    EXPECT_GT(report.adopted, 0U);
    EXPECT_LE(report.adopted, 6U);
    EXPECT_TRUE(call(call_sid(20)).due_at) << "the newest rows come first";
}

TEST_P(Sweep, ReachesEveryRowInTheHorizonWithinAFewPasses) {
    constexpr int k_rows = 23;
    for (int number = 1; number <= k_rows; ++number) {
        insert(number);
    }
    std::size_t adopted = 0;
    for (int pass = 0; pass < 8; ++pass) {
        adopted += sweep({.limit = 6, .page = 2}).adopted;
    }
    EXPECT_EQ(adopted, static_cast<std::size_t>(k_rows));
    EXPECT_TRUE(call(call_sid(1)).due_at);

    // A row that the host resets later is found again, however deep it lies.
    rest(call_sid(2), {Status::completed, Status::completed, Status::completed}, Stage::summary,
         {});
    backend().change_host(call_sid(2), [](fakes::HostRow& row) { row.statuses[1] = "pending"; });
    std::size_t reset = 0;
    for (int pass = 0; pass < 16; ++pass) {
        reset += sweep({.limit = 6, .page = 2}).reset;
    }
    EXPECT_EQ(reset, 1U);
}

class Listing : public StoreContract {};
INSTANTIATE_TEST_SUITE_P(Store, Listing, testing::ValuesIn(backends()), backend_name);

TEST_P(Listing, RemembersUpToWhenItWasComplete) {
    EXPECT_EQ(store().listed_until(), std::nullopt);
    const base::Time first{std::chrono::milliseconds{1'767'268'800'123}};
    store().set_listed_until(first);
    EXPECT_EQ(store().listed_until(), first);
    store().set_listed_until(first - 1h);
    EXPECT_EQ(store().listed_until(), first) << "a slower pass ended later";
    store().set_listed_until(first + 1h);
    EXPECT_EQ(store().listed_until(), first + 1h);
}

TEST_P(Listing, FindsOfManyCallsThoseThatAreKnown) {
    hear_of(call_sid(1), ringing());
    backend().insert_host(host_row(call_sid(2)));
    const std::vector asked{call_sid(1), call_sid(2), call_sid(3)};
    auto found = store().find_all(asked);
    std::ranges::sort(found, {}, &call::Call::sid);
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].facts, call(call_sid(1)).facts);
    EXPECT_EQ(found[1].sid, call_sid(2)) << "only the host has it";
    EXPECT_EQ(found[1].due_at, std::nullopt);
    EXPECT_TRUE(store().find_all({}).empty());
}

} // namespace
} // namespace callctl::contract
