#include "unit/app/spooled_calls.hpp"

#include "app/deliveries.hpp"
#include "app/spool_replay.hpp"
#include "base/exception.hpp"
#include "fakes/memory_call_store.hpp"
#include "fakes/memory_spool.hpp"
#include "pipeline/outcome.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace callctl::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A store that cannot apply what is heard of some calls.
class FussyStore : public fakes::MemoryCallStore {
  public:
    port::IngestReport ingest(std::span<const call::Delivery> deliveries,
                              const DecideNews& decide) override {
        batches.push_back(deliveries.size());
        for (const call::Delivery& delivery : deliveries) {
            if (deliveries.size() > 1 && alone.contains(delivery.sid.str())) {
                throw base::StoreError{"too many rows are locked"};
            }
            if (bugs.contains(delivery.sid.str())) {
                throw base::BugError{"this call cannot be applied"};
            }
        }
        return MemoryCallStore::ingest(deliveries, decide);
    }

    std::set<std::string> bugs{};
    std::set<std::string> alone{}; ///< are taken alone only
    std::vector<std::size_t> batches{};
};

class Replay : public testing::Test {
  protected:
    void spool(const std::vector<std::string>& records) { ASSERT_TRUE(m_spool.append(records)); }

    FussyStore m_store;
    fakes::MemorySpool m_spool;
    SpoolReplay m_replay{m_store, m_spool, decide_for_test};
};

TEST(SpooledDelivery, IsTheSameDeliveryAgain) {
    for (const auto& [route, body] : std::vector<std::pair<twilio::Route, std::string>>{
             {twilio::Route::incoming_call, "&CallStatus=ringing&From=%2B972501234567&To=%2B1"},
             {twilio::Route::outbound_call, "&CallStatus=in-progress"},
             {twilio::Route::handle_recording,
              "&RecordingSid=RE0123456789abcdef0123456789abcdef&RecordingStatus=completed"},
             {twilio::Route::call_status, "&CallStatus=completed&Odd=%D7%A9&Odd="},
             {twilio::Route::stream_ended, "&CallStatus=in-progress"}}) {
        const auto before = received_delivery(7, route, body);
        const auto after = delivery_from_spool(spooled(before));
        ASSERT_TRUE(after) << after.error().message;
        EXPECT_EQ(after->route, before.route);
        EXPECT_EQ(after->raw, before.raw);
        EXPECT_EQ(after->idempotency_token, before.idempotency_token);
        EXPECT_EQ(after->digest, before.digest);
        EXPECT_EQ(after->sid, before.sid);
        EXPECT_EQ(after->news, before.news);
        ASSERT_EQ(after->headers.size(), before.headers.size());
        EXPECT_EQ(after->headers.at(0).name, before.headers.at(0).name);
        EXPECT_EQ(after->headers.at(0).value, before.headers.at(0).value);
    }
}

TEST(SpooledDelivery, IsNotReadFromAnythingElse) {
    const std::string good = spooled(status_delivery(1));
    for (const std::string& record :
         {std::string{}, std::string{"text"}, std::string("\xff\x00\xfe", 3), good.substr(1),
          good.substr(0, good.size() - 3), std::string{"\xa0"}, std::string{"\xf6"}}) {
        const auto read = delivery_from_spool(record);
        ASSERT_FALSE(read);
        EXPECT_THAT(read.error().message, HasSubstr("a record is no delivery"));
    }
}

TEST_F(Replay, BringsDeliveriesIntoTheDatabaseInOrderAndEmptiesTheSpool) {
    spool({spooled(status_delivery(1)), spooled(status_delivery(2)), spooled(status_delivery(3))});
    EXPECT_EQ(m_replay.step(2), 2U);
    EXPECT_EQ(m_replay.all(), 1U);
    EXPECT_EQ(m_replay.step(), 0U);
    EXPECT_EQ(m_replay.locked(), 0U);
    EXPECT_THAT(m_store.batches, ElementsAre(2, 1));
    EXPECT_TRUE(m_store.find(call_sid(3)));
    EXPECT_EQ(m_spool.depth().records, 0U);
}

TEST_F(Replay, LeavesTheRecordsWhereTheyAreWhileTheDatabaseIsAway) {
    spool({spooled(status_delivery(1))});
    m_store.set_available(false);
    EXPECT_THROW(m_replay.step(), base::StoreError);
    EXPECT_EQ(m_spool.depth().records, 1U);
    m_store.set_available(true);
    EXPECT_EQ(m_replay.all(), 1U);
}

TEST_F(Replay, TriesAloneWhatTheDatabaseDoesNotTakeTogether) {
    m_store.alone = {call_sid(2).str()};
    std::vector<std::string> records;
    for (int number = 1; number <= 8; ++number) {
        records.push_back(spooled(status_delivery(number)));
    }
    spool(records);
    EXPECT_EQ(m_replay.all(), 8U);
    EXPECT_THAT(m_store.batches, ElementsAre(8, 1, 2, 1, 2, 4)) << "and soon together again";
    EXPECT_THAT(m_spool.set_aside(), IsEmpty());
}

TEST_F(Replay, SetsAsideWhatIsNoDeliveryAndGoesOn) {
    spool({spooled(status_delivery(1)), "junk", spooled(status_delivery(2))});
    EXPECT_EQ(m_replay.all(), 3U);
    EXPECT_TRUE(m_store.find(call_sid(1)));
    EXPECT_TRUE(m_store.find(call_sid(2)));
    EXPECT_THAT(m_spool.set_aside(), ElementsAre(HasSubstr("a record is no delivery")));
}

TEST_F(Replay, SetsAsideTheOneThatOurOwnCodeCannotApply) {
    m_store.bugs = {call_sid(2).str()};
    spool({spooled(status_delivery(1)), spooled(status_delivery(2)), spooled(status_delivery(3))});
    EXPECT_EQ(m_replay.all(), 3U);
    EXPECT_TRUE(m_store.find(call_sid(1)));
    EXPECT_FALSE(m_store.find(call_sid(2)));
    EXPECT_TRUE(m_store.find(call_sid(3)));
    EXPECT_THAT(m_spool.set_aside(), ElementsAre("this call cannot be applied"));
}

TEST_F(Replay, TellsWhatWaitsWithoutTouchingIt) {
    spool({spooled(status_delivery(1)), "junk", spooled(status_delivery(2))});
    EXPECT_EQ(m_replay.waiting(10).size(), 2U);
    EXPECT_EQ(m_spool.depth().records, 3U);
    EXPECT_THAT(m_store.batches, IsEmpty());
}

} // namespace
} // namespace callctl::app
