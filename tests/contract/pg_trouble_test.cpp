// PostgreSQL as it is on a bad day: it takes reads and no writes, or has no room left. Nobody's
// call is blamed for it, and nothing is written half.
#include "contract/pg_backend.hpp"

#include "base/exception.hpp"
#include "pg/migrations.hpp"
#include "pg/migrator.hpp"
#include "sys/clock.hpp"

#include <gmock/gmock.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace callctl::contract {
namespace {

using call::Stage;
using testing::HasSubstr;
using testing::SizeIs;

class PgTrouble : public testing::Test {
  protected:
    void SetUp() override {
        if (!test::require_server()) {
            return;
        }
        m_backend = std::make_unique<PgBackend>();
        for (const int number : {1, 2}) {
            const std::vector news{delivery(call_sid(number), ringing())};
            ASSERT_EQ(m_backend->store().ingest(news, heed).applied, 1U);
        }
        m_claim = m_backend->store().claim_call(call_sid(1), request()).value();
    }

    [[nodiscard]] PgBackend& backend() { return *m_backend; }
    [[nodiscard]] const port::Claim& held() const { return *m_claim; }

    /// Everything that writes, against a store with connections of its own, and what it threw.
    [[nodiscard]] std::vector<std::string> refusals(const pg::ConnectOptions& options) {
        pg::Pool pool{options};
        pg::PgCallStore store{pool};
        const std::vector news{delivery(call_sid(3), ringing())};
        const call::Piece piece{
            .stage = Stage::transcript, .key = std::string(64, 'a'), .document = "{}"};
        auto change = unchanged(held().call);
        change.artefacts = {{.stage = Stage::transcript, .text = "words"}};
        const std::vector<std::function<void()>> writes{
            [&] { store.ingest(news, heed); },
            [&] { static_cast<void>(store.claim_due(request())); },
            [&] { static_cast<void>(store.claim_call(call_sid(2), request())); },
            [&] { store.begin_attempt(held().lease, Stage::transcript, held().call.news); },
            [&] { store.write(held().lease, change); },
            [&] { store.keep_piece(held().lease, piece); },
            [&] { store.release(held().lease); }};
        std::vector<std::string> thrown;
        for (const auto& write : writes) {
            try {
                write();
                thrown.emplace_back("nothing was thrown");
            } catch (const base::StoreError& error) {
                thrown.emplace_back(error.what());
            }
        }
        return thrown;
    }

    [[nodiscard]] std::string everything() {
        return backend().value("SELECT concat_ws(E'\\n', (SELECT string_agg(w::text, '') FROM"
                               " callctl.work w), (SELECT string_agg(l::text, '') FROM call_log l),"
                               " (SELECT count(*) FROM callctl.inbox),"
                               " (SELECT count(*) FROM callctl.attempt),"
                               " (SELECT count(*) FROM callctl.piece))");
    }

  private:
    std::unique_ptr<PgBackend> m_backend;
    std::optional<port::Claim> m_claim;
};

// A standby behind a load balancer, or a server that its provider has locked.
TEST_F(PgTrouble, AReadOnlyServerIsReadAndSaidToBeReadOnly) {
    const std::string before = everything();
    backend().exec_script("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET"
                          " default_transaction_read_only = on', current_database()); END $$");
    // A pooler's sessions are older than the setting.
    EXPECT_THAT(refusals(backend().direct_options()), testing::Each(HasSubstr("read-only")));
    EXPECT_EQ(everything(), before);
    pg::Pool pool{backend().direct_options()};
    pg::PgCallStore store{pool};
    EXPECT_TRUE(store.find(call_sid(1)));
    EXPECT_TRUE(store.story(call_sid(1)));
    EXPECT_EQ(store.overview({}).due_now, 1);
}

// In its own words; a disk that is full in the middle of a statement.
TEST_F(PgTrouble, AFullDiskIsNobodysFault) {
    const std::string before = everything();
    backend().exec_script(R"(
CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'could not extend file "base/5/16384": No space left on device'
    USING ERRCODE = 'disk_full', HINT = 'Check free disk space.';
END $$;
CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON callctl.work EXECUTE FUNCTION no_room();
CREATE TRIGGER full_disk BEFORE INSERT ON callctl.piece EXECUTE FUNCTION no_room();)");
    EXPECT_THAT(refusals(backend().connect_options()),
                testing::Each(HasSubstr("cannot serve us now")));
    backend().exec_script("DROP FUNCTION no_room() CASCADE");
    EXPECT_EQ(everything(), before) << "no call was set to rest as REJECTED";
    EXPECT_THAT(backend().store().claim_due(request(5)), SizeIs(1));
}

// A backup or a report of hours keeps every dead row of the queue.
TEST_F(PgTrouble, ASnapshotThatIsHeldHidesNoCall) {
    pg::Connection reporter{backend().direct_options()};
    pg::Transaction report{reporter};
    report.exec("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
    constexpr const char* k_seen = "SELECT count(*), sum(lease_token) FROM callctl.work";
    const pg::Rows first = report.exec(k_seen);
    EXPECT_EQ(first.one().at(0).integer(), 2);
    backend().store().release(held().lease);
    for (int round = 0; round < 200; ++round) {
        const auto claims = backend().store().claim_due(request(5));
        ASSERT_THAT(claims, SizeIs(2)) << round;
        for (const auto& claim : claims) {
            backend().store().release(claim.lease);
        }
    }
    EXPECT_EQ(report.exec(k_seen).one().at(1).text(), first.one().at(1).text())
        << "the report sees what it saw";
}

// Its encoding has no letters of the caller's, so that not even the inbox takes what was heard.
TEST(PgTroubleOfEncoding, ADeliveryThatTheInboxCannotHoldIsTheCallersToSetAside) {
    if (!test::require_server()) {
        return;
    }
    const test::TestDatabase database{test::TestDatabase::Content::latin1};
    sys::SystemClock clock;
    pg::Migrator{database.direct_options(), clock, {.binary_version = "test"}}.run();
    pg::Pool pool{database.connect_options()};
    pg::PgCallStore store{pool};
    call::CallFacts hebrew = ringing();
    hebrew.from = "sip:\u05d3\u05df@example.com";
    const std::vector news{delivery(call_sid(1), ringing()), delivery(call_sid(2), hebrew),
                           delivery(call_sid(3), ringing())};
    for (int round = 0; round < 2; ++round) { // as it comes, and from the spool again
        try {
            store.ingest(news, heed);
            ADD_FAILURE() << "the inbox took it";
        } catch (const base::BugError& error) {
            EXPECT_THAT(error.what(), HasSubstr("22P05"));
        }
        EXPECT_TRUE(store.find(call_sid(1))) << "the others are applied";
        EXPECT_FALSE(store.find(call_sid(2)));
        EXPECT_TRUE(store.find(call_sid(3)));
    }
}

} // namespace
} // namespace callctl::contract
