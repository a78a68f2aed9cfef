// What several workers write at a time shares a transaction: none of them may notice.
#include "contract/pg_backend.hpp"

#include <atomic>
#include <functional>
#include <future>
#include <latch>
#include <set>
#include <string>
#include <vector>

namespace callctl::contract {
namespace {

using call::Stage;
using port::Written;
using testing::Each;
using testing::SizeIs;

constexpr int k_workers = 12;

class PgBatches : public testing::Test {
  protected:
    void SetUp() override {
        if (!test::require_server()) {
            return;
        }
        m_backend = std::make_unique<PgBackend>();
        std::vector<call::Delivery> batch;
        for (int number = 0; number < k_workers; ++number) {
            batch.push_back(delivery(call_sid(number), ringing()));
        }
        ASSERT_EQ(store().ingest(batch, heed).applied, static_cast<std::size_t>(k_workers));
        m_claims = store().claim_due(request(k_workers));
        ASSERT_THAT(m_claims, SizeIs(k_workers));
    }
    [[nodiscard]] PgBackend& backend() { return *m_backend; }
    [[nodiscard]] port::CallStore& store() { return m_backend->store(); }
    [[nodiscard]] std::string value(const std::string& sql) { return m_backend->value(sql); }
    [[nodiscard]] const port::Claim& claim(int number) const {
        return m_claims.at(static_cast<std::size_t>(number));
    }
    /// A transcript with the call's SID in it.
    [[nodiscard]] call::Change transcribed(int number) const {
        const call::Call& call = claim(number).call;
        auto change = unchanged(call);
        change.statuses[at(Stage::transcript)] = call::Status::completed;
        change.artefacts = {{.stage = Stage::transcript, .text = "words of " + call.sid.str()}};
        change.attempt = call::AttemptEnd{.requests = 1};
        return change;
    }
    using Step = std::function<Written(int number)>;
    /// All workers at once.
    std::vector<std::future<Written>> start(const Step& step) {
        std::vector<std::future<Written>> running;
        for (int number = 0; number < k_workers; ++number) {
            running.push_back(std::async(std::launch::async, [this, step, number] {
                m_start.arrive_and_wait();
                return step(number);
            }));
        }
        return running;
    }
    std::vector<Written> at_once(const Step& step) {
        std::vector<Written> written;
        for (auto& one : start(step)) {
            written.push_back(one.get());
        }
        return written;
    }
    Written write(int number) { return store().write(claim(number).lease, transcribed(number)); }
    [[nodiscard]] std::string own_texts() {
        return value(
            "SELECT count(*) FROM call_log WHERE final_transcript = 'words of ' || call_sid");
    }

  private:
    std::unique_ptr<PgBackend> m_backend;
    std::vector<port::Claim> m_claims;
    std::latch m_start{k_workers};
};

TEST_F(PgBatches, GiveEachCallItsOwnText) {
    EXPECT_THAT(at_once([&](int number) { return write(number); }), Each(Written::done));
    EXPECT_EQ(own_texts(), std::to_string(k_workers));
    EXPECT_EQ(value("SELECT count(*) FROM callctl.artefact WHERE version = 1"),
              std::to_string(k_workers));
    EXPECT_EQ(value("SELECT count(*) FROM callctl.attempt WHERE finished_at IS NOT NULL"),
              std::to_string(k_workers));
}

TEST_F(PgBatches, LearnOfEachCallOnlyWhatIsItsOwn) {
    const auto learnt_by = [&](int number) {
        call::CallFacts facts = claim(number).call.facts;
        if (number % 3 == 0) {
            facts.state = call::CallState::completed;
            facts.duration = std::chrono::seconds{number};
            facts.observed_at = claim(number).call.created_at;
        }
        return facts;
    };
    EXPECT_THAT(at_once([&](int number) {
                    auto change = transcribed(number);
                    change.facts = learnt_by(number);
                    return store().write(claim(number).lease, change);
                }),
                Each(Written::done));
    for (int number = 0; number < k_workers; ++number) {
        const auto after = store().reread(claim(number).lease);
        ASSERT_TRUE(after);
        EXPECT_EQ(after->facts, call::merged(claim(number).call.facts, learnt_by(number)))
            << number;
    }
}

TEST_F(PgBatches, BeginEachAttemptOnce) {
    EXPECT_THAT(at_once([&](int number) {
                    return store().begin_attempt(claim(number).lease, Stage::transcript,
                                                 claim(number).call.news);
                }),
                Each(Written::done));
    EXPECT_EQ(value("SELECT count(DISTINCT call_id) || ' of ' || count(*) FROM callctl.attempt "
                    "WHERE finished_at IS NULL"),
              "12 of 12");
    EXPECT_EQ(value("SELECT count(*) FROM call_log WHERE transcript_status = 'processing'"),
              std::to_string(k_workers));
}

TEST_F(PgBatches, RefuseTheLateOnesOnly) {
    for (int number = 0; number < k_workers; number += 3) {
        store().release(claim(number).lease);
        ASSERT_TRUE(store().claim_call(claim(number).call.sid, request(1, "another")));
    }
    const auto written = at_once([&](int number) { return write(number); });
    for (int number = 0; number < k_workers; ++number) {
        EXPECT_EQ(written.at(static_cast<std::size_t>(number)),
                  number % 3 == 0 ? Written::superseded : Written::done);
    }
    EXPECT_EQ(own_texts(), "8");
}

TEST_F(PgBatches, TellOnlyThoseWithNewsToDecideAgain) {
    call::CallFacts twiml;
    twiml.asked_by_twiml_at = store().now();
    ASSERT_EQ(store().ingest(std::vector{delivery(claim(5).call.sid, twiml, "2")}, heed).applied,
              1U);
    const auto begun = at_once([&](int number) {
        return store().begin_attempt(claim(number).lease, Stage::transcript,
                                     claim(number).call.news);
    });
    for (int number = 0; number < k_workers; ++number) {
        EXPECT_EQ(begun.at(static_cast<std::size_t>(number)),
                  number == 5 ? Written::outdated : Written::done);
    }
}

TEST_F(PgBatches, SetToRestTheOneThatTheHostRefuses) {
    backend().exec_script("ALTER TABLE call_log ADD CHECK (final_transcript NOT LIKE '%" +
                          claim(7).call.sid.str() + "')");
    EXPECT_THAT(at_once([&](int number) { return write(number); }), Each(Written::done));
    EXPECT_EQ(own_texts(), "11");
    EXPECT_EQ(value("SELECT string_agg(call_sid, ',') FROM callctl.work WHERE reason = 'REJECTED'"),
              claim(7).call.sid.str());
}

TEST_F(PgBatches, LetNobodyWaitForARowThatTheHostHasLocked) {
    pg::Connection connection{backend().connect_options()};
    pg::Transaction holder{connection};
    holder.exec("UPDATE call_log SET updated_at = now() WHERE call_sid = $1",
                {pg::param(claim(4).call.sid.str())});
    auto running = start([&](int number) { return write(number); });
    for (int number = 0; number < k_workers; ++number) {
        if (number != 4) { // while the row is locked
            EXPECT_EQ(running.at(static_cast<std::size_t>(number)).get(), Written::done);
        }
    }
    holder.commit();
    EXPECT_EQ(running.at(4).get(), Written::done);
    EXPECT_EQ(own_texts(), std::to_string(k_workers));
}

TEST_F(PgBatches, WhoseCommitFailedAreMadeOnce) {
    backend().cut_first_commit_of("callctl.artefact");
    EXPECT_THAT(at_once([&](int number) { return write(number); }), Each(Written::done));
    EXPECT_EQ(value("SELECT count(*) FROM callctl.artefact"), std::to_string(k_workers));
    EXPECT_EQ(value("SELECT count(*) FROM callctl.attempt"), std::to_string(k_workers));
    EXPECT_EQ(own_texts(), std::to_string(k_workers));
}

TEST_F(PgBatches, FinishedCallsAreGivenBackWithTheirWrite) {
    EXPECT_THAT(at_once([&](int number) {
                    return store().finish(claim(number).lease, transcribed(number)).written;
                }),
                Each(Written::done));
    EXPECT_EQ(
        value("SELECT count(*) FROM callctl.work WHERE lease_owner IS NOT NULL OR lease_until "
              "IS NOT NULL"),
        "0");
    EXPECT_EQ(own_texts(), std::to_string(k_workers));
}

} // namespace
} // namespace callctl::contract
