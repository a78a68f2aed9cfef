// Taking callctl out again: what it has added, and nothing else.
#include "db/adoption_fixture.hpp"

#include "pg/undo.hpp"

#include <gmock/gmock.h>

namespace callctl::pg {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class Undo : public AdoptionTest {
  protected:
    /// Loads a table, adopts it and takes that back.
    template <class Load>
    void expect_nothing_left(Load&& load) {
        load();
        note_host_columns();
        const std::string contents = host_contents();
        const std::string catalogue = host_catalogue();
        migrator().run();
        EXPECT_NE(host_catalogue(), catalogue);
        EXPECT_TRUE(migrator().undo());
        EXPECT_EQ(host_contents(), contents);
        EXPECT_EQ(host_catalogue(), catalogue);
        EXPECT_THAT(migrator().undo_plan().statements, IsEmpty());
    }
    void add_call(const std::string& lease) {
        exec_script("INSERT INTO callctl.work (call_sid, call_log_id, stage, call_created_at,"
                    " lease_owner, lease_until) VALUES ('CA' || repeat('0', 32), 1, 'summary',"
                    " now(), 'w', now() + interval '" +
                    lease +
                    "');"
                    "INSERT INTO callctl.artefact (call_id, stage, version, text)"
                    " VALUES (1, 'transcript', 1, 't'), (1, 'transcript', 2, 't')");
    }
};

TEST_F(Undo, LeavesGenerationMAsItWas) {
    expect_nothing_left([this] { load_generation_m(); });
}

TEST_F(Undo, LeavesGenerationSBeforeItsMigration44AsItWas) {
    expect_nothing_left([this] { load_host_before_migration_44(); });
}

TEST_F(Undo, KeepsTheStatusColumnsThatTheHostHad) {
    expect_nothing_left([this] { load_host_after_migration_44(); });
    EXPECT_EQ(statuses(11), "cfp");
}

TEST_F(Undo, LeavesABareTableAsItWas) {
    expect_nothing_left([this] { exec("CREATE TABLE call_log (id serial PRIMARY KEY)"); });
}

TEST_F(Undo, LeavesAnEmptyDatabaseEmpty) {
    const std::string catalogue = host_catalogue();
    migrator().run();
    migrator().undo();
    EXPECT_EQ(host_catalogue(), catalogue);
}

TEST_F(Undo, KeepsCallsInATableThatCallctlHasMade) {
    migrator().run();
    exec("INSERT INTO call_log (call_sid) VALUES ('CA1')");
    EXPECT_THAT(migrator().undo_plan().kept, ElementsAre(HasSubstr("it holds 1 calls")));
    migrator().undo();
    EXPECT_EQ(value("SELECT count(*) FROM call_log"), "1");
    EXPECT_EQ(value("SELECT to_regnamespace('callctl') IS NULL"), "t");
    EXPECT_EQ(migrator().run().applied.size(), embedded_migrations().size());
}

TEST_F(Undo, KeepsATableOfItsOwnWhoseFirstCallComesMeanwhile) {
    migrator().run();
    Connection host{session_named("gunicorn")};
    auto inserting = std::make_unique<Transaction>(host);
    inserting->exec("INSERT INTO call_log (call_sid) VALUES ('CA1')");
    std::thread commits{[&] {
        wait_until_waited_for("TABLE call_log");
        inserting->commit();
    }};
    MigrateOptions patient = options();
    patient.lock_timeout = std::chrono::milliseconds{60'000};
    EXPECT_TRUE(migrator(patient).undo());
    commits.join();
    EXPECT_EQ(value("SELECT count(*) FROM call_log"), "1");
    EXPECT_EQ(value("SELECT to_regnamespace('callctl') IS NULL"), "t");
}

TEST_F(Undo, KeepsATableOfItsOwnThatOthersHaveBuiltOn) {
    const std::vector<std::pair<std::string, std::string>> additions{
        {"ALTER TABLE call_log ADD COLUMN \"Mood\" text", "column Mood"},
        {"CREATE INDEX by_number ON call_log (from_number)", "index by_number"},
        {"ALTER TABLE call_log ADD CONSTRAINT sane CHECK (duration >= 0)", "constraint sane"},
        {"CREATE POLICY own ON call_log USING (true)", "policy own"},
        {"CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
         "CREATE TRIGGER touch BEFORE INSERT ON call_log FOR EACH ROW EXECUTE FUNCTION f()",
         "trigger touch"}};
    for (const auto& [sql, what] : additions) {
        migrator().run();
        exec_script(sql);
        EXPECT_THAT(migrator().undo_plan().kept, ElementsAre(HasSubstr(what)));
        EXPECT_TRUE(migrator().undo());
        EXPECT_EQ(value("SELECT count(*) FROM call_log"), "0") << what;
        exec("DROP TABLE call_log");
    }
}

TEST_F(Undo, CanBeFollowedByAnotherAdoption) {
    load_generation_m();
    migrator().run();
    const std::string catalogue = host_catalogue();
    const std::string statuses = all_statuses();
    migrator().undo();
    EXPECT_EQ(migrator().run().applied.size(), embedded_migrations().size());
    EXPECT_EQ(host_catalogue(), catalogue);
    EXPECT_EQ(all_statuses(), statuses);
}

TEST_F(Undo, TakesBackAnAdoptionThatWasCutShort) {
    load_generation_m();
    note_host_columns();
    const std::string catalogue = host_catalogue();
    for (int last = 1; last <= static_cast<int>(embedded_migrations().size()); ++last) {
        MigrateOptions partly = options();
        partly.migrations = embedded_migrations().first(static_cast<std::size_t>(last));
        m_on_event = [last](const MigrationProgress& progress) {
            if (progress.event == Event::applied && progress.number == last) {
                throw std::runtime_error{"killed"};
            }
        };
        EXPECT_THROW(migrator(partly).run(), std::runtime_error);
        m_on_event = {};
        migrator().undo();
        ASSERT_EQ(host_catalogue(), catalogue) << last;
    }
}

TEST_F(Undo, TellsWhatIsLostAndWhoIsAtWork) {
    load_generation_m();
    migrator().run();
    add_call("1 minute");
    ConnectOptions named = direct_options(); // a pooler would lend its sessions' names to others
    named.application_name = "callctl.serve-webhooks";
    Connection service{named};
    const UndoPlan plan = migrator().undo_plan();
    EXPECT_THAT(plan.losses,
                ElementsAre(testing::AllOf(testing::Field(&Loss::what, HasSubstr("calls")),
                                           testing::Field(&Loss::rows, 1)),
                            testing::AllOf(testing::Field(&Loss::what, HasSubstr("transcripts")),
                                           testing::Field(&Loss::rows, 2))));
    EXPECT_THAT(plan.at_work, ElementsAre("callctl.serve-webhooks, connections: 1",
                                          "calls in the hands of workers: 1"));
}

TEST_F(Undo, TellsOfTheValuesThatGoWithItsColumns) {
    exec_script("CREATE TABLE call_log (id serial PRIMARY KEY, call_sid varchar(64),"
                " transcription text, created_at timestamp)");
    migrator().run();
    exec_script("INSERT INTO call_log (call_sid, transcription, summary)"
                " VALUES ('CA1', 'kept', 'lost'), ('CA2', 'kept', NULL)");
    EXPECT_THAT(
        migrator().undo_plan().losses,
        ElementsAre(testing::AllOf(testing::Field(&Loss::what, "values of call_log.summary"),
                                   testing::Field(&Loss::rows, 1))));
    exec("ALTER TABLE call_log RENAME COLUMN duration TO \"Seconds\"");
    exec("UPDATE call_log SET \"Seconds\" = 7");
    EXPECT_THAT(migrator().undo_plan().losses,
                Contains(testing::AllOf(testing::Field(&Loss::what, "values of call_log.Seconds"),
                                        testing::Field(&Loss::rows, 2))));
}

// As a role is told it that may read everything and owns nothing.
UndoPlan plan_of_a_reader(Transaction& transaction, const std::string& role) {
    transaction.exec("GRANT USAGE ON SCHEMA callctl TO " + role);
    transaction.exec("GRANT SELECT ON ALL TABLES IN SCHEMA callctl TO " + role);
    transaction.exec("GRANT SELECT ON call_log TO " + role);
    transaction.exec("SET LOCAL ROLE " + role);
    return plan_undo(transaction, embedded_migrations(), "callctl.test");
}

TEST_F(Undo, IsRefusedToWhoDoesNotOwnWhatGoes) {
    load_generation_m();
    migrator().run();
    const std::string role = "callctl_nobody_" + std::to_string(getpid());
    Transaction transaction{connection()};
    transaction.exec("CREATE ROLE " + role);
    const auto plan = plan_of_a_reader(transaction, role);
    ASSERT_THAT(plan.refusals, SizeIs(1));
    EXPECT_THAT(plan.refusals[0].what, HasSubstr("call_log, callctl.artefact"));
    EXPECT_THAT(plan.refusals[0].fix, testing::StartsWith("run this as "));
}

TEST_F(Undo, IsRefusedAlsoWhereOnlyTheIndexIsInSomebodyElsesTable) {
    exec("CREATE TABLE call_log (id serial PRIMARY KEY)");
    migrator().run();
    const std::string role = "callctl_nobody_" + std::to_string(getpid());
    Transaction transaction{connection()};
    for (const std::string& column : inspect_host_table(transaction).added) {
        transaction.exec("COMMENT ON COLUMN call_log." + column + " IS NULL");
    }
    transaction.exec("CREATE ROLE " + role + " SUPERUSER");
    transaction.exec("SET LOCAL ROLE " + role);
    EXPECT_THAT(plan_undo(transaction, embedded_migrations(), "callctl.test").refusals, IsEmpty());
    transaction.exec("RESET ROLE");
    transaction.exec("ALTER ROLE " + role + " NOSUPERUSER");
    const auto plan = plan_of_a_reader(transaction, role);
    ASSERT_THAT(plan.refusals, SizeIs(1));
    EXPECT_THAT(plan.refusals[0].what, HasSubstr("call_log, callctl.artefact"));
}

TEST_F(Undo, DoesNotCountALeaseThatHasEnded) {
    migrator().run();
    add_call("-1 minute");
    EXPECT_THAT(migrator().undo_plan().at_work, IsEmpty());
}

TEST_F(Undo, TellsItsStatementsWithoutRunningThem) {
    load_generation_m();
    migrator().run();
    const std::string catalogue = host_catalogue();
    const UndoPlan plan = migrator().undo_plan();
    EXPECT_THAT(plan.statements, Contains("ALTER TABLE call_log DROP COLUMN recording_status,"
                                          " DROP COLUMN transcript_status, DROP COLUMN last_error,"
                                          " DROP COLUMN retry_count"));
    EXPECT_THAT(plan.statements, Contains("DROP INDEX IF EXISTS callctl_call_log_call_sid"));
    EXPECT_EQ(plan.statements.back(), "DROP SCHEMA callctl");
    EXPECT_EQ(host_catalogue(), catalogue);
}

TEST_F(Undo, FindsItsColumnsUnderWhateverNameTheyHave) {
    load_generation_m();
    migrator().run();
    exec_script("ALTER TABLE call_log RENAME recording_status TO \"Host Status\";"
                "ALTER TABLE call_log RENAME last_error TO \"user\"");
    EXPECT_TRUE(migrator().undo());
    EXPECT_EQ(value("SELECT count(*) FROM pg_attribute WHERE attrelid = 'call_log'::regclass"
                    " AND attname IN ('Host Status', 'user')"),
              "0");
}

TEST_F(Undo, RefusesWhileAViewOrAnIndexOfTheHostNeedsAColumn) {
    load_generation_m();
    migrator().run();
    exec_script("CREATE VIEW stuck AS SELECT id FROM call_log WHERE recording_status = 'pending';"
                "CREATE INDEX by_error ON call_log (last_error)");
    const std::string catalogue = host_catalogue();
    const auto refusals = migrator().undo_plan().refusals;
    ASSERT_THAT(refusals, SizeIs(2));
    EXPECT_THAT(refusals[0].what, HasSubstr("by_error depends on call_log.last_error"));
    EXPECT_THAT(refusals[1].what, HasSubstr("stuck depends on call_log.recording_status"));
    EXPECT_THROW(migrator().undo(), base::SchemaError);
    EXPECT_EQ(host_catalogue(), catalogue);
}

TEST_F(Undo, RefusesToTakeWhatOthersHaveInTheSchemaOrBuiltUponIt) {
    load_generation_m();
    migrator().run();
    const std::vector<std::tuple<std::string, std::string, std::string>> additions{
        {"CREATE VIEW spent AS SELECT cost_micros FROM callctl.attempt", "DROP VIEW spent",
         "view spent depends on table callctl.attempt"},
        {"CREATE TABLE note (call_id bigint REFERENCES callctl.work)", "DROP TABLE note",
         "note_call_id_fkey on table note depends on table callctl.work"},
        {"CREATE POLICY held ON call_log USING (EXISTS (SELECT FROM callctl.work))",
         "DROP POLICY held ON call_log", "policy held on table call_log depends on table"},
        {"CREATE TABLE heir () INHERITS (callctl.piece)", "DROP TABLE heir",
         "table heir depends on table callctl.piece"},
        {"CREATE TABLE copy (one callctl.work)", "DROP TABLE copy",
         "table copy depends on type callctl.work"},
        {"CREATE FUNCTION calls() RETURNS bigint BEGIN ATOMIC SELECT count(*) FROM callctl.work; "
         "END",
         "DROP FUNCTION calls", "function calls() depends on table callctl.work"},
        {"CREATE VIEW callctl.late AS SELECT 1 AS n", "DROP VIEW callctl.late",
         "view callctl.late is in the schema"},
        {"CREATE TABLE callctl.notes (n int)", "DROP TABLE callctl.notes",
         "table callctl.notes is in the schema"},
        {"CREATE TYPE callctl.mood AS ENUM ('good')", "DROP TYPE callctl.mood",
         "type callctl.mood is in the schema"},
        {"CREATE FUNCTION callctl.one() RETURNS int LANGUAGE sql AS 'SELECT 1'",
         "DROP FUNCTION callctl.one", "function callctl.one() is in the schema"},
        {"CREATE SEQUENCE callctl.s", "DROP SEQUENCE callctl.s",
         "sequence callctl.s is in the schema"}};
    for (const auto& [sql, undo, what] : additions) {
        exec(sql);
        const auto refusals = migrator().undo_plan().refusals;
        EXPECT_THAT(refusals, ElementsAre(testing::Field(&Problem::what, HasSubstr(what))));
        EXPECT_THROW(migrator().undo(), base::SchemaError) << what;
        exec(undo);
    }
    EXPECT_TRUE(migrator().undo());
}

TEST_F(Undo, RefusesToDropATableOfItsOwnBelowAView) {
    migrator().run();
    exec("CREATE VIEW calls AS SELECT id FROM call_log");
    EXPECT_THAT(migrator().undo_plan().refusals,
                ElementsAre(testing::Field(&Problem::what,
                                           HasSubstr("view calls depends on table call_log"))));
    EXPECT_THROW(migrator().undo(), base::SchemaError);
    exec("DROP VIEW calls");
    EXPECT_TRUE(migrator().undo());
}

TEST_F(Undo, RefusesUnderASearchPathThatDoesNotFindTheAdoptedTable) {
    load_generation_m();
    migrator().run();
    exec_script("CREATE SCHEMA app; ALTER TABLE call_log SET SCHEMA app");
    const auto refused =
        AllOf(testing::Field(&Problem::what, HasSubstr("app.call_log has what callctl")),
              testing::Field(&Problem::fix, HasSubstr("options=-csearch_path%3Dapp among")));
    EXPECT_THAT(migrator().undo_plan().refusals, ElementsAre(refused));
    exec("CREATE TABLE call_log (id serial PRIMARY KEY)");
    EXPECT_THAT(migrator().undo_plan().refusals, ElementsAre(refused));
    EXPECT_THROW(migrator().undo(), base::SchemaError);
    exec_script("DROP TABLE call_log; ALTER TABLE app.call_log SET SCHEMA public");
    EXPECT_TRUE(migrator().undo());
}

TEST_F(Undo, RefusesWhereNothingButTheIndexIsOnTheAdoptedTable) {
    exec("CREATE TABLE call_log (id serial PRIMARY KEY)");
    migrator().run();
    exec_script(R"(
DO $$
DECLARE column_name text;
BEGIN
  FOR column_name IN
    SELECT attname FROM pg_attribute WHERE attrelid = 'call_log'::regclass AND attnum > 0
  LOOP
    EXECUTE format('COMMENT ON COLUMN call_log.%I IS NULL', column_name);
  END LOOP;
END $$)");
    exec_script("CREATE SCHEMA app; ALTER TABLE call_log SET SCHEMA app");
    EXPECT_THAT(migrator().undo_plan().refusals,
                ElementsAre(testing::Field(&Problem::what, HasSubstr("app.call_log has what"))));
}

TEST_F(Undo, LeavesCopiesOfTheAdoptedTableAlone) {
    load_generation_m();
    migrator().run();
    exec_script("CREATE SCHEMA backup; CREATE TABLE backup.call_log (LIKE call_log INCLUDING ALL)");
    EXPECT_TRUE(migrator().undo());
    EXPECT_THAT(migrator().undo_plan().refusals, IsEmpty());
    EXPECT_EQ(value("SELECT count(*) FROM pg_attribute WHERE attname = 'recording_status'"
                    " AND attrelid = 'backup.call_log'::regclass"),
              "1");
}

TEST_F(Undo, CallsNothingOfANewerCallctlSomebodyElses) {
    migrator().run();
    exec_script("CREATE TABLE callctl.foo (n int);"
                "INSERT INTO callctl.migration"
                " SELECT 99, 'additive_foo', repeat('0', 64), now(), 1, '9.9.9'");
    EXPECT_THAT(
        migrator().undo_plan().refusals,
        ElementsAre(testing::Field(&Problem::what, HasSubstr("migrations of a newer callctl"))));
}

TEST_F(Undo, LeavesASchemaOfANewerCallctlToThat) {
    migrator().run();
    exec("INSERT INTO callctl.migration"
         " SELECT 99, 'additive_notes', repeat('0', 64), now(), 1, '9.9.9'");
    EXPECT_THAT(migrator().undo_plan().refusals, SizeIs(1));
    EXPECT_THROW(migrator().undo(), base::SchemaError);
}

TEST_F(Undo, HasNothingToDoWhereCallctlNeverWas) {
    load_generation_m();
    EXPECT_THAT(migrator().undo_plan().statements, IsEmpty());
    EXPECT_TRUE(migrator().undo());
}

} // namespace
} // namespace callctl::pg
