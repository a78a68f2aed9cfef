// Migrating beside others: other runs, the host's queries, the host's own migrator.
#include "db/migrator_fixture.hpp"

#include "pg/migration_lock.hpp"
#include "sys/clock.hpp"

#include <gmock/gmock.h>

#include <barrier>
#include <thread>

namespace callctl::pg {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class MigratorBesideOthers : public MigratorTest {
  protected:
    /// A session that keeps the host's table locked until it is released.
    void block(const std::string& statement) {
        m_blocker = std::make_unique<Connection>(session_named("gunicorn"));
        m_blocking = std::make_unique<Transaction>(*m_blocker);
        m_blocking->exec(statement);
    }
    void release() {
        m_blocking.reset();
        m_blocker.reset();
    }
    void drop_call_sid_indexes() {
        exec_script("ALTER TABLE call_log DROP CONSTRAINT call_log_call_sid_key;"
                    "DROP INDEX ix_call_log_call_sid");
    }
    void TearDown() override {
        release();
        MigratorTest::TearDown();
    }

    std::unique_ptr<Connection> m_blocker;
    std::unique_ptr<Transaction> m_blocking;
};

TEST_F(MigratorBesideOthers, WaitsForALockAndGoesOnOnceItIsFree) {
    load_host_before_migration_44();
    block("SELECT count(*) FROM call_log");
    int waits = 0;
    m_clock.on_wait([&](auto) {
        if (++waits == 2) {
            release();
        }
    });
    EXPECT_EQ(migrator().run().applied.size(), embedded_migrations().size());
    EXPECT_EQ(waits, 2);
    EXPECT_EQ(count(Event::waiting_for_lock), 2U);
    EXPECT_EQ(statuses(1), "ccc");
}

TEST_F(MigratorBesideOthers, SaysWhoHoldsTheLockWhenItGivesUp) {
    load_host_before_migration_44();
    block("SELECT count(*) FROM call_log");
    const std::string pid = m_blocking->exec("SELECT pg_backend_pid()").one().at(0).text();
    try {
        migrator().run();
        FAIL() << "the table was altered under a reader";
    } catch (const base::StoreError& error) {
        EXPECT_EQ(error.exit_code(), 75);
        EXPECT_THAT(error.what(),
                    AllOf(HasSubstr("migration 2 (call_log)"), HasSubstr("3 attempts"),
                          HasSubstr("pid " + pid + " (gunicorn, idle in transaction for ")));
        EXPECT_FALSE(error.hint().empty());
    }
    EXPECT_THAT(m_events.back().detail, HasSubstr("gunicorn"));
    EXPECT_EQ(migrator().plan().host.missing.size(), 5U);
    EXPECT_EQ(migrator().plan().pending(), embedded_migrations().size() - 1);

    release();
    EXPECT_EQ(migrator().run().applied.size(), embedded_migrations().size() - 1);
}

TEST_F(MigratorBesideOthers, PausesLongerWithEveryAttempt) {
    load_host_before_migration_44();
    block("SELECT count(*) FROM call_log");
    MigrateOptions patient = options();
    patient.lock_timeout = std::chrono::milliseconds{1};
    patient.lock_attempts = 15;
    EXPECT_THROW(migrator(patient).run(), base::StoreError);
    const auto waits = m_clock.waits();
    ASSERT_THAT(waits, SizeIs(14));
    for (std::size_t i = 0; i < waits.size(); ++i) {
        EXPECT_GE(waits[i].count(), 100) << i;
        EXPECT_LE(waits[i].count(),
                  std::min<std::int64_t>(200 * static_cast<std::int64_t>(i + 1), 2'000))
            << i;
    }
}

TEST_F(MigratorBesideOthers, BuildsTheIndexOnceOldTransactionsAreOver) {
    load_host_before_migration_44();
    drop_call_sid_indexes();
    // Its worker would be one more whom the build waits for.
    exec_script("ALTER TABLE call_log SET (autovacuum_enabled = false)");
    m_on_event = [this](const MigrationProgress& progress) {
        if (progress.event == Event::applying && progress.name == "call_log_index") {
            m_blocker = std::make_unique<Connection>(session_named("report"));
            m_blocking = std::make_unique<Transaction>(*m_blocker);
            m_blocking->exec_script("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
            m_blocking->exec("SELECT count(*) FROM business");
        }
        if (progress.event == Event::waiting_for_lock) {
            EXPECT_THAT(progress.detail, HasSubstr("report"));
            release();
        }
    };
    // A pooler in transaction mode knows no lock_timeout for what is outside of a transaction.
    Migrator{direct_options(), m_clock, options()}.run();
    EXPECT_EQ(count(Event::waiting_for_lock), 1U);
    EXPECT_EQ(value("SELECT indisvalid FROM pg_index"
                    " WHERE indexrelid = 'callctl_call_log_call_sid'::regclass"),
              "t");
}

TEST_F(MigratorBesideOthers, LetsTheHostsMigratorHoldItsOwnLock) {
    load_host_before_migration_44();
    block("SELECT pg_advisory_lock(1234567890)");
    EXPECT_EQ(migrator().run().applied.size(), embedded_migrations().size());
    EXPECT_EQ(count(Event::waiting_for_run), 0U);
}

TEST_F(MigratorBesideOthers, WaitsForAnotherRunAndThenFindsNothingToDo) {
    load_host_before_migration_44();
    Connection other{session_named("callctl.migrate")};
    auto lock = std::make_unique<MigrationLock>(other);
    ASSERT_TRUE(lock->try_acquire());
    m_clock.on_wait([&](auto) {
        m_clock.on_wait({});
        lock.reset();
        fakes::ManualClock clock;
        Migrator{connect_options(), clock, {}}.run();
    });
    EXPECT_THAT(migrator().run().applied, IsEmpty());
    EXPECT_EQ(count(Event::waiting_for_run), 1U);
}

TEST_F(MigratorBesideOthers, WaitsForTheLastStepOfARunThatWasKilled) {
    load_host_before_migration_44();
    Connection killed{session_named("callctl.migrate")};
    auto step = std::make_unique<Transaction>(killed);
    hold_step(*step);
    step->exec_script("CREATE SCHEMA callctl");
    m_clock.on_wait([&](auto) {
        m_clock.on_wait({});
        step.reset();
    });
    EXPECT_EQ(migrator().run().applied.size(), embedded_migrations().size());
    EXPECT_EQ(count(Event::waiting_for_run), 1U);
}

TEST_F(MigratorBesideOthers, KeepsNoSnapshotWhileItHoldsTheLock) {
    Connection holder{session_named("callctl.holder")};
    MigrationLock lock{holder};
    ASSERT_TRUE(lock.try_acquire());
    EXPECT_EQ(value("SELECT backend_xmin IS NULL AND state = 'idle in transaction'"
                    " FROM pg_stat_activity WHERE application_name = 'callctl.holder'"),
              "t");
    Connection second{session_named("callctl.second")};
    EXPECT_FALSE(MigrationLock{second}.try_acquire());
}

TEST_F(MigratorBesideOthers, LetsOnlyOneOfTwoRunsApplyAnything) {
    load_host_before_migration_44();
    drop_call_sid_indexes(); // so that one of them builds an index CONCURRENTLY beside the other
    exec("INSERT INTO call_log (business_id, call_sid)"
         " SELECT 1, 'CA' || n FROM generate_series(1, 500) AS n");
    std::barrier start{2};
    std::array<MigrationReport, 2> reports;
    const auto migrate = [&](MigrationReport& report) {
        sys::SystemClock clock;
        start.arrive_and_wait();
        report = Migrator{connect_options(), clock, {.page = 50}}.run();
    };
    std::thread other{[&] { migrate(reports[0]); }};
    migrate(reports[1]);
    other.join();
    EXPECT_EQ(reports[0].applied.size() + reports[1].applied.size(), embedded_migrations().size());
    EXPECT_TRUE(reports[0].applied.empty() || reports[1].applied.empty());
    EXPECT_EQ(reports[0].inferred_rows + reports[1].inferred_rows, 510);
}

TEST_F(MigratorBesideOthers, StopsWhileItWaitsForAnotherRun) {
    Connection other{session_named("callctl.migrate")};
    MigrationLock lock{other};
    ASSERT_TRUE(lock.try_acquire());
    m_clock.on_wait([&](auto) { m_clock.stop(); });
    EXPECT_TRUE(migrator().run().stopped);
    EXPECT_EQ(value("SELECT to_regnamespace('callctl') IS NULL"), "t");
}

TEST_F(MigratorBesideOthers, StopsBetweenMigrationsAndGoesOnNextTime) {
    load_host_before_migration_44();
    m_on_event = [this](const MigrationProgress& progress) {
        if (progress.event == Event::applied && progress.number == 3) {
            m_clock.stop();
        }
    };
    const MigrationReport first = migrator().run();
    EXPECT_TRUE(first.stopped);
    EXPECT_THAT(first.applied, SizeIs(3));
    EXPECT_EQ(statuses(1), "---");

    m_on_event = {};
    fakes::ManualClock clock;
    const MigrationReport second = Migrator{connect_options(), clock, options()}.run();
    EXPECT_FALSE(second.stopped);
    EXPECT_THAT(second.applied, SizeIs(embedded_migrations().size() - 3));
    EXPECT_EQ(statuses(1), "ccc");
}

TEST_F(MigratorBesideOthers, NeedsNothingOfTheSessionBehindAPooler) {
    load_host_before_migration_44();
    drop_call_sid_indexes();
    ConnectOptions connect = direct_options();
    connect.conninfo =
        base::Secret{connect.conninfo.reveal() + " options='-c callctl.session=dropped'"};
    Migrator migrator{connect, m_clock, options()};
    EXPECT_EQ(migrator.run().applied.size(), embedded_migrations().size());
    EXPECT_EQ(statuses(1), "ccc");
}

} // namespace
} // namespace callctl::pg
