#include "db/migrator_fixture.hpp"

#include "pg/status_expressions.hpp"
#include "pg/status_inference.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <stdexcept>

namespace callctl::pg {
namespace {

/// Stands for `kill -9`: nothing of the run is left but its connections, which close.
struct Killed : std::runtime_error {
    Killed() : std::runtime_error{"killed"} {}
};

class StatusInference : public MigratorTest {
  protected:
    MigrateOptions pages_of(int rows) {
        MigrateOptions small = options();
        small.page = rows;
        return small;
    }
    /// After so many batches.
    void kill_after(int batches) {
        m_on_event = [this, batches](const MigrationProgress& progress) {
            if (progress.event == Event::inferring &&
                count(Event::inferring) == static_cast<std::size_t>(batches)) {
                throw Killed{};
            }
        };
    }
    std::string record() {
        return value(
            "SELECT cursor || '/' || upto || ' ' || rows || ' ' ||"
            " CASE WHEN done_at IS NULL THEN 'open' ELSE 'done' END FROM callctl.backfill");
    }
    std::string without_status() {
        return value("SELECT count(*) FROM call_log WHERE recording_status IS NULL");
    }
};

TEST_F(StatusInference, WorksInPagesByKey) {
    load_host_before_migration_44();
    EXPECT_EQ(migrator(pages_of(3)).run().inferred_rows, 10);
    EXPECT_EQ(count(Event::inferring), 4U);
    EXPECT_EQ(record(), "10/10 10 done");
}

TEST_F(StatusInference, GoesOnBehindTheLastBatchAfterAKill) {
    load_host_before_migration_44();
    kill_after(2);
    EXPECT_THROW(migrator(pages_of(3)).run(), Killed);
    EXPECT_EQ(record(), "6/10 6 open");
    EXPECT_EQ(without_status(), "4");
    EXPECT_EQ(migrator().plan().inference.rows, 4);

    m_on_event = {};
    EXPECT_EQ(migrator(pages_of(3)).run().inferred_rows, 4);
    EXPECT_EQ(record(), "10/10 10 done");
    EXPECT_EQ(without_status(), "0");
    EXPECT_EQ(statuses(10), "pcp");
}

TEST_F(StatusInference, BridgesGapsInTheKeys) {
    load_host_before_migration_44();
    exec("INSERT INTO call_log (id, business_id) VALUES (2000000000, 1), (5000, 1)");
    EXPECT_EQ(migrator(pages_of(5)).run().inferred_rows, 12);
    EXPECT_EQ(count(Event::inferring), 3U);
    EXPECT_EQ(record(), "2000000000/2000000000 12 done");
}

TEST_F(StatusInference, LeavesRowsThatCameMeanwhileToTheSweep) {
    load_host_before_migration_44();
    m_on_event = [this](const MigrationProgress& progress) {
        if (progress.event == Event::inferring && count(Event::inferring) == 1) {
            exec("INSERT INTO call_log (business_id, call_sid, recording_url, recording_status)"
                 " VALUES (1, 'new', 'https://x', NULL)");
        }
    };
    EXPECT_EQ(migrator(pages_of(3)).run().inferred_rows, 10);
    EXPECT_EQ(record(), "10/10 10 done");
    EXPECT_EQ(value("SELECT recording_status IS NULL FROM call_log WHERE call_sid = 'new'"), "t");
}

TEST_F(StatusInference, RespectsAStatusThatTheHostSetsMeanwhile) {
    load_host_before_migration_44();
    m_on_event = [this](const MigrationProgress& progress) {
        if (progress.event == Event::inferring && count(Event::inferring) == 1) {
            exec("UPDATE call_log SET recording_status = 'failed', summary_status = 'processing'"
                 " WHERE id = 9");
        }
    };
    migrator(pages_of(3)).run();
    EXPECT_EQ(statuses(9), "fpp");
}

TEST_F(StatusInference, WaitsForRowsThatTheHostHolds) {
    load_host_before_migration_44();
    Connection host{session_named("gunicorn")};
    std::unique_ptr<Transaction> update;
    m_on_event = [&](const MigrationProgress& progress) {
        if (progress.event == Event::inferring && count(Event::inferring) == 1) {
            update = std::make_unique<Transaction>(host);
            update->exec("UPDATE call_log SET recording_status = 'failed' WHERE id = 5");
        }
        if (progress.event == Event::waiting_for_lock) {
            EXPECT_THAT(progress.detail, testing::HasSubstr("gunicorn"));
            update->commit();
            update.reset();
        }
    };
    EXPECT_EQ(migrator(pages_of(3)).run().inferred_rows, 10);
    EXPECT_EQ(count(Event::waiting_for_lock), 1U);
    EXPECT_EQ(statuses(5), "fpp");
}

TEST_F(StatusInference, IsNeverMadeAgain) {
    load_host_before_migration_44();
    migrator().run();
    exec("UPDATE call_log SET recording_status = NULL WHERE id = 1");
    EXPECT_TRUE(migrator().plan().inference.done);
    EXPECT_EQ(migrator().run().inferred_rows, 0);
    EXPECT_EQ(statuses(1), "-cc");
}

TEST_F(StatusInference, MarksHowFarTheOldRowsGo) {
    load_host_before_migration_44();
    migrator().run();
    exec("INSERT INTO call_log (business_id, call_sid) VALUES (1, 'new')");
    migrator().run();
    EXPECT_EQ(value("SELECT upto FROM callctl.backfill WHERE name = 'statuses'"), "10");
}

struct RuleCase {
    std::string columns;
    std::string values;
    std::string statuses;
};

TEST_F(StatusInference, GoesByTheDocumentsRules) {
    const std::vector<RuleCase> cases{
        {"recording_url, recording_sid", "'u', 's'", "cpp"},
        {"recording_url", "'u'", "cpp"},
        {"recording_url", "''", "ppp"},
        {"recording_sid", "'s'", "rpp"},
        {"recording_sid", "''", "ppp"},
        {"final_transcript", "repeat('ש', 51)", "pcp"},
        {"final_transcript", "repeat('ש', 50)", "ppp"},
        {"transcription", "repeat('x', 51)", "pcp"},
        {"transcription", "repeat('x', 50)", "ppp"},
        {"final_transcript, transcription", "'x', repeat('x', 51)", "pcp"},
        {"final_transcript, transcription", "repeat('x', 40), repeat('x', 40)", "ppp"},
        {"summary", "repeat('ש', 21)", "ppc"},
        {"summary", "repeat('ש', 20)", "ppp"},
        {"transcript, status", "repeat('x', 100), 'processed'", "ppp"},
    };
    load_host_before_migration_44();
    int id = 100;
    for (const RuleCase& rule : cases) {
        exec("INSERT INTO call_log (id, business_id, " + rule.columns + ") VALUES (" +
             std::to_string(id++) + ", 1, " + rule.values + ")");
    }
    migrator().run();
    id = 100;
    for (const RuleCase& rule : cases) {
        EXPECT_EQ(statuses(id++), rule.statuses) << rule.columns << " = " << rule.values;
    }
}

// Of a long text that is stored out of line each page would be read, of all of them hours of calls.
TEST_F(StatusInference, ReadsOnlyTheBeginningOfALongText) {
    load_host_before_migration_44();
    exec_script("ALTER TABLE call_log ALTER COLUMN summary SET STORAGE EXTERNAL,"
                " ALTER COLUMN final_transcript SET STORAGE EXTERNAL;"
                "INSERT INTO call_log (id, business_id, summary, final_transcript)"
                " VALUES (100, 1, repeat('x', 1000000), repeat('x', 1000000))");
    Transaction transaction{connection()};
    const HostTable host = inspect_host_table(transaction);
    const StatusExpressions rules{host};
    const std::string plan =
        transaction
            .exec("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT " + rules.inferred(1) + ", " +
                  rules.inferred(2) + " FROM call_log WHERE id = 100")
            .one()
            .at(0)
            .text();
    const auto read = nlohmann::json::parse(plan).at(0).at("Plan");
    EXPECT_LT(read.at("Shared Hit Blocks").get<int>() + read.at("Shared Read Blocks").get<int>(),
              50);
}

} // namespace
} // namespace callctl::pg
