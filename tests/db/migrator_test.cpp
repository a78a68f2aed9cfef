// The three starting points, and what must not be started from.
#include "db/migrator_fixture.hpp"

#include "pg/migrator.hpp"

#include <gmock/gmock.h>

namespace callctl::pg {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* k_fingerprint =
    "SELECT md5(coalesce(string_agg(t::text || t.xmin::text, '' ORDER BY id), '')) FROM call_log t";

// --- An empty database ---

TEST_F(MigratorTest, MakesEverythingInAnEmptyDatabase) {
    const MigrationReport report = migrator().run();

    ASSERT_THAT(report.applied, SizeIs(embedded_migrations().size()));
    EXPECT_EQ(report.applied[1].number, 2);
    EXPECT_EQ(report.applied[1].name, "call_log");
    EXPECT_EQ(report.applied[1].sha256, embedded_migrations()[1].sha256);
    EXPECT_EQ(report.applied[1].binary_version, "1.2.3");
    EXPECT_EQ(report.inferred_rows, 0);
    EXPECT_FALSE(report.stopped);
    EXPECT_EQ(value("SELECT string_agg(provider, ',' ORDER BY provider) FROM callctl.provider"),
              "summary,transcription,twilio");
    EXPECT_EQ(value("SELECT upto || '/' || rows FROM callctl.backfill WHERE done_at IS NOT NULL"),
              "0/0");
}

TEST_F(MigratorTest, GivesNewCallsTheirDefaults) {
    migrator().run();
    exec("INSERT INTO call_log (call_sid) VALUES ('CA1')");
    EXPECT_EQ(statuses(1), "ppp");
    EXPECT_EQ(value("SELECT retry_count FROM call_log"), "0");
    EXPECT_EQ(value("SELECT abs(extract(epoch FROM created_at - (now() AT TIME ZONE 'utc'))) < 60"
                    " FROM call_log"),
              "t");
    EXPECT_THROW(exec("INSERT INTO call_log (call_sid) VALUES ('CA1')"), SqlError);
}

TEST_F(MigratorTest, ChangesNothingTheSecondTime) {
    load_host_before_migration_44();
    migrator().run();
    const std::string before = value(k_fingerprint);
    const std::string ledger =
        value("SELECT md5(string_agg(m::text, '')) FROM callctl.migration m");
    const std::string backfill = value("SELECT b::text || xmin::text FROM callctl.backfill b");

    const MigrationReport report = migrator().run();

    EXPECT_THAT(report.applied, IsEmpty());
    EXPECT_EQ(report.inferred_rows, 0);
    EXPECT_EQ(value(k_fingerprint), before);
    EXPECT_EQ(value("SELECT md5(string_agg(m::text, '')) FROM callctl.migration m"), ledger);
    EXPECT_EQ(value("SELECT b::text || xmin::text FROM callctl.backfill b"), backfill);
}

// --- Generation S before its migration 44 ---

TEST_F(MigratorTest, AddsWhatTheHostLacksAndInfersItsStatuses) {
    load_host_before_migration_44();
    const MigrationReport report = migrator().run();

    EXPECT_EQ(report.inferred_rows, 10);
    EXPECT_EQ(statuses(1), "ccc");
    EXPECT_EQ(statuses(2), "cpp"); // 50 characters are not more than 50, nor 20 more than 20
    EXPECT_EQ(statuses(3), "ccc"); // 60 characters of realtime transcript, 21 of summary
    EXPECT_EQ(statuses(4), "rcc"); // retention has left the SID only
    EXPECT_EQ(statuses(5), "ppp");
    EXPECT_EQ(statuses(6), "ppp"); // no SID, all NULL
    EXPECT_EQ(statuses(7), "ppp");
    EXPECT_EQ(statuses(8), "rpp");
    EXPECT_EQ(statuses(9), "ppp");
    EXPECT_EQ(statuses(10), "pcp"); // an empty URL is none
    EXPECT_EQ(value("SELECT count(*) FROM call_log WHERE last_error IS NULL AND retry_count = 0"),
              "10");
}

TEST_F(MigratorTest, LeavesExistingRowsWithoutStatusUntilTheyAreInferred) {
    load_host_before_migration_44();
    m_on_event = [this](const MigrationProgress& progress) {
        if (progress.event == Event::applied && progress.name == "call_log") {
            EXPECT_EQ(statuses(1), "---");
            exec("INSERT INTO call_log (business_id, call_sid) VALUES (1, 'new')");
        }
    };
    migrator().run();
    EXPECT_EQ(value("SELECT recording_status FROM call_log WHERE call_sid = 'new'"), "pending");
}

TEST_F(MigratorTest, SchedulesNothing) {
    load_host_after_migration_44();
    migrator().run();
    EXPECT_EQ(value("SELECT count(*) FROM callctl.work"), "0");
}

TEST_F(MigratorTest, LeavesTheHostsOwnThingsAlone) {
    load_host_before_migration_44();
    const char* const own =
        "SELECT md5(string_agg(s::text, '')) || (SELECT version_num FROM alembic_version)"
        " FROM schema_migrations s";
    const char* const columns = "SELECT count(*) FROM pg_attribute"
                                " WHERE attrelid = 'call_log'::regclass AND attnum > 0";
    const std::string before = value(own);
    const std::string contents =
        value("SELECT md5(string_agg(summary, '' ORDER BY id)) FROM call_log");
    migrator().run();
    EXPECT_EQ(value(own), before);
    EXPECT_EQ(value("SELECT md5(string_agg(summary, '' ORDER BY id)) FROM call_log"), contents);
    EXPECT_EQ(value(columns), "38"); // 33 of the host and the five statuses
    EXPECT_EQ(value("SELECT format_type(atttypid, atttypmod) FROM pg_attribute"
                    " WHERE attrelid = 'call_log'::regclass AND attname = 'id'"),
              "integer");
}

// --- Generation S after it ---

TEST_F(MigratorTest, TouchesNoStatusColumnThatTheHostHad) {
    load_host_after_migration_44();
    const std::string before = value(k_fingerprint);
    const MigrationReport report = migrator().run();

    EXPECT_EQ(value(k_fingerprint), before);
    EXPECT_EQ(report.inferred_rows, 0);
    EXPECT_EQ(statuses(13), "f-s"); // what NULL means there is the host's business
    EXPECT_EQ(value("SELECT upto FROM callctl.backfill WHERE done_at IS NOT NULL"), "13");
}

TEST_F(MigratorTest, NeedsNoLockWhereNothingIsMissing) {
    load_host_after_migration_44();
    Connection reader{session_named("reader")};
    Transaction reading{reader};
    reading.exec("SELECT count(*) FROM call_log");
    MigrateOptions once = options();
    once.lock_attempts = 1;
    EXPECT_EQ(migrator(once).run().applied.size(), embedded_migrations().size());
    EXPECT_EQ(count(Event::waiting_for_lock), 0U);
}

TEST_F(MigratorTest, AddsTheOthersWhereOneOfTheFiveIsThere) {
    exec_script(
        "CREATE TABLE call_log (id serial PRIMARY KEY, business_id int, call_sid varchar(64),"
        " recording_url varchar(512), summary text, summary_status varchar(32) DEFAULT NULL"
        " CHECK (summary_status IN ('pending', 'processing', 'completed', 'failed')));"
        "INSERT INTO call_log (summary, summary_status) VALUES ('', 'failed'), (repeat('x', 21), "
        "NULL)");
    migrator().run();
    EXPECT_EQ(statuses(1), "ppf");
    EXPECT_EQ(statuses(2), "pp-");
    exec("INSERT INTO call_log (call_sid) VALUES ('new')");
    EXPECT_EQ(statuses(3), "pp-"); // the host's default is the host's business
}

// --- call_sid: NULL, duplicates, partial indexes ---

TEST_F(MigratorTest, SurvivesDuplicatesAndBuildsAnIndex) {
    load_host_before_migration_44();
    exec_script("ALTER TABLE call_log DROP CONSTRAINT call_log_call_sid_key;"
                "DROP INDEX ix_call_log_call_sid;"
                "INSERT INTO call_log (business_id, call_sid, recording_sid)"
                " SELECT business_id, call_sid, 'RE1' FROM call_log WHERE call_sid IS NOT NULL");
    const std::string rows = value("SELECT count(*) FROM call_log");
    migrator().run();
    EXPECT_EQ(value("SELECT count(*) FROM call_log"), rows);
    EXPECT_EQ(value("SELECT indisvalid AND NOT indisunique FROM pg_index"
                    " WHERE indexrelid = 'callctl_call_log_call_sid'::regclass"),
              "t");
}

TEST_F(MigratorTest, SurvivesAPartialUniqueIndex) {
    load_host_before_migration_44();
    exec_script("ALTER TABLE call_log DROP CONSTRAINT call_log_call_sid_key;"
                "DROP INDEX ix_call_log_call_sid;"
                "CREATE UNIQUE INDEX uniq_call_log_call_sid ON call_log (call_sid)"
                " WHERE call_sid IS NOT NULL AND call_sid <> ''");
    migrator().run();
    EXPECT_EQ(value("SELECT to_regclass('uniq_call_log_call_sid') IS NOT NULL"), "t");
    EXPECT_EQ(value("SELECT to_regclass('callctl_call_log_call_sid') IS NOT NULL"), "t");
}

TEST_F(MigratorTest, IsContentWithTheHostsIndex) {
    load_host_before_migration_44();
    migrator().run();
    EXPECT_EQ(value("SELECT to_regclass('callctl_call_log_call_sid') IS NULL"), "t");
}

TEST_F(MigratorTest, AddsAgainWhatTheApplicationHasTakenAway) {
    load_host_before_migration_44();
    exec_script("ALTER TABLE call_log DROP CONSTRAINT call_log_call_sid_key;"
                "DROP INDEX ix_call_log_call_sid");
    migrator().run();
    exec_script("ALTER TABLE call_log DROP COLUMN last_error;"
                "DROP INDEX callctl_call_log_call_sid");
    const auto plan = migrator().plan();
    EXPECT_EQ(plan.pending(), 2U);
    EXPECT_THAT(plan.migrations[1].statements,
                ElementsAre(HasSubstr("ADD COLUMN IF NOT EXISTS last_error")));
    const std::string ledger =
        value("SELECT md5(string_agg(m::text, '')) FROM callctl.migration m");
    EXPECT_THAT(migrator().run().applied, SizeIs(2));
    EXPECT_EQ(value("SELECT count(last_error) FROM call_log"), "0");
    EXPECT_FALSE(migrator().plan().host.lacks_index);
    EXPECT_EQ(migrator().plan().pending(), 0U);
    EXPECT_EQ(value("SELECT md5(string_agg(m::text, '')) FROM callctl.migration m"), ledger);
    EXPECT_TRUE(migrator().undo());
    EXPECT_EQ(value("SELECT count(*) FROM pg_attribute WHERE attrelid = 'call_log'::regclass"
                    " AND attname = 'last_error'"),
              "0");
}

// One of an empty table would be taken for the calls that callctl knows.
TEST_F(MigratorTest, MakesNoOtherTableWhereTheOneItKnewIsGone) {
    migrator().run();
    exec("ALTER TABLE call_log RENAME TO calls");
    ASSERT_THAT(migrator().plan().refusals, SizeIs(1));
    EXPECT_THAT(migrator().plan().refusals[0].what, HasSubstr("no call_log any more"));
    EXPECT_THROW(migrator().run(), base::SchemaError);
    EXPECT_EQ(value("SELECT to_regclass('call_log') IS NULL"), "t");
    exec("ALTER TABLE calls RENAME TO call_log");
    EXPECT_THAT(migrator().run().applied, IsEmpty());
}

TEST_F(MigratorTest, ShowsWhatANewerCallctlHasAppliedBesideIt) {
    migrator().run();
    exec("INSERT INTO callctl.migration (number, name, sha256, duration_ms, binary_version)"
         " VALUES (99, 'additive_more', repeat('0', 64), 1, '9.9')");
    const auto plan = migrator().plan();
    EXPECT_EQ(plan.migrations.back().number, 99);
    EXPECT_EQ(plan.migrations.back().applied.value().binary_version, "9.9");
    EXPECT_EQ(plan.pending(), 0U);
}

TEST_F(MigratorTest, ReplacesAnInvalidIndexThatACrashHasLeft) {
    load_host_before_migration_44();
    exec_script("ALTER TABLE call_log DROP CONSTRAINT call_log_call_sid_key;"
                "DROP INDEX ix_call_log_call_sid;"
                "UPDATE call_log SET call_sid = 'twice'");
    EXPECT_THROW(exec_alone(connection(),
                            "CREATE UNIQUE INDEX CONCURRENTLY callctl_call_log_call_sid"
                            " ON call_log (call_sid)"),
                 SqlError);
    ASSERT_EQ(value("SELECT indisvalid FROM pg_index"
                    " WHERE indexrelid = 'callctl_call_log_call_sid'::regclass"),
              "f");
    migrator().run();
    EXPECT_EQ(value("SELECT indisvalid FROM pg_index"
                    " WHERE indexrelid = 'callctl_call_log_call_sid'::regclass"),
              "t");
}

// --- Where the table lives and what it is ---

TEST_F(MigratorTest, FindsTheTableWhereSearchPathDoes) {
    exec_script("CREATE SCHEMA first; CREATE SCHEMA app;"
                "CREATE TABLE app.call_log (id serial PRIMARY KEY, call_sid text)");
    ConnectOptions connect = direct_options();
    connect.conninfo =
        base::Secret{connect.conninfo.reveal() + " options='-c search_path=first,app'"};
    Migrator{connect, m_clock, options()}.run();
    EXPECT_EQ(value("SELECT count(*) FROM information_schema.columns"
                    " WHERE table_schema = 'app' AND table_name = 'call_log'"),
              "20");
    EXPECT_EQ(value("SELECT to_regclass('first.call_log') IS NULL"), "t");
    EXPECT_EQ(value("SELECT to_regclass('app.callctl_call_log_call_sid') IS NOT NULL"), "t");
}

struct UnfitTable {
    std::string name;
    std::string sql;
    std::string problem;
};

class MigratorRefusal : public MigratorTest, public testing::WithParamInterface<UnfitTable> {};

TEST_P(MigratorRefusal, NamesTheProblemAndChangesNothing) {
    exec_script(GetParam().sql);
    EXPECT_THAT(migrator().plan().refusals,
                Contains(testing::Field(&Problem::what, HasSubstr(GetParam().problem))));
    try {
        migrator().run();
        FAIL() << "it was adopted";
    } catch (const base::SchemaError& error) {
        EXPECT_EQ(error.exit_code(), 8);
        EXPECT_THAT(error.what(), HasSubstr(GetParam().problem));
    }
    EXPECT_EQ(value("SELECT to_regnamespace('callctl') IS NULL"), "t");
}

INSTANTIATE_TEST_SUITE_P(
    All, MigratorRefusal,
    testing::Values(
        UnfitTable{"UuidKey", "CREATE TABLE call_log (id uuid PRIMARY KEY, call_sid text)",
                   "call_log.id is uuid, callctl needs integer or bigint"},
        UnfitTable{"NoKey", "CREATE TABLE call_log (call_sid text)", "call_log has no column id"},
        UnfitTable{"View", "CREATE VIEW call_log AS SELECT 1 AS id",
                   "call_log is not an ordinary table"},
        UnfitTable{"NumericStatus",
                   "CREATE TABLE call_log (id int PRIMARY KEY, recording_status int)",
                   "call_log.recording_status is integer, callctl needs varchar or text"},
        UnfitTable{"TextTime", "CREATE TABLE call_log (id int PRIMARY KEY, created_at text)",
                   "call_log.created_at is text, callctl needs timestamp"}),
    [](const auto& named) { return named.param.name; });

TEST_F(MigratorTest, TakesCompatibleTypesAsTheyAre) {
    exec_script("CREATE TABLE call_log (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
                " call_sid text, duration bigint, created_at timestamptz, recording_status text)");
    migrator().run();
    EXPECT_EQ(value("SELECT string_agg(data_type, ',' ORDER BY column_name)"
                    " FROM information_schema.columns WHERE table_name = 'call_log'"
                    " AND column_name IN ('created_at', 'duration', 'recording_status')"),
              "timestamp with time zone,bigint,text");
    // It was there, so its default is the host's business.
    EXPECT_EQ(value("SELECT column_default IS NULL FROM information_schema.columns"
                    " WHERE table_name = 'call_log' AND column_name = 'recording_status'"),
              "t");
}

// --- The plan ---

TEST_F(MigratorTest, PlansWithoutTouchingAnything) {
    load_host_before_migration_44();
    const std::string before = value(k_fingerprint);
    const MigrationPlan plan = migrator().plan();

    EXPECT_EQ(plan.pending(), embedded_migrations().size());
    EXPECT_THAT(plan.refusals, IsEmpty());
    EXPECT_EQ(plan.host.name, "call_log");
    EXPECT_THAT(plan.host.missing, ElementsAre("recording_status", "transcript_status",
                                               "summary_status", "last_error", "retry_count"));
    EXPECT_THAT(plan.host.required, ElementsAre("business_id"));
    EXPECT_EQ(value(k_fingerprint), before);
    EXPECT_EQ(value("SELECT to_regnamespace('callctl') IS NULL"), "t");
}

TEST_F(MigratorTest, PlansTheExactStatements) {
    load_host_before_migration_44();
    const MigrationPlan plan = migrator().plan();
    EXPECT_THAT(
        plan.migrations[1].statements,
        ElementsAre("ALTER TABLE call_log ADD COLUMN IF NOT EXISTS recording_status varchar(32),"
                    " ALTER COLUMN recording_status SET DEFAULT 'pending'",
                    "ALTER TABLE call_log ADD COLUMN IF NOT EXISTS transcript_status varchar(32),"
                    " ALTER COLUMN transcript_status SET DEFAULT 'pending'",
                    "ALTER TABLE call_log ADD COLUMN IF NOT EXISTS summary_status varchar(32),"
                    " ALTER COLUMN summary_status SET DEFAULT 'pending'",
                    "ALTER TABLE call_log ADD COLUMN IF NOT EXISTS last_error text",
                    "ALTER TABLE call_log ADD COLUMN IF NOT EXISTS retry_count integer"
                    " DEFAULT 0"));
    EXPECT_THAT(plan.migrations[5].statements, IsEmpty());
    EXPECT_FALSE(plan.migrations[5].in_transaction);
    EXPECT_THAT(plan.migrations[2].statements, Contains(HasSubstr("CREATE TABLE callctl.work")));
}

TEST_F(MigratorTest, PlansNoAlterationAfterMigration44) {
    load_host_after_migration_44();
    EXPECT_THAT(migrator().plan().migrations[1].statements, IsEmpty());
}

TEST_F(MigratorTest, PlansTheTableOfAnEmptyDatabase) {
    const MigrationPlan plan = migrator().plan();
    EXPECT_FALSE(plan.host.exists);
    ASSERT_THAT(plan.migrations[1].statements, SizeIs(1));
    EXPECT_THAT(plan.migrations[1].statements[0], HasSubstr("CREATE TABLE call_log"));
    EXPECT_THAT(plan.migrations[5].statements, IsEmpty());
}

TEST_F(MigratorTest, PlansTheNumbersThatTheRunThenAppliesBeforeMigration44) {
    load_host_before_migration_44();
    const InferencePreview preview = migrator().plan().inference;
    EXPECT_EQ(preview.rows, migrator().run().inferred_rows);
    EXPECT_TRUE(migrator().plan().inference.done);
    EXPECT_EQ(migrator().plan().inference.rows, 0);
}

TEST_F(MigratorTest, PlansTheNumbersThatTheRunThenAppliesAfterMigration44) {
    load_host_after_migration_44();
    const InferencePreview preview = migrator().plan().inference;
    EXPECT_THAT(preview.counts, IsEmpty());
    EXPECT_EQ(preview.rows, migrator().run().inferred_rows);
}

TEST_F(MigratorTest, CountsWhatWillBeInferredByStatus) {
    load_host_before_migration_44();
    std::vector<std::string> counts;
    for (const InferredCount& counted : migrator().plan().inference.counts) {
        counts.push_back(counted.column + " " + counted.status + " " +
                         std::to_string(counted.rows));
    }
    EXPECT_THAT(counts, ElementsAre("recording_status completed 3", "recording_status pending 5",
                                    "recording_status recording 2", "transcript_status completed 4",
                                    "transcript_status pending 6", "summary_status completed 3",
                                    "summary_status pending 7"));
}

TEST_F(MigratorTest, ShowsWhatIsApplied) {
    migrator().run();
    const MigrationPlan plan = migrator().plan();
    EXPECT_EQ(plan.pending(), 0U);
    ASSERT_TRUE(plan.migrations[0].applied);
    EXPECT_EQ(plan.migrations[0].applied->binary_version, "1.2.3");
    EXPECT_THAT(plan.migrations[0].statements, IsEmpty());
}

TEST_F(MigratorTest, NotesConstraintsThatRefuseStatuses) {
    exec_script(
        "CREATE TABLE call_log (id serial PRIMARY KEY, call_sid text, summary_status varchar(32)"
        " CONSTRAINT chk_summary CHECK (summary_status IN ('pending', 'completed')),"
        " CONSTRAINT is_short CHECK (length(summary_status) < 20),"
        " CONSTRAINT of_two CHECK (summary_status <> 'completed' OR call_sid IS NOT NULL))");
    EXPECT_THAT(migrator().plan().host.notes,
                ElementsAre("constraint chk_summary refuses processing, failed, skipped in "
                            "call_log.summary_status"));
}

TEST_F(MigratorTest, NamesColumnsThatARowDoesNotHaveAtFirst) {
    exec_script("CREATE TABLE call_log (id serial PRIMARY KEY, call_sid text NOT NULL,"
                " duration integer NOT NULL, last_error text NOT NULL DEFAULT '')");
    EXPECT_THAT(migrator().plan().host.required, ElementsAre("duration"));
}

} // namespace
} // namespace callctl::pg
