// Adopting beside the host's writes and its own migrator: it is we who give way.
#include "db/adoption_fixture.hpp"

#include "sys/clock.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace callctl::pg {
namespace {

using std::chrono::milliseconds;

class AdoptionOnline : public AdoptionTest {
  protected:
    void add_rows(int rows) {
        exec("INSERT INTO call_log (business_id, call_sid, created_at)"
             " SELECT 1, 'CA' || lpad(to_hex(n + 4096), 32, '0'), now()"
             " FROM generate_series(1, $1::integer) AS n",
             {param(rows)});
    }
    MigrateOptions in_pages_of(int rows) {
        MigrateOptions small = options();
        small.page = rows;
        return small;
    }
    MigrationReport adopt_in_earnest() {
        sys::SystemClock clock;
        return Migrator{direct_options(), clock, {.binary_version = "1.2.3"}}.run();
    }
};

/// What a host does all day: each statement timed.
class HostWriter {
  public:
    explicit HostWriter(const ConnectOptions& connect)
        : m_connect{connect}, m_thread{[this] { write(); }} {}
    HostWriter(const HostWriter&) = delete;
    HostWriter& operator=(const HostWriter&) = delete;
    ~HostWriter() { stop(); }

    void stop() {
        m_over = true;
        if (m_thread.joinable()) {
            m_thread.join();
        }
    }
    [[nodiscard]] int writes() const { return m_writes; }
    [[nodiscard]] int failures() const { return m_failures; }

  private:
    void write() {
        Connection connection{m_connect};
        for (int n = 1; !m_over; ++n) {
            try {
                Transaction transaction{connection};
                transaction.exec("UPDATE call_log SET duration = $1::integer"
                                 " WHERE id = 1 + $1::integer % 2000",
                                 {param(n)});
                transaction.exec("INSERT INTO call_log (business_id, call_sid, created_at)"
                                 " VALUES (1, 'CA' || lpad(to_hex($1::integer), 32, '1'), now())",
                                 {param(n)});
                transaction.commit();
                ++m_writes;
            } catch (const base::Exception&) {
                ++m_failures;
            }
        }
    }

    ConnectOptions m_connect;
    std::atomic<bool> m_over{false};
    std::atomic<int> m_writes{0};
    std::atomic<int> m_failures{0};
    std::thread m_thread;
};

TEST_F(AdoptionOnline, LosesNoWriteOfTheHostAndFailsNone) {
    load_generation_m();
    add_rows(20'000);
    HostWriter writer{session_named("gunicorn")};
    const MigrationReport report = adopt_in_earnest();
    writer.stop();
    EXPECT_GE(report.inferred_rows, 20'000);
    EXPECT_GT(writer.writes(), 0);
    EXPECT_EQ(writer.failures(), 0);
    EXPECT_EQ(value("SELECT count(*) FROM call_log WHERE call_sid LIKE 'CA1111%' AND id > 8"),
              std::to_string(writer.writes()));
    EXPECT_EQ(value("SELECT count(*) FROM call_log WHERE recording_status IS NULL"), "0");
}

TEST_F(AdoptionOnline, NeverWaitsForARowSoThatNoDeadlockIsTheHosts) {
    load_generation_m();
    Connection host{session_named("gunicorn")};
    MigrateOptions impatient = options();
    impatient.lock_timeout = milliseconds{60'000}; // a wait would not end
    std::unique_ptr<Transaction> holding;
    m_on_event = [&](const MigrationProgress& progress) {
        if (progress.event == Event::applied &&
            progress.number == static_cast<int>(embedded_migrations().size())) {
            holding = std::make_unique<Transaction>(host);
            holding->exec("UPDATE call_log SET duration = 5 WHERE id = 2");
        }
        if (progress.event == Event::waiting_for_lock) {
            holding->exec("UPDATE call_log SET duration = 5 WHERE id = 1"); // ours are free
            holding->commit();
            holding.reset();
        }
    };
    EXPECT_EQ(migrator(impatient).run().inferred_rows, 8);
    EXPECT_EQ(count(Event::waiting_for_lock), 1U);
    EXPECT_EQ(value("SELECT count(*) FROM call_log WHERE duration = 5"), "2");
}

TEST_F(AdoptionOnline, GivesWayWithItsIndexToTheHostsMigrator) {
    load_generation_m();
    // CREATE INDEX CONCURRENTLY waits for this one, and holds its lock on call_log meanwhile.
    Connection reader{session_named("report")};
    auto reading = std::make_unique<Transaction>(reader);
    std::atomic<bool> gave_way{false};
    reading->exec_script("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
    reading->exec("SELECT count(*) FROM business");
    std::thread host{[&] {
        wait_until_waited_for("CREATE INDEX CONCURRENTLY");
        ConnectOptions connect = session_named("host migrator");
        connect.lock_timeout = milliseconds{5'000};
        Connection connection{connect};
        Transaction transaction{connection};
        transaction.exec("ALTER TABLE call_log ADD COLUMN sentiment text");
        transaction.commit();
        gave_way = true;
        reading.reset();
    }};
    adopt_in_earnest();
    host.join();
    EXPECT_TRUE(gave_way);
    EXPECT_EQ(value("SELECT indisvalid FROM pg_index"
                    " WHERE indexrelid = 'callctl_call_log_call_sid'::regclass"),
              "t");
    EXPECT_EQ(value("SELECT count(*) FROM information_schema.columns"
                    " WHERE table_name = 'call_log' AND column_name = 'sentiment'"),
              "1");
}

TEST_F(AdoptionOnline, HasATriggerRestThatComesWhileStatusesAreInferred) {
    load_generation_m();
    m_on_event = [this](const MigrationProgress& progress) {
        if (progress.event == Event::inferring && count(Event::inferring) == 1) {
            create_trigger("touch");
        }
    };
    EXPECT_EQ(migrator(in_pages_of(3)).run().inferred_rows, 8);
    EXPECT_EQ(touched_rows(), "0");
}

TEST_F(AdoptionOnline, StopsBeforeATriggerThatComesMeanwhileAndCannotRest) {
    load_generation_m();
    m_on_event = [this](const MigrationProgress& progress) {
        if (progress.event == Event::inferring && count(Event::inferring) == 1) {
            create_trigger("touch");
            exec("ALTER TABLE call_log ENABLE ALWAYS TRIGGER touch");
        }
    };
    try {
        migrator(in_pages_of(3)).run();
        ADD_FAILURE() << "the trigger fired for rows of the past";
    } catch (const base::SchemaError& error) {
        EXPECT_THAT(error.what(), testing::HasSubstr("trigger touch would fire"));
    }
    EXPECT_EQ(touched_rows(), "0");
    EXPECT_EQ(all_statuses(), "cp- ppp ccc --- --- --f --c ---");
    exec("ALTER TABLE call_log ENABLE TRIGGER touch");
    m_on_event = {};
    EXPECT_EQ(migrator().run().inferred_rows, 5);
}

TEST_F(AdoptionOnline, DoesNotTakeAColumnForItsOwnThatTheHostHasAddedMeanwhile) {
    load_generation_m();
    m_on_event = [this](const MigrationProgress& progress) {
        if (progress.event == Event::applying && progress.name == "call_log") {
            exec("ALTER TABLE call_log ADD COLUMN last_error text");
        }
    };
    migrator().run();
    EXPECT_EQ(value("SELECT string_agg(attname, ' ' ORDER BY attname) FROM pg_attribute"
                    " WHERE attrelid = 'call_log'::regclass"
                    " AND col_description(attrelid, attnum) = 'added by callctl'"),
              "recording_status retry_count transcript_status");
    migrator().undo();
    EXPECT_EQ(value("SELECT count(*) FROM pg_attribute WHERE attrelid = 'call_log'::regclass"
                    " AND attname = 'last_error'"),
              "1");
}

} // namespace
} // namespace callctl::pg
