// What the schema promises to the code that writes it.
#include "db/migrator_fixture.hpp"

#include "call/facts.hpp"
#include "call/provider.hpp"
#include "call/reason.hpp"
#include "call/stage.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace callctl::pg {
namespace {

using testing::ElementsAre;

class Schema : public test::PgDatabaseTest {
  protected:
    void add_call(const std::string& column, const Param& text) {
        Transaction transaction{connection()};
        transaction.exec("INSERT INTO callctl.work (call_sid, call_log_id, stage, call_created_at)"
                         " VALUES ('CA' || repeat('0', 32), 1, 'recording', now())");
        transaction.exec("UPDATE callctl.work SET " + column + " = $1", {text});
    }
    template <class Range>
    void expect_takes(const std::string& column, const Range& values) {
        for (const auto value : values) {
            EXPECT_NO_THROW(add_call(column, param(call::to_string(value))))
                << column << " " << call::to_string(value);
        }
        try {
            add_call(column, param("nonsense"));
            ADD_FAILURE() << column << " takes anything";
        } catch (const SqlError& error) {
            EXPECT_EQ(error.sqlstate(), "23514") << column;
        }
    }
};

TEST_F(Schema, TakesEveryStateThatTheCodeKnows) {
    using call::CallState;
    using call::RecordingState;
    expect_takes("stage", call::k_stages);
    expect_takes("call_state",
                 std::array{CallState::unknown, CallState::queued, CallState::initiated,
                            CallState::ringing, CallState::in_progress, CallState::completed,
                            CallState::busy, CallState::failed, CallState::no_answer,
                            CallState::canceled});
    expect_takes("recording_state", std::array{RecordingState::none, RecordingState::in_progress,
                                               RecordingState::processing,
                                               RecordingState::completed, RecordingState::absent,
                                               RecordingState::failed, RecordingState::deleted});
    expect_takes("direction", std::array{call::Direction::unknown, call::Direction::inbound,
                                         call::Direction::outbound});
}

TEST_F(Schema, TakesEveryReasonThatTheCodeKnows) {
    std::vector<call::Reason> reasons;
    for (const call::ReasonInfo& info : call::all_reasons()) {
        reasons.push_back(info.reason);
    }
    expect_takes("reason", reasons);
    const Rows lists = exec("SELECT DISTINCT pg_get_constraintdef(oid) AS list FROM pg_constraint"
                            " WHERE conname IN ('work_reason_is_known', 'attempt_reason_is_known',"
                            " 'provider_reason_is_known')");
    EXPECT_EQ(lists.size(), 1U) << "the three lists of reasons differ";
    const std::string list = lists[0]["list"].text();
    EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(list, '\'')), 2 * reasons.size());
}

TEST_F(Schema, TakesOnlySids) {
    for (const char* sid :
         {"CA", "", "RE00000000000000000000000000000000", "CA0000000000000000000000000000000g",
          "CA000000000000000000000000000000000"}) {
        try {
            add_call("call_sid", param(sid));
            ADD_FAILURE() << sid;
        } catch (const SqlError& error) {
            EXPECT_EQ(error.sqlstate(), "23514") << sid;
        }
    }
    EXPECT_NO_THROW(add_call("call_sid", param("CA0123456789abcdefABCDEF0123456789")));
}

TEST_F(Schema, HasARowForEveryProvider) {
    for (const call::Provider provider : call::k_providers) {
        EXPECT_EQ(value("SELECT count(*) FROM callctl.provider WHERE provider = $1",
                        {param(call::to_string(provider))}),
                  "1");
    }
    EXPECT_EQ(value("SELECT count(*) FROM callctl.provider"),
              std::to_string(call::k_providers.size()));
}

TEST_F(Schema, KnowsADeliveryByItsDigest) {
    const std::string insert = "INSERT INTO callctl.inbox (route, raw, digest)"
                               " VALUES ('/webhook/call_status', '', sha256('x'))";
    exec(insert);
    EXPECT_THROW(exec(insert), SqlError);
    EXPECT_THROW(exec("INSERT INTO callctl.inbox (route, raw, digest) VALUES ('/', '', 'short')"),
                 SqlError);
}

TEST_F(Schema, ForgetsAttemptsAndArtefactsWithTheirCall) {
    exec_script("INSERT INTO callctl.work (call_sid, call_log_id, stage, call_created_at)"
                " VALUES ('CA' || repeat('0', 32), 1, 'recording', now());"
                "INSERT INTO callctl.attempt (call_id, stage, lease_token, worker) VALUES (1, "
                "'summary', 1, 'w');"
                "INSERT INTO callctl.artefact (call_id, stage, version, text) VALUES (1, "
                "'summary', 1, 't');"
                "DELETE FROM callctl.work");
    EXPECT_EQ(value("SELECT (SELECT count(*) FROM callctl.attempt) + (SELECT count(*) FROM "
                    "callctl.artefact)"),
              "0");
}

TEST_F(Schema, IndexesTheQueueButNotTheLease) {
    const Rows rows = exec("SELECT pg_get_indexdef(indexrelid) AS definition FROM pg_index"
                           " WHERE indrelid = 'callctl.work'::regclass ORDER BY 1");
    std::vector<std::string> definitions;
    for (const Row row : rows) {
        definitions.push_back(row["definition"].text());
    }
    EXPECT_THAT(
        definitions,
        ElementsAre("CREATE INDEX work_call_created_at ON callctl.work USING btree "
                    "(call_created_at)",
                    "CREATE INDEX work_call_log_id ON callctl.work USING btree (call_log_id)",
                    "CREATE INDEX work_due_order ON callctl.work USING btree (due_at,"
                    " call_id) WHERE (due_at IS NOT NULL)",
                    "CREATE INDEX work_given_up ON callctl.work USING btree (call_created_at)"
                    " WHERE ((due_at IS NULL) AND (reason <> ALL (ARRAY['NO_ANSWER'::text,"
                    " 'TOO_SHORT'::text, 'SILENT'::text, 'NO_SPEECH'::text,"
                    " 'NOT_ELIGIBLE'::text])))",
                    "CREATE INDEX work_newest ON callctl.work USING btree (call_created_at DESC,"
                    " call_id) WHERE (due_at IS NOT NULL)",
                    "CREATE UNIQUE INDEX work_call_sid_key ON callctl.work USING btree (call_sid)",
                    "CREATE UNIQUE INDEX work_pkey ON callctl.work USING btree (call_id)"));
}

TEST_F(Schema, GetsTheIndexesOfTheQueueBesideThoseWhoWriteToIt) {
    exec_script(
        "INSERT INTO callctl.work (call_sid, call_log_id, stage, call_created_at)"
        " VALUES ('CA' || repeat('1', 32), 1, 'recording', now());"
        "DROP INDEX callctl.work_newest, callctl.work_due_order;"
        "CREATE INDEX work_due ON callctl.work (due_at) WHERE due_at IS NOT NULL;"
        "DELETE FROM callctl.migration WHERE name IN ('work_newest', 'additive_work_due_order')");
    fakes::ManualClock clock;
    const auto plan = Migrator{connect_options(), clock}.plan();
    EXPECT_THAT(plan.migrations[8].statements,
                ElementsAre(testing::StartsWith("CREATE INDEX CONCURRENTLY IF NOT EXISTS")));
    EXPECT_THAT(plan.migrations[9].statements,
                ElementsAre(testing::StartsWith("CREATE INDEX CONCURRENTLY IF NOT EXISTS"),
                            "DROP INDEX CONCURRENTLY callctl.work_due"));
    EXPECT_EQ(Migrator(connect_options(), clock).run().applied.size(), 2U);
    EXPECT_EQ(value("SELECT to_regclass('callctl.work_due') IS NULL"), "t");
}

TEST_F(Schema, GoesOnWithAnIndexOfTheQueueThatWasCutShort) {
    exec_script("UPDATE pg_index SET indisvalid = false"
                " WHERE indexrelid = 'callctl.work_due_order'::regclass;"
                "CREATE INDEX work_due ON callctl.work (due_at) WHERE due_at IS NOT NULL;"
                "DELETE FROM callctl.migration WHERE name = 'additive_work_due_order'");
    fakes::ManualClock clock;
    EXPECT_EQ(Migrator(connect_options(), clock).run().applied.size(), 1U);
    EXPECT_EQ(value("SELECT to_regclass('callctl.work_due') IS NULL AND indisvalid FROM pg_index"
                    " WHERE indexrelid = 'callctl.work_due_order'::regclass"),
              "t");
}

TEST_F(Schema, ClaimsByTheIndexOfTheQueueAmongManyEndedCalls) {
    exec_script("INSERT INTO callctl.work (call_sid, call_log_id, stage, call_created_at, due_at)"
                " SELECT 'CA' || lpad(to_hex(n), 32, '0'), n, 'summary', now(),"
                " CASE WHEN n % 200 = 0 THEN now() END FROM generate_series(1, 20000) AS n;"
                "ANALYZE callctl.work");
    EXPECT_THAT(
        value("EXPLAIN (FORMAT JSON) SELECT call_id FROM callctl.work"
              " WHERE due_at IS NOT NULL AND due_at <= now() ORDER BY due_at, call_id LIMIT 20"
              " FOR NO KEY UPDATE SKIP LOCKED"),
        testing::HasSubstr("\"Index Name\": \"work_due_order\""));
}

TEST_F(Schema, RenewsALeaseWithoutTouchingAnIndex) {
    exec_script("INSERT INTO callctl.work (call_sid, call_log_id, stage, call_created_at)"
                " VALUES ('CA' || repeat('0', 32), 1, 'recording', now())");
    Transaction transaction{connection()};
    transaction.exec("UPDATE callctl.work SET lease_until = now(), lease_token = 1");
    EXPECT_EQ(
        transaction.exec("SELECT pg_stat_get_xact_tuples_hot_updated('callctl.work'::regclass)")
            .one()
            .at(0)
            .text(),
        "1");
}

// Those of several pages: an update that finds no room in its own writes all indexes.
TEST_F(Schema, HasRoomToUpdateNeighboursTogetherWithoutTouchingAnIndex) {
    exec_script("INSERT INTO callctl.work (call_sid, call_log_id, stage, call_created_at)"
                " SELECT 'CA' || lpad(to_hex(n), 32, '0'), n, 'recording', now()"
                " FROM generate_series(1, 200) AS n;"
                "INSERT INTO callctl.attempt (call_id, stage, lease_token, worker)"
                " SELECT call_id, 'transcript', 1, 'w' FROM callctl.work");
    Transaction transaction{connection()};
    transaction.exec("UPDATE callctl.work SET lease_owner = 'w', lease_until = now()");
    transaction.exec("UPDATE callctl.attempt SET finished_at = now(), requests = 1");
    EXPECT_EQ(
        transaction
            .exec("SELECT pg_stat_get_xact_tuples_hot_updated('callctl.work'::regclass) || ' ' ||"
                  " pg_stat_get_xact_tuples_hot_updated('callctl.attempt'::regclass)")
            .one()
            .at(0)
            .text(),
        "200 200");
}

TEST_F(Schema, ExplainsEveryTable) {
    EXPECT_EQ(value("SELECT count(*) FROM pg_class WHERE relnamespace = 'callctl'::regnamespace"
                    " AND relkind = 'r' AND obj_description(oid, 'pg_class') IS NULL"),
              "0");
}

/// Columns with types, defaults and constraints of callctl's schema, as text.
constexpr const char* k_catalogue = R"(
SELECT string_agg(line, E'\n' ORDER BY line) FROM (
    SELECT concat_ws(' ', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
                     a.attidentity, pg_get_expr(d.adbin, d.adrelid),
                     col_description(a.attrelid, a.attnum)) AS line
    FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE c.relnamespace = 'callctl'::regnamespace AND c.relkind = 'r'
    UNION ALL
    SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE connamespace = 'callctl'::regnamespace
    UNION ALL
    SELECT pg_get_indexdef(indexrelid) FROM pg_index
    WHERE indrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'callctl'::regnamespace)
    UNION ALL
    SELECT concat_ws(' ', relname, reloptions::text) FROM pg_class
    WHERE relnamespace = 'callctl'::regnamespace AND relkind = 'r'
) AS catalogue)";

/// Columns of call_log that callctl itself adds or makes.
constexpr const char* k_own_columns = R"(
SELECT string_agg(concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
                            pg_get_expr(d.adbin, d.adrelid)), E'\n' ORDER BY a.attname)
FROM pg_attribute a
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = 'call_log'::regclass
  AND a.attname IN ('recording_status', 'transcript_status', 'summary_status', 'last_error', 'retry_count'))";

class Catalogue : public MigratorTest {};

TEST_F(Catalogue, IsTheSameAfterAdoptionAsOnAnEmptyDatabase) {
    const test::TestDatabase fresh{test::TestDatabase::Content::migrated};
    Connection other{fresh.connect_options()};
    Transaction transaction{other};
    const std::string expected = transaction.exec(k_catalogue).one().at(0).text();
    const std::string own_columns = transaction.exec(k_own_columns).one().at(0).text();
    ASSERT_FALSE(expected.empty());
    ASSERT_FALSE(own_columns.empty());

    load_host_before_migration_44();
    migrator().run();
    EXPECT_EQ(value(k_catalogue), expected);
    EXPECT_EQ(value(k_own_columns), own_columns);
}

TEST_F(Catalogue, IsTheSameAfterUndoingAndApplyingAgain) {
    load_host_before_migration_44();
    migrator().run();
    const std::string before = value(k_catalogue);
    migrator().undo();
    EXPECT_EQ(value("SELECT to_regnamespace('callctl') IS NULL"), "t");
    EXPECT_EQ(migrator().run().applied.size(), embedded_migrations().size());
    EXPECT_EQ(value(k_catalogue), before);
}

/// Makes every column that callctl adds to any host have the type it has in a table of our own.
TEST_F(Catalogue, AddsToABareTableWhatItWouldHaveMade) {
    const char* const columns =
        "SELECT string_agg(concat_ws(' ', column_name, data_type,"
        " character_maximum_length, column_default), E'\\n' ORDER BY column_name)"
        " FROM information_schema.columns WHERE table_name = 'call_log'"
        " AND column_name NOT IN ('id', 'twilio_direction')";
    const test::TestDatabase fresh{test::TestDatabase::Content::migrated};
    Connection other{fresh.connect_options()};
    const std::string expected = Transaction{other}.exec(columns).one().at(0).text();
    exec("CREATE TABLE call_log (id serial PRIMARY KEY)");
    migrator().run();
    EXPECT_EQ(value(columns), expected);
}

} // namespace
} // namespace callctl::pg
