#include "contract/store_contract.hpp"

namespace callctl::contract {
namespace {

using call::Reason;
using call::Stage;
using call::Status;
using testing::ElementsAre;
using testing::IsEmpty;

class Choosing : public StoreContract {
  protected:
    /// Of ten minutes each: in work, failed, given up, completed, of the recording stage.
    void five_calls() {
        for (const int number : {1, 2, 3, 4, 5}) {
            auto facts = ringing();
            facts.from = "+1 555 000" + std::to_string(number);
            hear_of(call_sid(number), facts);
            backend().advance(10min);
        }
        stand(1, Stage::transcript, {Status::completed, Status::processing, Status::pending}, {});
        stand(2, Stage::transcript, {Status::completed, Status::failed, Status::pending},
              Reason::timeout);
        stand(3, Stage::transcript, {Status::completed, Status::failed, Status::pending},
              Reason::too_large);
        stand(4, Stage::summary, {Status::completed, Status::completed, Status::completed}, {});
    }
    void stand(int number, Stage stage, const call::StageStatuses& statuses,
               std::optional<Reason> reason) {
        settle(call_sid(number), [&](call::Change& change) {
            change.stage = stage;
            change.statuses = statuses;
            change.reason = reason;
            change.due_at = std::nullopt;
        });
    }
    std::vector<base::CallSid> chosen(const port::CallChoice& choice) {
        std::vector<base::CallSid> sids;
        for (const port::NamedCall& call : store().choose(choice).calls) {
            sids.push_back(call.sid);
        }
        return sids;
    }
};
INSTANTIATE_TEST_SUITE_P(Store, Choosing, testing::ValuesIn(backends()), backend_name);

TEST_P(Choosing, TakesCallsThatAreInTheStageOrPastItTheOldestFirst) {
    five_calls();
    EXPECT_THAT(chosen({.stage = Stage::recording}),
                ElementsAre(call_sid(1), call_sid(2), call_sid(3), call_sid(4), call_sid(5)));
    EXPECT_THAT(chosen({.stage = Stage::transcript}),
                ElementsAre(call_sid(1), call_sid(2), call_sid(3), call_sid(4)));
    EXPECT_THAT(chosen({.stage = Stage::summary}), ElementsAre(call_sid(4)));
}

TEST_P(Choosing, GoesByTheStatusOfThatStage) {
    five_calls();
    EXPECT_THAT(chosen({.stage = Stage::transcript, .status = Status::failed}),
                ElementsAre(call_sid(2), call_sid(3)));
    EXPECT_THAT(chosen({.stage = Stage::transcript, .status = Status::completed}),
                ElementsAre(call_sid(4)));
    EXPECT_THAT(chosen({.stage = Stage::recording, .status = Status::pending}),
                ElementsAre(call_sid(5)));
}

TEST_P(Choosing, TakesAWordOfTheHostsThatIsNotOursAsPending) {
    five_calls();
    backend().change_host(call_sid(4), [](fakes::HostRow& row) { row.statuses[1] = "whatever"; });
    EXPECT_THAT(chosen({.stage = Stage::transcript, .status = Status::pending}),
                ElementsAre(call_sid(4)));
}

TEST_P(Choosing, GoesByAllFiltersTogether) {
    five_calls();
    EXPECT_THAT(chosen({.stage = Stage::transcript, .reason = Reason::too_large}),
                ElementsAre(call_sid(3)));
    EXPECT_THAT(chosen({.stage = Stage::transcript, .since = 35min}),
                ElementsAre(call_sid(3), call_sid(4)));
    EXPECT_THAT(chosen({.stage = Stage::transcript, .until = 35min}),
                ElementsAre(call_sid(1), call_sid(2)));
    EXPECT_THAT(
        chosen(
            {.stage = Stage::transcript, .status = Status::failed, .since = 45min, .until = 35min}),
        ElementsAre(call_sid(2)));
    EXPECT_THAT(chosen({.stage = Stage::transcript, .phone = "1-555-0003"}),
                ElementsAre(call_sid(3)));
    EXPECT_THAT(chosen({.stage = Stage::transcript, .phone = "nobody"}), IsEmpty());
}

TEST_P(Choosing, TakesAReasonForThatOfTheStage) {
    five_calls();
    stand(4, Stage::summary, {Status::completed, Status::completed, Status::failed},
          Reason::timeout);
    EXPECT_THAT(chosen({.stage = Stage::transcript, .reason = Reason::timeout}),
                ElementsAre(call_sid(2)))
        << "the transcript of the other is there, and was paid for";
    EXPECT_THAT(chosen({.stage = Stage::summary, .reason = Reason::timeout}),
                ElementsAre(call_sid(4)));
}

TEST_P(Choosing, SaysWhetherThereAreMoreThanItTakes) {
    five_calls();
    const auto two = store().choose({.stage = Stage::transcript, .limit = 2});
    EXPECT_EQ(two.calls.size(), 2U);
    EXPECT_TRUE(two.more);
    const auto all = store().choose({.stage = Stage::transcript, .limit = 4});
    EXPECT_EQ(all.calls.size(), 4U);
    EXPECT_FALSE(all.more);
}

TEST_P(Choosing, IsOfOneMoment) {
    const auto at = store().choose({.stage = Stage::recording}).at;
    EXPECT_LT(std::chrono::abs(at - store().now()), 1s) << "the database's";
}

TEST_P(Choosing, LeavesOutWhatWasTriedSince) {
    five_calls();
    const auto before = store().now();
    backend().advance(1min);
    const auto held = claim(call_sid(2));
    ASSERT_EQ(store().begin_attempt(held.lease, Stage::transcript, held.call.news),
              port::Written::done);
    store().release(held.lease);
    const auto after = store().now() + 1min;
    EXPECT_THAT(chosen({.stage = Stage::transcript, .untried_since = before}),
                ElementsAre(call_sid(1), call_sid(3), call_sid(4)));
    EXPECT_THAT(chosen({.stage = Stage::transcript, .untried_since = after}),
                ElementsAre(call_sid(1), call_sid(2), call_sid(3), call_sid(4)));
    EXPECT_THAT(chosen({.stage = Stage::recording, .untried_since = before}),
                ElementsAre(call_sid(1), call_sid(3), call_sid(4), call_sid(5)))
        << "a recording that is found needs no attempt, what follows from it does";
    EXPECT_THAT(chosen({.stage = Stage::summary, .untried_since = before}),
                ElementsAre(call_sid(4)));
}

} // namespace
} // namespace callctl::contract
