#include "contract/store_contract.hpp"

namespace callctl::contract {
namespace {

using call::Reason;
using call::Stage;
using port::Written;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

CALLCTL_CONTRACT(Claims);

std::vector<base::CallSid> sids(const std::vector<port::Claim>& claims) {
    std::vector<base::CallSid> found;
    for (const auto& claim : claims) {
        found.push_back(claim.call.sid);
    }
    return found;
}

TEST_P(Claims, TakeTheMostOverdueFirstWithinTheLimit) {
    for (const int number : {2, 3, 1}) {
        hear_of(call_sid(number));
        backend().advance(1s);
    }
    EXPECT_THAT(sids(store().claim_due(request(2))), ElementsAre(call_sid(2), call_sid(3)));
    EXPECT_THAT(sids(store().claim_due(request(2))), ElementsAre(call_sid(1)));
    EXPECT_THAT(store().claim_due(request(2)), IsEmpty());
}

TEST_P(Claims, ALimitOfNothingTakesNothing) {
    hear_of(call_sid(1));
    EXPECT_THAT(store().claim_due(request(0)), IsEmpty());
}

TEST_P(Claims, BringTheCallAsItIsAndALease) {
    const auto sid = call_sid(1);
    hear_of(sid, full_facts(store().now()));
    const auto before = store().now();
    const auto claims = store().claim_due(request());
    ASSERT_THAT(claims, SizeIs(1));
    EXPECT_EQ(claims[0].call.sid, sid);
    EXPECT_EQ(claims[0].call.facts, call(sid).facts);
    EXPECT_EQ(claims[0].call.statuses, call(sid).statuses);
    EXPECT_EQ(claims[0].call.news, 1);
    EXPECT_EQ(claims[0].lease.call, claims[0].call.id);
    EXPECT_GE(claims[0].lease.until, before + 60s);
    EXPECT_EQ(claims[0].call.crashes, 0);
}

TEST_P(Claims, LeaveCallsThatAreNotDueOrAtRest) {
    hear_of(call_sid(1));
    hear_of(call_sid(2));
    settle(call_sid(1), [&](call::Change& change) { change.due_at = store().now() + 10s; });
    settle(call_sid(2), [](call::Change& change) { change.due_at = std::nullopt; });
    EXPECT_THAT(store().claim_due(request(9)), IsEmpty());
    backend().advance(11s);
    EXPECT_THAT(sids(store().claim_due(request(9))), ElementsAre(call_sid(1)));
}

TEST_P(Claims, TakeOnlyTheStageAskedFor) {
    hear_of(call_sid(1));
    hear_of(call_sid(2));
    settle(call_sid(2), [](call::Change& change) { change.stage = Stage::summary; });
    auto wanted = request(9);
    wanted.stage = Stage::summary;
    EXPECT_THAT(sids(store().claim_due(wanted)), ElementsAre(call_sid(2)));
}

TEST_P(Claims, TakeOnlyCallsCreatedSince) {
    hear_of(call_sid(1));
    backend().advance(2h);
    hear_of(call_sid(2));
    auto wanted = request(9);
    wanted.since = 1h;
    EXPECT_THAT(sids(store().claim_due(wanted)), ElementsAre(call_sid(2)));
}

TEST_P(Claims, LeaveTheStageOfAClosedProviderUnlessToldOtherwise) {
    hear_of(call_sid(1));
    hear_of(call_sid(2));
    hear_of(call_sid(3));
    settle(call_sid(2), [](call::Change& change) { change.stage = Stage::transcript; });
    settle(call_sid(3), [](call::Change& change) { change.stage = Stage::summary; });
    store().close_provider(call::Provider::transcription, Reason::quota, "", 10min, store().now());
    EXPECT_THAT(sids(store().claim_due(request(9))),
                testing::UnorderedElementsAre(call_sid(1), call_sid(3)));
    auto all = request(9);
    all.skip_closed_providers = false;
    EXPECT_THAT(sids(store().claim_due(all)), ElementsAre(call_sid(2)));
}

TEST_P(Claims, TakeUpTheStageWhenItsProviderIsOpenAgain) {
    hear_of(call_sid(1));
    store().close_provider(call::Provider::twilio, Reason::unreachable, "", 10s, store().now());
    EXPECT_THAT(store().claim_due(request()), IsEmpty());
    backend().advance(11s);
    EXPECT_THAT(store().claim_due(request()), SizeIs(1));
}

TEST_P(Claims, AreNoMoreThanTheProviderHasPlacesFor) {
    for (int number = 1; number <= 5; ++number) {
        hear_of(call_sid(number));
    }
    const auto busy = claim(call_sid(5)).lease;
    ASSERT_TRUE(store().take_place(busy, call::Provider::twilio, 3));
    auto wanted = request(9);
    wanted.places = {3, 0, 0};
    EXPECT_THAT(sids(store().claim_due(wanted)), ElementsAre(call_sid(1), call_sid(2)));
    wanted.places = {1, 0, 0};
    EXPECT_THAT(store().claim_due(wanted), IsEmpty());
    store().leave_place(busy, call::Provider::twilio);
    EXPECT_THAT(sids(store().claim_due(wanted)), ElementsAre(call_sid(3)));
}

TEST_P(Claims, AreOfTheNewestCallsWhereTheProviderHasFewPlaces) {
    for (int number = 1; number <= 4; ++number) {
        hear_of(call_sid(number));
        backend().advance(1min);
    }
    auto wanted = request(3);
    wanted.order = port::ClaimOrder::newest;
    wanted.places = {1, 0, 0};
    EXPECT_THAT(sids(store().claim_due(wanted)), ElementsAre(call_sid(4)));
}

TEST_P(Claims, TakeWhatIsDueBehindCallsOfAFullProvider) {
    for (int number = 1; number <= 6; ++number) {
        hear_of(call_sid(number));
    }
    settle(call_sid(5), [](call::Change& change) { change.stage = Stage::transcript; });
    settle(call_sid(6), [](call::Change& change) { change.stage = Stage::summary; });
    auto wanted = request(3);
    wanted.places = {1, 1, 0};
    EXPECT_THAT(sids(store().claim_due(wanted)),
                testing::UnorderedElementsAre(call_sid(1), call_sid(5), call_sid(6)));
}

TEST_P(Claims, AreTriedAgainInASecondWhereTheProviderIsFull) {
    hear_of(call_sid(1));
    hear_of(call_sid(2));
    const auto busy = claim(call_sid(1)).lease;
    ASSERT_TRUE(store().take_place(busy, call::Provider::twilio, 1));
    port::ClaimRequest wanted;
    EXPECT_LE(store().next_due(wanted).value(), store().now());
    wanted.places = {1, 0, 0};
    const auto before = store().now();
    const auto next = store().next_due(wanted).value();
    EXPECT_GE(next, before + 1s);
    EXPECT_LE(next, store().now() + 1s);
}

TEST_P(Claims, ALeaseThatRanOutCountsACrashAndIsNews) {
    const auto sid = call_sid(1);
    hear_of(sid);
    const auto first = store().claim_due(request());
    ASSERT_THAT(first, SizeIs(1));
    ASSERT_EQ(store().begin_attempt(first[0].lease, Stage::transcript, first[0].call.news),
              Written::done);
    backend().advance(59s);
    EXPECT_THAT(store().claim_due(request(1, "w2")), IsEmpty());
    backend().advance(2s);
    const auto second = store().claim_due(request(1, "w2"));
    ASSERT_THAT(second, SizeIs(1));
    EXPECT_EQ(second[0].call.crashes, 1);
    EXPECT_EQ(second[0].call.news, first[0].call.news + 1);
    EXPECT_GT(second[0].lease.token, first[0].lease.token);
    const auto attempts = store().story(sid)->attempts;
    ASSERT_THAT(attempts, SizeIs(1));
    EXPECT_TRUE(attempts[0].finished_at);
    EXPECT_EQ(attempts[0].end.reason, Reason::crashed);
    EXPECT_FALSE(attempts[0].end.burnt);
    EXPECT_EQ(attempts[0].worker, "w1");
}

TEST_P(Claims, LeaveALeaseThatRanOutToItsHolderWhereTheyAreAskedTo) {
    hear_of(call_sid(1));
    hear_of(call_sid(2));
    const auto held = store().claim_due(request());
    ASSERT_THAT(held, SizeIs(1));
    backend().advance(61s);
    for (const int places : {0, 4}) {
        auto free_ones = request(2, "w2");
        free_ones.take_over = false;
        free_ones.places = {places, places, places};
        const auto claims = store().claim_due(free_ones);
        ASSERT_THAT(claims, SizeIs(1));
        EXPECT_NE(claims[0].call.sid, held[0].call.sid);
        store().release(claims[0].lease);
    }
    EXPECT_THAT(store().claim_due(request(2, "w2")), SizeIs(2));
}

TEST_P(Claims, ALeaseGivenBackCountsNoCrash) {
    hear_of(call_sid(1));
    const auto first = store().claim_due(request());
    store().release(first.at(0).lease);
    const auto second = store().claim_due(request(1, "w2"));
    ASSERT_THAT(second, SizeIs(1));
    EXPECT_EQ(second[0].call.crashes, 0);
    EXPECT_GT(second[0].lease.token, first[0].lease.token);
}

TEST_P(Claims, DropACallWhoseRowTheHostDeleted) {
    const auto sid = call_sid(1);
    hear_of(sid);
    hear_of(call_sid(2));
    backend().delete_host(sid);
    EXPECT_THAT(sids(store().claim_due(request(9))), ElementsAre(call_sid(2)));
    const auto left = call(sid);
    EXPECT_FALSE(left.due_at);
    EXPECT_EQ(left.reason, Reason::not_eligible);
    backend().advance(2min);
    EXPECT_THAT(store().claim_due(request(9)), SizeIs(1)) << "only the one that is held";
}

TEST_P(Claims, ByNameTakeACallThatIsNotDue) {
    const auto sid = call_sid(1);
    hear_of(sid);
    settle(sid, [](call::Change& change) { change.due_at = std::nullopt; });
    const auto claimed = store().claim_call(sid, request());
    ASSERT_TRUE(claimed);
    EXPECT_EQ(claimed->call.sid, sid);
    EXPECT_EQ(store().reread(claimed->lease)->sid, sid);
}

TEST_P(Claims, ByNameRefuseAnUnknownCall) {
    const auto claimed = store().claim_call(call_sid(1), request());
    ASSERT_FALSE(claimed);
    EXPECT_EQ(claimed.error().kind, base::ErrorKind::not_found);
}

TEST_P(Claims, ByNameRefuseACallThatAnotherWorkerHolds) {
    const auto sid = call_sid(1);
    hear_of(sid);
    const auto first = claim(sid, "w1");
    const auto second = store().claim_call(sid, request(1, "w2"));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, base::ErrorKind::conflict);
    EXPECT_TRUE(store().reread(first.lease));
    backend().advance(61s);
    const auto third = store().claim_call(sid, request(1, "w2"));
    ASSERT_TRUE(third);
    EXPECT_EQ(third->call.crashes, 1);
}

TEST_P(Claims, ByNameTheHolderItselfGetsANewerLease) {
    const auto sid = call_sid(1);
    hear_of(sid);
    const auto first = claim(sid, "w1");
    const auto second = claim(sid, "w1");
    EXPECT_GT(second.lease.token, first.lease.token);
    EXPECT_EQ(second.call.crashes, 0);
    EXPECT_FALSE(store().reread(first.lease));
}

TEST_P(Claims, ByNameAdoptARowOfTheHostsHoweverOld) {
    const auto sid = call_sid(1);
    auto row = host_row(sid);
    row.created_at = store().now() - 24h * 400;
    row.statuses = {"completed", std::nullopt, std::nullopt};
    row.recording_sid = recording_sid(1).str();
    backend().insert_host(row);
    const auto seen = store().find(sid);
    ASSERT_TRUE(seen);
    EXPECT_FALSE(seen->due_at) << "looking at a call does not schedule it";
    EXPECT_THAT(store().claim_due(request(9)), IsEmpty());
    const auto held = claim(sid);
    EXPECT_EQ(held.call.stage, Stage::transcript);
    EXPECT_EQ(held.call.facts.recording.sid, recording_sid(1));
    EXPECT_TRUE(held.call.due_at);
    EXPECT_THAT(host(sid).statuses, ElementsAre("completed", "pending", "pending"));
}

TEST_P(Claims, ByNameFindTheRowThatTheHostPutInPlaceOfADeletedOne) {
    const auto sid = call_sid(1);
    hear_of(sid);
    backend().delete_host(sid);
    backend().insert_host(host_row(sid));
    const auto held = claim(sid);
    auto change = unchanged(held.call);
    change.statuses[at(Stage::recording)] = call::Status::completed;
    ASSERT_EQ(store().write(held.lease, change), Written::done);
    EXPECT_EQ(host(sid).statuses[0], "completed");
}

TEST_P(Claims, RenewKeepsWhatIsOursAndNamesWhatIsLost) {
    hear_of(call_sid(1));
    hear_of(call_sid(2));
    const auto kept = claim(call_sid(1), "w1");
    const auto lost = claim(call_sid(2), "w1");
    store().release(lost.lease);
    backend().advance(50s);
    const auto gone = store().renew(std::vector{kept.lease, lost.lease}, 60s, k_deadlines);
    ASSERT_THAT(gone, SizeIs(1));
    EXPECT_EQ(gone[0].call, lost.lease.call);
    EXPECT_EQ(gone[0].token, lost.lease.token);
    backend().advance(50s);
    EXPECT_FALSE(store().claim_call(call_sid(1), request(1, "w2"))) << "it was renewed";
    backend().advance(11s);
    EXPECT_TRUE(store().claim_call(call_sid(1), request(1, "w2")));
    EXPECT_THAT(store().renew(std::vector{kept.lease}, 60s, k_deadlines), SizeIs(1));
}

TEST_P(Claims, TakeTheNewestCallWhereTheyAreAskedTo) {
    for (const int number : {1, 2, 3}) {
        hear_of(call_sid(number));
        backend().advance(1min);
    }
    auto newest = request();
    newest.order = port::ClaimOrder::newest;
    const auto claims = store().claim_due(newest);
    ASSERT_THAT(claims, SizeIs(1));
    EXPECT_EQ(claims[0].call.sid, call_sid(3));
    EXPECT_EQ(store().claim_due(request()).at(0).call.sid, call_sid(1));
}

TEST_P(Claims, RenewIsRefusedToAWorkerThatHangs) {
    hear_of(call_sid(1));
    const auto held = claim(call_sid(1));
    const call::StageDeadlines deadlines{1min, 2min, 3min};
    const auto is_kept = [&] { return store().renew({&held.lease, 1}, 60s, deadlines).empty(); };
    ASSERT_EQ(store().begin_attempt(held.lease, Stage::transcript, held.call.news), Written::done);
    backend().advance(50s);
    EXPECT_TRUE(is_kept());
    backend().advance(50s);
    EXPECT_TRUE(is_kept()) << "the deadline of its own stage";
    ASSERT_EQ(store().keep_piece(
                  held.lease,
                  {.stage = Stage::transcript, .key = std::string(64, 'a'), .document = "{}"}),
              Written::done);
    backend().advance(50s);
    EXPECT_TRUE(is_kept()) << "it got further";
    backend().advance(50s);
    EXPECT_TRUE(is_kept());
    backend().advance(50s);
    EXPECT_FALSE(is_kept());
    backend().advance(11s);
    const auto next = store().claim_call(call_sid(1), request(1, "w2"));
    ASSERT_TRUE(next) << "its lease ran out";
    EXPECT_EQ(next->call.crashes, 1);
}

TEST_P(Claims, RenewOfNothingLosesNothing) {
    EXPECT_THAT(store().renew({}, 60s, k_deadlines), IsEmpty());
}

TEST_P(Claims, ReleaseOfAnOlderLeaseLeavesTheNewerAlone) {
    const auto sid = call_sid(1);
    hear_of(sid);
    const auto first = claim(sid, "w1");
    const auto second = claim(sid, "w1");
    store().release(first.lease);
    EXPECT_TRUE(store().reread(second.lease));
    EXPECT_FALSE(store().claim_call(sid, request(1, "w2")));
}

TEST_P(Claims, ReleaseEndsTheAttemptWithoutBurningIt) {
    const auto sid = call_sid(1);
    hear_of(sid);
    const auto held = claim(sid);
    ASSERT_EQ(store().begin_attempt(held.lease, Stage::recording, held.call.news), Written::done);
    store().release(held.lease);
    const auto attempts = store().story(sid)->attempts;
    ASSERT_THAT(attempts, SizeIs(1));
    EXPECT_TRUE(attempts[0].finished_at);
    EXPECT_FALSE(attempts[0].end.burnt);
}

TEST_P(Claims, ARehearsalShowsWhatWouldBeTakenAndTakesNothing) {
    for (const int number : {1, 2, 3}) {
        hear_of(call_sid(number));
        backend().advance(1s);
    }
    claim(call_sid(1));
    const auto calls = store().rehearse({.claim = request(9)}, heed).due;
    ASSERT_THAT(calls, SizeIs(2));
    EXPECT_EQ(calls[0].sid, call_sid(2));
    EXPECT_THAT(store().rehearse({.claim = request(1)}, heed).due, SizeIs(1));
    EXPECT_THAT(sids(store().claim_due(request(9))), ElementsAre(call_sid(2), call_sid(3)));
}

TEST_P(Claims, PassOverCallsWhoseRowTheHostHasDeleted) {
    for (const int number : {1, 2, 3}) {
        hear_of(call_sid(number));
        backend().advance(1s);
    }
    backend().delete_host(call_sid(1));
    backend().delete_host(call_sid(2));
    EXPECT_THAT(sids(store().claim_due(request(1))), ElementsAre(call_sid(3)));
    EXPECT_THAT(store().claim_due(request(1)), IsEmpty());
}

TEST_P(Claims, NextDueIsWhenSomethingCanBeTaken) {
    EXPECT_EQ(store().next_due({}), std::nullopt);
    hear_of(call_sid(1));
    hear_of(call_sid(2));
    const auto in_an_hour = store().now() + 1h;
    settle(call_sid(2), [&](call::Change& change) { change.due_at = in_an_hour; });
    EXPECT_LE(store().next_due({}).value(), store().now());
    const auto held = claim(call_sid(1));
    EXPECT_EQ(store().next_due({}), held.lease.until)
        << "held calls can be taken once the lease ends";
    store().release(held.lease);
    settle(call_sid(1), [](call::Change& change) { change.due_at = std::nullopt; });
    EXPECT_EQ(store().next_due({}), in_an_hour);
    store().close_provider(call::Provider::twilio, Reason::auth, "", 2h, store().now());
    EXPECT_GE(store().next_due({}).value(), in_an_hour + 30min);
}

TEST_P(Claims, NextDueLooksAtTheStageAndTheAgeAskedFor) {
    hear_of(call_sid(1));
    hear_of(call_sid(2));
    const auto in_an_hour = store().now() + 1h;
    settle(call_sid(2), [&](call::Change& change) {
        change.stage = call::Stage::transcript;
        change.due_at = in_an_hour;
    });
    EXPECT_LE(store().next_due({.stage = call::Stage::recording}).value(), store().now());
    EXPECT_EQ(store().next_due({.stage = call::Stage::transcript}), in_an_hour);
    EXPECT_EQ(store().next_due({.stage = call::Stage::summary}), std::nullopt);
    backend().advance(10min);
    EXPECT_EQ(store().next_due({.since = 5min}), std::nullopt);
    EXPECT_TRUE(store().next_due({.since = 1h}));
}

TEST_P(Claims, SetAsideComeBackAfterAPauseWithACrash) {
    hear_of(call_sid(1));
    const auto held = claim(call_sid(1));
    ASSERT_EQ(store().begin_attempt(held.lease, call::Stage::recording, held.call.news),
              port::Written::done);
    store().set_aside(held.lease, {"a state that cannot be", 5min});
    EXPECT_FALSE(store().reread(held.lease)) << "the lease is given back";
    EXPECT_THAT(store().claim_due(request(9)), IsEmpty());
    EXPECT_EQ(call(call_sid(1)).crashes, 1);
    const auto story = store().story(call_sid(1));
    ASSERT_THAT(story->attempts, SizeIs(1));
    EXPECT_EQ(story->attempts[0].end.detail, "a state that cannot be");
    EXPECT_FALSE(story->attempts[0].end.burnt);
    backend().advance(6min);
    EXPECT_EQ(store().claim_due(request(9)).at(0).call.crashes, 1) << "counted once";
}

TEST_P(Claims, SetAsideForALockComeBackWithoutACrash) {
    hear_of(call_sid(1));
    const auto held = claim(call_sid(1));
    store().set_aside(held.lease, {.why = "locked", .pause = 1min, .crashed = false});
    EXPECT_THAT(store().claim_due(request(9)), IsEmpty());
    EXPECT_EQ(call(call_sid(1)).crashes, 0);
    EXPECT_LE(call(call_sid(1)).due_at.value(), store().now() + 1min);
}

TEST_P(Claims, OfAnotherAreNotSetAside) {
    hear_of(call_sid(1));
    const auto late = claim(call_sid(1));
    backend().advance(61s);
    const auto current = claim(call_sid(1), "w2");
    store().set_aside(late.lease, {"late", 5min});
    EXPECT_TRUE(store().reread(current.lease));
}

} // namespace
} // namespace callctl::contract
