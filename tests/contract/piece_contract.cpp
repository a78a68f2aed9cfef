// What a store has to keep of pieces.
#include "contract/store_contract.hpp"

namespace callctl::contract {
namespace {

using call::Reason;
using call::Stage;
using call::Status;
using port::Written;
using testing::SizeIs;

CALLCTL_CONTRACT(Pieces);

call::Piece piece(char digit, Stage stage = Stage::transcript) {
    return {.stage = stage,
            .key = std::string(64, digit),
            .document = R"({"text":"שלום"})",
            .request_id = "req_7",
            .audio_ms = 12'000,
            .cost_micros = 900};
}

// The call's transcript is being worked on.
port::Claim working(port::CallStore& store, port::Claim held) {
    EXPECT_EQ(store.begin_attempt(held.lease, Stage::transcript, held.call.news), Written::done);
    return held;
}

TEST_P(Pieces, ComeBackAsTheyWereKept) {
    hear_of(call_sid(1));
    const auto held = working(store(), claim(call_sid(1)));
    ASSERT_EQ(store().keep_piece(held.lease, piece('a')), Written::done);
    const auto found = store().find_piece(held.lease.call, Stage::transcript, std::string(64, 'a'));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->document, R"({"text":"שלום"})");
    EXPECT_EQ(found->request_id, "req_7");
    EXPECT_EQ(found->audio_ms, 12'000);
    EXPECT_EQ(found->cost_micros, 900);
}

TEST_P(Pieces, AreOfOneCallStageAndKey) {
    hear_of(call_sid(1));
    hear_of(call_sid(2));
    const auto held = working(store(), claim(call_sid(1)));
    const auto other = claim(call_sid(2));
    ASSERT_EQ(store().keep_piece(held.lease, piece('a')), Written::done);
    EXPECT_FALSE(store().find_piece(held.lease.call, Stage::transcript, std::string(64, 'b')));
    EXPECT_FALSE(store().find_piece(held.lease.call, Stage::summary, std::string(64, 'a')));
    EXPECT_FALSE(store().find_piece(other.lease.call, Stage::transcript, std::string(64, 'a')));
}

TEST_P(Pieces, AreReplacedByAnotherAnswerToTheSameQuestion) {
    hear_of(call_sid(1));
    const auto held = working(store(), claim(call_sid(1)));
    auto spoilt = piece('a');
    spoilt.document = "{";
    ASSERT_EQ(store().keep_piece(held.lease, spoilt), Written::done);
    ASSERT_EQ(store().keep_piece(held.lease, piece('a')), Written::done);
    ASSERT_EQ(store().keep_piece(held.lease, piece('a')), Written::done) << "the same again";
    EXPECT_EQ(
        store().find_piece(held.lease.call, Stage::transcript, std::string(64, 'a'))->document,
        piece('a').document);
    EXPECT_EQ(store().story(call_sid(1))->attempts.at(0).end.cost_micros, 1800)
        << "both were paid for, each once";
}

TEST_P(Pieces, AddTheirCostToTheOpenAttempt) {
    hear_of(call_sid(1));
    const auto held = working(store(), claim(call_sid(1)));
    ASSERT_EQ(store().keep_piece(held.lease, piece('a')), Written::done);
    ASSERT_EQ(store().keep_piece(held.lease, piece('b')), Written::done);
    const auto attempts = store().story(call_sid(1))->attempts;
    ASSERT_THAT(attempts, SizeIs(1));
    EXPECT_FALSE(attempts[0].finished_at);
    EXPECT_EQ(attempts[0].end.cost_micros, 1800);
    EXPECT_EQ(attempts[0].end.audio_ms, 24'000);
}

TEST_P(Pieces, AreNotKeptUnderALostLease) {
    hear_of(call_sid(1));
    const auto held = working(store(), claim(call_sid(1)));
    backend().advance(2min);
    const auto next = claim(call_sid(1), "w2");
    EXPECT_EQ(store().keep_piece(held.lease, piece('a')), Written::superseded);
    EXPECT_FALSE(store().find_piece(next.lease.call, Stage::transcript, std::string(64, 'a')));
}

TEST_P(Pieces, OutliveTheWorkerWithTheirCost) {
    hear_of(call_sid(1));
    const auto held = working(store(), claim(call_sid(1)));
    ASSERT_EQ(store().keep_piece(held.lease, piece('a')), Written::done);
    backend().advance(2min);
    const auto next = working(store(), claim(call_sid(1), "w2"));
    EXPECT_TRUE(store().find_piece(next.lease.call, Stage::transcript, std::string(64, 'a')));
    const auto attempts = store().story(call_sid(1))->attempts;
    ASSERT_THAT(attempts, SizeIs(2));
    EXPECT_EQ(attempts[0].end.reason, Reason::crashed);
    EXPECT_EQ(attempts[0].end.cost_micros, 900);
    EXPECT_EQ(attempts[1].end.cost_micros, 0);
}

TEST_P(Pieces, ThatAreNewEndTheCountOfCrashes) {
    const auto sid = call_sid(1);
    hear_of(sid);
    const auto held = working(store(), claim(sid));
    ASSERT_EQ(store().keep_piece(held.lease, piece('a')), Written::done);
    backend().advance(2min);
    const auto next = working(store(), claim(sid, "w2"));
    EXPECT_EQ(call(sid).crashes, 1);
    ASSERT_EQ(store().keep_piece(next.lease, piece('a')), Written::done);
    EXPECT_EQ(call(sid).crashes, 1) << "nothing was achieved";
    ASSERT_EQ(store().keep_piece(next.lease, piece('b')), Written::done);
    EXPECT_EQ(call(sid).crashes, 0);
}

TEST_P(Pieces, AreCountedByTheEndOfTheAttemptAsItSays) {
    hear_of(call_sid(1));
    const auto held = working(store(), claim(call_sid(1)));
    ASSERT_EQ(store().keep_piece(held.lease, piece('a')), Written::done);
    auto change = unchanged(held.call);
    change.stage = Stage::transcript;
    change.attempt = call::AttemptEnd{.reason = Reason::timeout, .cost_micros = 900};
    ASSERT_EQ(store().write(held.lease, change), Written::done);
    EXPECT_EQ(store().story(call_sid(1))->attempts.at(0).end.cost_micros, 900);
    EXPECT_TRUE(store().find_piece(held.lease.call, Stage::transcript, std::string(64, 'a')))
        << "they stay after a failure";
}

TEST_P(Pieces, GoWithTheArtefactOfTheirStage) {
    hear_of(call_sid(1));
    const auto held = working(store(), claim(call_sid(1)));
    ASSERT_EQ(store().keep_piece(held.lease, piece('a')), Written::done);
    ASSERT_EQ(store().keep_piece(held.lease, piece('a', Stage::summary)), Written::done);
    auto change = unchanged(held.call);
    change.statuses[at(Stage::transcript)] = Status::completed;
    change.artefacts = {{.stage = Stage::transcript, .text = "words"}};
    ASSERT_EQ(store().write(held.lease, change), Written::done);
    EXPECT_FALSE(store().find_piece(held.lease.call, Stage::transcript, std::string(64, 'a')));
    EXPECT_TRUE(store().find_piece(held.lease.call, Stage::summary, std::string(64, 'a')));
}

// The transcript has come to rest like that, with a piece kept.
class RestingPieces : public StoreContract {
  protected:
    bool found_after_a_retry(Status status) {
        const auto sid = call_sid(1);
        hear_of(sid);
        const auto held = working(store(), claim(sid));
        EXPECT_EQ(store().keep_piece(held.lease, piece('a')), Written::done);
        auto change = unchanged(held.call);
        change.stage = Stage::transcript;
        change.statuses[at(Stage::recording)] = Status::completed;
        change.statuses[at(Stage::transcript)] = status;
        change.due_at = std::nullopt;
        EXPECT_EQ(store().write(held.lease, change), Written::done);
        store().release(held.lease);
        const port::NamedCall named{sid};
        const auto results = store().reopen(
            {&named, 1}, {{.stage = Stage::transcript, .force = true, .take_over = true}});
        EXPECT_EQ(results.at(0).what, port::Reopened::done);
        return store()
            .find_piece(held.lease.call, Stage::transcript, std::string(64, 'a'))
            .has_value();
    }
};
INSTANTIATE_TEST_SUITE_P(Store, RestingPieces, testing::ValuesIn(backends()), backend_name);

TEST_P(RestingPieces, OfAFailedStageAreFoundByARetry) {
    EXPECT_TRUE(found_after_a_retry(Status::failed));
}

TEST_P(RestingPieces, OfASkippedStageArePaidAnewByARetry) {
    EXPECT_FALSE(found_after_a_retry(Status::skipped));
}

TEST_P(Pieces, TakeTextThatPostgresqlWouldRefuse) {
    hear_of(call_sid(1));
    const auto held = working(store(), claim(call_sid(1)));
    auto bad = piece('a');
    bad.document = std::string("{\"text\":\"a\0b\xFF\"}", 16);
    EXPECT_EQ(store().keep_piece(held.lease, bad), Written::done);
    EXPECT_TRUE(store().find_piece(held.lease.call, Stage::transcript, bad.key));
}

} // namespace
} // namespace callctl::contract
