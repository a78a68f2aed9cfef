#include "unit/app/quiet_logger.hpp"

#include "app/drive.hpp"
#include "app/leased_shelf.hpp"
#include "app/paid_once.hpp"
#include "base/exception.hpp"
#include "fakes/manual_clock.hpp"
#include "fakes/memory_call_store.hpp"
#include "fakes/memory_piece_shelf.hpp"
#include "pipeline/news.hpp"
#include "pipeline/outcome.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <string>

namespace callctl::app {
namespace {

using call::Stage;
using testing::ElementsAre;
using namespace std::chrono_literals;

const base::CallSid k_sid = *base::CallSid::parse("CA" + std::string(32, 'e'));
const call::Piece k_piece{
    .stage = Stage::transcript, .key = "part 1", .document = "{}", .cost_micros = 900};

/// A recorded call that waits for its transcript, and a worker that holds it for a minute.
class LeasedShelfTest : public testing::Test {
  protected:
    LeasedShelfTest() {
        call::Delivery delivery{
            .route = "/webhook/call_status", .raw = "x", .digest = "1", .sid = k_sid};
        delivery.news.state = call::CallState::completed;
        delivery.news.ended_at = m_store.now();
        delivery.news.recording = {.sid = *base::RecordingSid::parse("RE" + std::string(32, 'e')),
                                   .state = call::RecordingState::completed};
        m_store.ingest(std::vector{delivery},
                       [](const auto& call, const auto& news, base::Time now) {
                           return pipeline::on_news(call, news, now, {});
                       });
    }

    port::Claim claim(const std::string& worker) {
        return *m_store.claim_call(k_sid, {.worker = worker, .lease = 60s});
    }
    void comes_back_after(std::size_t waits) {
        m_clock.on_wait([this, waits](std::chrono::milliseconds /*passed*/) {
            m_store.set_available(m_clock.waits().size() >= waits);
        });
    }
    [[nodiscard]] LeasedShelf shelf_of(const port::Claim& claim) {
        return {m_store, m_clock, *m_log.logger, k_sid, claim.lease};
    }

    fakes::MemoryCallStore m_store;
    fakes::ManualClock m_clock;
    KeptLog m_log;
};

TEST_F(LeasedShelfTest, KeepsAPieceOnceTheDatabaseIsBack) {
    const port::Claim held = claim("w");
    LeasedShelf shelf = shelf_of(held);
    m_store.set_available(false);
    comes_back_after(3);
    EXPECT_TRUE(shelf.keep(k_piece));
    EXPECT_THAT(m_clock.waits(), ElementsAre(500ms, 1s, 2s));
    ASSERT_TRUE(shelf.find(Stage::transcript, k_piece.key));
    EXPECT_EQ(shelf.find(Stage::transcript, k_piece.key)->cost_micros, 900);
}

TEST_F(LeasedShelfTest, LooksForAPieceUntilTheDatabaseIsBack) {
    const port::Claim held = claim("w");
    LeasedShelf shelf = shelf_of(held);
    ASSERT_TRUE(shelf.keep(k_piece));
    m_store.set_available(false);
    comes_back_after(2);
    EXPECT_TRUE(shelf.find(Stage::transcript, k_piece.key))
        << "an outage must not look like a piece that has to be paid for again";
    EXPECT_THAT(m_clock.waits(), ElementsAre(500ms, 1s));
}

TEST_F(LeasedShelfTest, WaitsNoLongerThanTwoMinutes) {
    const port::Claim held = claim("w");
    LeasedShelf shelf = shelf_of(held);
    m_store.set_available(false);
    EXPECT_THROW(static_cast<void>(shelf.keep(k_piece)), base::StoreError);
    const auto waits = m_clock.waits();
    const auto waited = std::accumulate(waits.begin(), waits.end(), 0ms);
    EXPECT_LE(waited, 2min);
    EXPECT_GT(waited, 90s);
}

TEST_F(LeasedShelfTest, WaitsNoLongerOnceAStopIsAskedFor) {
    const port::Claim held = claim("w");
    LeasedShelf shelf = shelf_of(held);
    m_store.set_available(false);
    m_clock.stop();
    EXPECT_THROW(static_cast<void>(shelf.keep(k_piece)), base::StoreError);
    EXPECT_EQ(m_clock.waits().size(), 1U);
}

TEST_F(LeasedShelfTest, KeepsNothingOfACallThatAnotherWorkerHas) {
    const port::Claim lost = claim("first");
    m_store.advance(61s);
    const port::Claim held = claim("second");
    EXPECT_FALSE(shelf_of(lost).keep(k_piece));
    EXPECT_FALSE(shelf_of(held).find(Stage::transcript, k_piece.key));
    EXPECT_TRUE(shelf_of(held).keep(k_piece));
}

/// Pays for one piece after the other, and loses its lease to another worker behind the first.
class LosesItsLease : public StepRunner {
  public:
    explicit LosesItsLease(fakes::MemoryCallStore& store) : m_store{store} {}

    [[nodiscard]] StepResult run(const pipeline::Step& /*step*/, const call::Call& /*call*/,
                                 base::Time /*now*/, port::PieceShelf& shelf,
                                 const PartDone& /*done*/) override {
        PaidOnce paid{shelf, Stage::transcript};
        for (const std::string key : {"part 1", "part 2", "part 3"}) {
            const auto heard = paid.ask(key, fakes::as_it_is, [&]() -> call::Outcome<PaidAnswer> {
                if (++asked == 2) {
                    m_store.advance(61s);
                    static_cast<void>(m_store.claim_call(k_sid, {.worker = "other"}));
                }
                return PaidAnswer{.document = "{}", .cost_micros = 100};
            });
            if (!heard) {
                return {base::fail(heard.error())};
            }
        }
        return {pipeline::Learnt{}};
    }

    int asked{0};

  private:
    fakes::MemoryCallStore& m_store;
};

TEST_F(LeasedShelfTest, OfALostCallEndsTheJobAtTheNextPiece) {
    LosesItsLease runner{m_store};
    const Driver driver{m_store, runner, m_clock, {}, [] { return 0.5; }, m_log.logger};
    const DriveReport report = driver.drive(claim("first"));
    EXPECT_TRUE(report.superseded);
    EXPECT_EQ(runner.asked, 2) << "nothing is paid for that another worker will pay for too";
    const auto call = m_store.find(k_sid);
    EXPECT_EQ(call->attempts, 0) << "the call is the other worker's now";
    EXPECT_TRUE(m_store.find_piece(call->id, Stage::transcript, "part 1"));
    EXPECT_FALSE(m_store.find_piece(call->id, Stage::transcript, "part 2"));
}

} // namespace
} // namespace callctl::app
