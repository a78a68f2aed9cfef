// What is told of a host's table before it is adopted, and what of it stays as it was.
#include "db/adoption_fixture.hpp"

#include "pg/call_store.hpp"
#include "pg/conninfo.hpp"
#include "pg/pool.hpp"

#include <gmock/gmock.h>

#include <unistd.h>

namespace callctl::pg {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

class Adoption : public AdoptionTest {
  protected:
    [[nodiscard]] std::int64_t rows_that_are(const AdoptionSurvey& survey,
                                             const std::string& fate) {
        for (const RowFate& each : survey.fates) {
            if (each.fate == fate) {
                return each.rows;
            }
        }
        return 0;
    }
    port::SweepReport sweep() {
        Pool pool{connect_options()};
        PgCallStore store{pool, {}};
        return store.sweep({}, [](const auto&...) { return call::Change{}; });
    }
    void expect_mended_by_its_fixes(const std::vector<Problem>& told) {
        for (const Problem& problem : told) {
            exec_script(problem.fix);
        }
        EXPECT_THAT(survey().obstacles, IsEmpty());
    }
};

// --- Which table it is ---

TEST_F(Adoption, RecognisesGenerationSBeforeItsMigration44) {
    load_host_before_migration_44();
    EXPECT_EQ(survey().recognised.generation, Generation::s);
    EXPECT_THAT(survey().recognised.by, Contains("from_number_norm"));
}

TEST_F(Adoption, RecognisesGenerationSAfterIt) {
    load_host_after_migration_44();
    EXPECT_EQ(survey().recognised.generation, Generation::s);
    EXPECT_THAT(survey().recognised.by, Contains("recording_status"));
}

TEST_F(Adoption, RecognisesGenerationMAlsoOnceItIsAdopted) {
    load_generation_m();
    EXPECT_EQ(survey().recognised.generation, Generation::m);
    EXPECT_THAT(survey().recognised.by, Contains("recording_mode"));
    migrator().run();
    EXPECT_EQ(survey().recognised.generation, Generation::m);
}

TEST_F(Adoption, SaysThatItDoesNotKnowATable) {
    exec("CREATE TABLE call_log (id serial PRIMARY KEY, call_sid text)");
    EXPECT_EQ(survey().recognised.generation, Generation::unknown);
    EXPECT_THAT(survey().obstacles, IsEmpty());
}

TEST_F(Adoption, HasNothingToTellOfAnEmptyDatabase) {
    EXPECT_EQ(survey().recognised.generation, Generation::none);
    EXPECT_THAT(survey().obstacles, IsEmpty());
    EXPECT_THAT(survey().locks, IsEmpty());
}

// --- What becomes of its rows ---

TEST_F(Adoption, SaysOfEveryRowWhatBecomesOfIt) {
    load_generation_m();
    const AdoptionSurvey told = survey();
    EXPECT_EQ(told.rows, 8);
    EXPECT_EQ(rows_that_are(told, "taken up"), 2);
    EXPECT_EQ(rows_that_are(told, "too old"), 2);
    EXPECT_EQ(rows_that_are(told, "no SID"), 1);
    EXPECT_EQ(rows_that_are(told, "not a call SID"), 1);
    EXPECT_EQ(rows_that_are(told, "duplicate SID"), 1);
    EXPECT_EQ(rows_that_are(told, "complete"), 1);
}

TEST_F(Adoption, TellsTheNumberThatTheSweepThenTakesUp) {
    load_generation_m();
    const std::int64_t told = rows_that_are(survey(), "taken up");
    migrator().run();
    EXPECT_EQ(rows_that_are(survey(), "taken up"), told);
    EXPECT_EQ(static_cast<std::int64_t>(sweep().adopted), told);
    EXPECT_EQ(rows_that_are(survey(), "known"), told + 1); // and the second row of a SID
    EXPECT_EQ(rows_that_are(survey(), "taken up"), 0);
}

TEST_F(Adoption, TellsTheStatusesThatItThenInfers) {
    load_generation_m();
    std::vector<std::string> told;
    for (const InferredCount& count : migrator().plan().inference.counts) {
        told.push_back(count.column + " " + count.status + " " + std::to_string(count.rows));
    }
    EXPECT_THAT(told, ElementsAre("recording_status completed 3", "recording_status pending 5",
                                  "transcript_status completed 2", "transcript_status pending 6"));
    migrator().run();
    EXPECT_EQ(all_statuses(), "cp- ppp ccc pp- pp- ppf ccc pp-");
}

TEST_F(Adoption, TellsTheLocksThatItWillTake) {
    load_generation_m();
    const AdoptionSurvey told = survey();
    ASSERT_THAT(told.locks, SizeIs(3));
    EXPECT_EQ(told.locks[0].mode, "ACCESS EXCLUSIVE");
    EXPECT_EQ(told.locks[1].statement, "CREATE INDEX CONCURRENTLY");
    EXPECT_EQ(told.locks[1].blocks.count(), 0);
    EXPECT_EQ(told.locks[2].statement, "UPDATE");
    for (const ExpectedLock& lock : told.locks) {
        EXPECT_LE(lock.blocks.count(), 200) << lock.statement;
    }
    migrator().run();
    EXPECT_THAT(survey().locks, IsEmpty());
}

TEST_F(Adoption, TellsWithoutTouchingAnything) {
    load_generation_m();
    note_host_columns();
    const std::string contents = host_contents();
    const std::string catalogue = host_catalogue();
    static_cast<void>(survey());
    EXPECT_EQ(host_contents(), contents);
    EXPECT_EQ(host_catalogue(), catalogue);
}

// --- What stays as it was ---

TEST_F(Adoption, LeavesEveryByteInTheColumnsOfGenerationM) {
    load_generation_m();
    note_host_columns();
    const std::string before = host_contents();
    migrator().run();
    EXPECT_EQ(host_contents(), before);
}

TEST_F(Adoption, LeavesEveryByteInTheColumnsOfGenerationS) {
    load_host_after_migration_44();
    note_host_columns();
    const std::string before = host_contents();
    migrator().run();
    EXPECT_EQ(host_contents(), before);
}

TEST_F(Adoption, MarksTheColumnsThatItAddsAndNoOther) {
    load_generation_m();
    migrator().run();
    EXPECT_EQ(value("SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute"
                    " WHERE attrelid = 'call_log'::regclass"
                    " AND col_description(attrelid, attnum) = 'added by callctl'"),
              "recording_status transcript_status last_error retry_count");
}

TEST_F(Adoption, HasATriggerRestForRowsOfThePast) {
    load_generation_m();
    exec_script("CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS"
                " 'BEGIN NEW.updated_at := now(); RETURN NEW; END';"
                "CREATE TRIGGER touch BEFORE UPDATE ON call_log"
                " FOR EACH ROW EXECUTE FUNCTION touch()");
    EXPECT_THAT(survey().resting_triggers, ElementsAre("touch"));
    migrator().run();
    EXPECT_EQ(value("SELECT count(*) FROM call_log WHERE updated_at IS NOT NULL"), "0");
    exec("UPDATE call_log SET summary_status = 'failed' WHERE id = 1");
    EXPECT_EQ(value("SELECT count(*) FROM call_log WHERE updated_at IS NOT NULL"), "1");
}

TEST_F(Adoption, LetsATriggerOfReplicasBeWhereNothingHasToRest) {
    load_generation_m();
    create_trigger("touch");
    exec("ALTER TABLE call_log ENABLE REPLICA TRIGGER touch");
    EXPECT_THAT(survey().resting_triggers, IsEmpty());
    EXPECT_EQ(migrator().run().inferred_rows, 8);
    EXPECT_EQ(touched_rows(), "0");
}

TEST_F(Adoption, MayHaveAnAdditiveMigrationOfANewerCallctlBesideIt) {
    migrator().run();
    exec("INSERT INTO callctl.migration"
         " SELECT 99, 'additive_notes', repeat('0', 64), now(), 1, '9.9.9'");
    EXPECT_NO_THROW(sweep());
    EXPECT_THAT(migrator().plan().refusals, IsEmpty());
    EXPECT_THAT(migrator().run().applied, IsEmpty());
}

// --- What is in the way ---

struct OddTable {
    std::string name;
    std::string sql;
    std::string problem;
    std::string fix;
};

class AdoptionObstacle : public Adoption, public testing::WithParamInterface<OddTable> {};

TEST_P(AdoptionObstacle, IsToldWithItsFixAndRefusedUntouched) {
    exec_script(GetParam().sql);
    const AdoptionSurvey told = survey();
    ASSERT_THAT(told.obstacles, SizeIs(1));
    EXPECT_THAT(told.obstacles[0].what, HasSubstr(GetParam().problem));
    EXPECT_THAT(told.obstacles[0].fix, HasSubstr(GetParam().fix));
    EXPECT_THROW(migrator().run(), base::SchemaError);
    EXPECT_EQ(value("SELECT to_regclass('callctl.migration') IS NULL"), "t");
}

INSTANTIATE_TEST_SUITE_P(
    All, AdoptionObstacle,
    testing::Values(
        OddTable{"View", "CREATE VIEW call_log AS SELECT 1 AS id", "not an ordinary table",
                 "search_path"},
        OddTable{"Partitioned",
                 "CREATE TABLE call_log (id int PRIMARY KEY, call_sid text) PARTITION BY HASH (id)",
                 "not an ordinary table", "partitioned"},
        OddTable{"IdThatIsUniqueOnlyWithinABusiness",
                 "CREATE TABLE call_log (id serial, business_id int DEFAULT 1, call_sid text,"
                 " PRIMARY KEY (business_id, id))",
                 "call_log.id is not unique by itself", "CREATE UNIQUE INDEX CONCURRENTLY"},
        OddTable{"IdThatIsUniqueInSomeRows",
                 "CREATE TABLE call_log (id serial NOT NULL, call_sid text);"
                 "CREATE INDEX by_id ON call_log (id);"
                 "CREATE UNIQUE INDEX live ON call_log (id) WHERE call_sid IS NOT NULL",
                 "call_log.id is not unique by itself", "CREATE UNIQUE INDEX CONCURRENTLY"},
        OddTable{"IdThatMayBeNull",
                 "CREATE TABLE call_log (id bigint UNIQUE DEFAULT 1, call_sid text)",
                 "call_log.id may be NULL", "ALTER TABLE call_log ALTER COLUMN id SET NOT NULL"},
        OddTable{"IndexOfATableThatWasReplaced",
                 "CREATE TABLE call_log_old (call_sid text);"
                 "CREATE INDEX callctl_call_log_call_sid ON call_log_old (call_sid);"
                 "CREATE TABLE call_log (id serial PRIMARY KEY, call_sid text)",
                 "callctl_call_log_call_sid is of call_log_old",
                 "DROP INDEX callctl_call_log_call_sid"},
        OddTable{"CallSidThatIsTooShort",
                 "CREATE TABLE call_log (id serial PRIMARY KEY, call_sid varchar(20))",
                 "call_log.call_sid is character varying(20), callctl writes 34 characters",
                 "ALTER TABLE call_log ALTER COLUMN call_sid TYPE varchar(64)"},
        OddTable{"RecordingUrlThatIsTooShort",
                 "CREATE TABLE call_log (id serial PRIMARY KEY, recording_url varchar(50))",
                 "callctl writes 123 characters", "recording_url TYPE varchar(512)"},
        OddTable{"CallStatusThatIsTooShort",
                 "CREATE TABLE call_log (id serial PRIMARY KEY, call_status varchar(9))",
                 "callctl writes 11 characters", "call_status TYPE varchar(32)"},
        OddTable{"GeneratedColumn",
                 "CREATE TABLE call_log (id serial PRIMARY KEY, call_sid text,"
                 " duration int GENERATED ALWAYS AS (id * 2) STORED)",
                 "call_log.duration is a generated column", "DROP EXPRESSION"},
        OddTable{"Inherited",
                 "CREATE TABLE call_log (id serial PRIMARY KEY, call_sid text);"
                 "CREATE TABLE old_calls () INHERITS (call_log)",
                 "inheritance", "NO INHERIT"},
        OddTable{"Rule",
                 "CREATE TABLE call_log (id serial PRIMARY KEY, call_sid text);"
                 "CREATE RULE audit AS ON UPDATE TO call_log DO ALSO NOTHING",
                 "rule audit", "DROP RULE"},
        OddTable{"TriggerThatAlwaysFires",
                 "CREATE TABLE call_log (id serial PRIMARY KEY, call_sid text);"
                 "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
                 "CREATE TRIGGER touch BEFORE UPDATE ON call_log FOR EACH ROW EXECUTE FUNCTION f();"
                 "ALTER TABLE call_log ENABLE ALWAYS TRIGGER touch",
                 "trigger touch", "ENABLE TRIGGER touch"},
        OddTable{"TriggerThatFiresWhileOthersRest",
                 "CREATE TABLE call_log (id serial PRIMARY KEY, call_sid text);"
                 "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
                 "CREATE TRIGGER touch BEFORE UPDATE ON call_log FOR EACH ROW EXECUTE FUNCTION f();"
                 "CREATE TRIGGER \"Copy\" BEFORE UPDATE ON call_log FOR EACH ROW"
                 " EXECUTE FUNCTION f();"
                 "ALTER TABLE call_log ENABLE REPLICA TRIGGER \"Copy\"",
                 "trigger Copy would fire", "DISABLE TRIGGER \"Copy\""},
        OddTable{"SchemaOfSomebodyElse",
                 "CREATE TABLE call_log (id serial PRIMARY KEY, call_sid text);"
                 "CREATE SCHEMA callctl; CREATE TABLE callctl.notes (n int)",
                 "schema callctl that is not of this program", "RENAME"},
        OddTable{"TypeThatDoesNotFit",
                 "CREATE TABLE call_log (id serial PRIMARY KEY, call_sid text, retry_count text)",
                 "call_log.retry_count is text", "ALTER TABLE"}),
    [](const auto& named) { return named.param.name; });

TEST_F(Adoption, TakesAnIdThatAUniqueIndexGuardsWithoutBeingTheKey) {
    exec_script("CREATE TABLE call_log (id serial, business_id int DEFAULT 1, call_sid text,"
                " PRIMARY KEY (business_id, id));"
                "CREATE UNIQUE INDEX by_id ON call_log (id) INCLUDE (call_sid)");
    EXPECT_THAT(survey().obstacles, IsEmpty());
}

TEST_F(Adoption, IsToldOfAnIdThatIsNoLongerUnique) {
    load_generation_m();
    migrator().run();
    exec("ALTER TABLE call_log DROP CONSTRAINT call_log_pkey CASCADE");
    const auto problems = migrator().host_problems({.insert_defaults = {{"business_id", "1"}}});
    EXPECT_THAT(problems,
                Contains(testing::Field(&Problem::what, HasSubstr("call_log.id is not unique"))));
}

TEST_F(Adoption, TellsAnOptionThatFindsATableInASchemaOfAnyName) {
    const std::string schema = "\"My &A\\pp\"\"s\tone\"";
    exec_script("CREATE SCHEMA " + schema + "; CREATE TABLE " + schema +
                ".call_log (id serial PRIMARY KEY, call_sid text)");
    const auto problems = survey().obstacles;
    ASSERT_THAT(problems, SizeIs(1));
    const std::string& fix = problems[0].fix;
    const auto from = fix.find("options=");
    ASSERT_NE(from, std::string::npos) << fix;
    const std::string option = fix.substr(from, fix.find(' ', from) - from);
    const std::string its_settings = session_conninfo(
        {.conninfo = base::Secret{"postgresql:///?" + option}}, StartupOptions::with);
    ConnectOptions connect = direct_options();
    connect.conninfo = base::Secret{connect.conninfo.reveal() + " " + its_settings};
    Connection connection{connect};
    Transaction transaction{connection};
    EXPECT_FALSE(transaction.exec("SELECT to_regclass('call_log') AS found")[0]["found"].is_null())
        << option;
}

TEST_F(Adoption, NamesARequiredColumnThatTheConfigurationHasNoValueFor) {
    load_generation_m();
    const auto told = migrator().survey(migrator().plan(), {});
    ASSERT_THAT(told.obstacles, SizeIs(2)) << "the other one is the constraint's";
    EXPECT_THAT(told.obstacles[0].what, HasSubstr("column business_id"));
    EXPECT_THAT(told.obstacles[0].fix, HasSubstr("[call_log.defaults]"));
}

TEST_F(Adoption, MakesNoTableBesideOneThatTheSearchPathDoesNotFind) {
    EXPECT_THAT(survey().obstacles, IsEmpty());
    exec_script("CREATE SCHEMA app; CREATE TABLE app.call_log (id serial PRIMARY KEY, "
                "call_sid text)");
    EXPECT_THAT(survey().obstacles,
                ElementsAre(AllOf(Field(&Problem::what, HasSubstr("app.call_log is not in the "
                                                                  "search_path")),
                                  Field(&Problem::fix, HasSubstr("-csearch_path%3Dapp")))));
    EXPECT_THAT(survey().obstacles.front().fix, HasSubstr("run callctl migrate without"));
    migrator().run();
    exec_script("DROP TABLE call_log CASCADE");
    EXPECT_THAT(survey().obstacles.front().fix, Not(HasSubstr("run callctl migrate")))
        << "which refuses that where there was one before";
}

// Each would keep every call, or every call but the first, from being inserted.
TEST_F(Adoption, NamesValuesOfTheConfigurationThatTheTableDoesNotTake) {
    exec_script("CREATE DOMAIN filled AS text NOT NULL;"
                "CREATE TABLE call_log (id bigint PRIMARY KEY, call_sid text, tenant int NOT NULL, "
                "slug text UNIQUE, tags text[], live boolean, short varchar(3), "
                "name varchar(9), other filled, "
                "twice int GENERATED ALWAYS AS (tenant * 2) STORED)");
    const auto told = migrator().survey(migrator().plan(), {.insert_defaults = {{"id", "1"},
                                                                                {"live", "maybe"},
                                                                                {"name", "it fits"},
                                                                                {"nosuch", "x"},
                                                                                {"short", "long"},
                                                                                {"slug", "x"},
                                                                                {"tags", "{a}"},
                                                                                {"tenant", "1"},
                                                                                {"twice", "2"}}});
    EXPECT_THAT(
        told.obstacles,
        ElementsAre(
            AllOf(Field(&Problem::what, HasSubstr("has one id for all calls")),
                  Field(&Problem::fix, HasSubstr("AS IDENTITY"))),
            Field(&Problem::what, HasSubstr("the value for column live in [call_log.defaults] is "
                                            "no boolean: invalid input syntax")),
            Field(&Problem::what, HasSubstr("a value for column nosuch, which call_log has not")),
            Field(&Problem::what, HasSubstr("is no character varying(3): value too long")),
            Field(&Problem::what, HasSubstr("has one slug for all calls")),
            Field(&Problem::what, HasSubstr("column twice, which call_log generates always"))));
}

TEST_F(Adoption, NamesEveryRightThatIsMissingWithItsGrant) {
    load_generation_m();
    exec_script("CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
                "CREATE TRIGGER touch BEFORE UPDATE ON call_log FOR EACH ROW EXECUTE FUNCTION f()");
    Transaction transaction{connection()};
    transaction.exec("CREATE ROLE callctl_nobody_" + std::to_string(getpid()));
    transaction.exec("GRANT SELECT ON call_log TO callctl_nobody_" + std::to_string(getpid()));
    transaction.exec("SET LOCAL ROLE callctl_nobody_" + std::to_string(getpid()));
    std::vector<std::string> fixes;
    for (const Problem& problem : inspect_host_table(transaction).problems) {
        fixes.push_back(problem.fix);
    }
    EXPECT_THAT(fixes, ElementsAre(StartsWith("run this as"), HasSubstr("GRANT SELECT, INSERT"),
                                   HasSubstr("GRANT USAGE ON SEQUENCE call_log_id_seq TO"),
                                   HasSubstr("GRANT CREATE ON DATABASE"),
                                   HasSubstr("GRANT SET ON PARAMETER session_replication_role")));
}

TEST_F(Adoption, NamesTheRightsThatCallctlsOwnTablesNeed) {
    migrator().run();
    const std::string role = "callctl_nobody_" + std::to_string(getpid());
    Transaction transaction{connection()};
    transaction.exec("CREATE ROLE " + role);
    for (const char* const grant :
         {"SELECT, INSERT, UPDATE ON call_log", "USAGE ON SEQUENCE call_log_id_seq",
          "USAGE ON SCHEMA callctl", "SELECT ON ALL TABLES IN SCHEMA callctl",
          "INSERT, UPDATE, DELETE ON callctl.work"}) {
        transaction.exec(std::string{"GRANT "} + grant + " TO " + role);
    }
    const auto problems = [&] {
        transaction.exec("SET LOCAL ROLE " + role);
        auto found = inspect_host_table(transaction).problems;
        transaction.exec("RESET ROLE");
        return found;
    };
    const auto told = problems();
    ASSERT_THAT(told, SizeIs(1));
    EXPECT_THAT(told[0].what, HasSubstr("callctl.attempt"));
    EXPECT_THAT(told[0].what, Not(HasSubstr("callctl.work,")));
    transaction.exec(told[0].fix);
    EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(Adoption, NamesTheRightsThatACallLogOfItsOwnNeeds) {
    const std::string role = "\"callctl-nobody-" + std::to_string(getpid()) + "\"";
    Transaction transaction{connection()};
    transaction.exec("CREATE ROLE " + role);
    transaction.exec("SET LOCAL ROLE " + role);
    const auto problems = inspect_host_table(transaction).problems;
    ASSERT_THAT(problems, SizeIs(2));
    EXPECT_THAT(problems[0].fix, HasSubstr("GRANT CREATE ON DATABASE"));
    EXPECT_EQ(problems[1].fix, "GRANT CREATE ON SCHEMA public TO " + role);
    transaction.exec("RESET ROLE");
    for (const Problem& problem : problems) {
        transaction.exec(problem.fix);
    }
    transaction.exec("SET LOCAL ROLE " + role);
    EXPECT_THAT(inspect_host_table(transaction).problems, IsEmpty());
}

TEST_F(Adoption, NamesTheRightToLookIntoTheSchemaOfTheTable) {
    const std::string role = "callctl_nobody_" + std::to_string(getpid());
    exec_script("CREATE SCHEMA app; CREATE TABLE app.call_log (id serial PRIMARY KEY)");
    Transaction transaction{connection()};
    transaction.exec("CREATE ROLE " + role);
    transaction.exec("DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO " + role +
                     "', current_database()); END $$");
    transaction.exec("SET LOCAL search_path = app");
    transaction.exec("SET LOCAL ROLE " + role);
    const auto problems = inspect_host_table(transaction).problems;
    ASSERT_THAT(problems, SizeIs(1));
    EXPECT_EQ(problems[0].fix, "GRANT USAGE ON SCHEMA app TO " + role);
    transaction.exec("RESET ROLE");
    transaction.exec(problems[0].fix);
    transaction.exec("SET LOCAL ROLE " + role);
    EXPECT_TRUE(inspect_host_table(transaction).exists);
}

TEST_F(Adoption, TellsAKeyThatATableCanHaveBesideItsOwn) {
    exec_script("CREATE TABLE call_log (key uuid PRIMARY KEY, call_sid text)");
    const auto fix = [this] {
        const auto problems = survey().obstacles;
        return problems.empty() ? std::string{} : problems.front().fix;
    };
    const std::string told = fix();
    EXPECT_THAT(told, StartsWith("ALTER TABLE call_log ADD COLUMN id bigserial UNIQUE"));
    exec(told.substr(0, told.find(", which")));
    EXPECT_THAT(fix(), Not(HasSubstr("id bigserial")));
}

TEST_F(Adoption, SaysThatASearchPathHasNoSchemaForACallLog) {
    Transaction transaction{connection()};
    transaction.exec("SET LOCAL search_path = nowhere");
    const auto problems = inspect_host_table(transaction).problems;
    ASSERT_THAT(problems, SizeIs(1));
    EXPECT_THAT(problems[0].what, HasSubstr("search_path"));
}

// Every call that nobody answers would end as failed.
TEST_F(Adoption, WantsAConstraintWidenedThatRefusesSkipped) {
    load_generation_m();
    const auto narrow = [this] {
        std::vector<Problem> found = survey().obstacles;
        std::erase_if(found, [](const Problem& problem) {
            return problem.what.find("skipped") == std::string::npos;
        });
        return found;
    };
    ASSERT_EQ(narrow().size(), 1U);
    EXPECT_THAT(narrow()[0].what, HasSubstr("chk_summary_status"));
    exec_script(narrow()[0].fix);
    EXPECT_THAT(narrow(), IsEmpty());
    exec_script("UPDATE call_log SET summary_status = 'skipped'");
}

TEST_F(Adoption, WantsAConstraintWidenedThatRefusesAnyStatusThatItWrites) {
    exec("CREATE TABLE call_log (id serial PRIMARY KEY, call_sid text, recording_status text"
         " CONSTRAINT narrow CHECK (recording_status IN ('pending', 'completed')))");
    const auto told = survey().obstacles;
    ASSERT_THAT(told, SizeIs(1));
    EXPECT_THAT(told[0].what, HasSubstr("recording_status: recording, failed, skipped"));
    exec_script(told[0].fix);
    EXPECT_THAT(survey().obstacles, IsEmpty());
    EXPECT_NO_THROW(exec("INSERT INTO call_log (recording_status) VALUES ('recording'),"
                         " ('failed'), ('skipped')"));
}

TEST_F(Adoption, WantsAConstraintWidenedThatRefusesTwiliosWords) {
    exec("CREATE TABLE call_log (id serial PRIMARY KEY, call_sid text,"
         " direction text CONSTRAINT way CHECK (direction IN ('inbound', 'outbound')),"
         " call_status text CONSTRAINT state CHECK (call_status <> 'no-answer'))");
    const auto told = survey().obstacles;
    ASSERT_THAT(told, SizeIs(2));
    EXPECT_THAT(told[0].what, HasSubstr("column call_status: no-answer"));
    EXPECT_THAT(told[1].what, HasSubstr("column direction: unknown"));
    expect_mended_by_its_fixes(told);
}

TEST_F(Adoption, NotesThatLongTextsAreCut) {
    exec("CREATE TABLE call_log (id serial PRIMARY KEY, call_sid text, summary varchar(500))");
    EXPECT_THAT(survey().obstacles, IsEmpty());
    EXPECT_THAT(migrator().plan().host.notes,
                ElementsAre("call_log.summary is character varying(500): what is longer is cut "
                            "there, and whole in callctl.artefact"));
}

// PostgreSQL checks each constraint of a row that is updated, whether it was validated or not.
TEST_F(Adoption, WantsOldRowsMendedThatBreakAConstraint) {
    exec_script("CREATE TABLE call_log (id serial PRIMARY KEY, call_sid text, duration int);"
                "INSERT INTO call_log (duration) VALUES (-1), (1), (-2), (NULL);"
                "ALTER TABLE call_log ADD CONSTRAINT \"Past\" CHECK (duration >= 0) NOT VALID");
    const auto told = survey().obstacles;
    ASSERT_THAT(told, SizeIs(1));
    EXPECT_EQ(told[0].what, "2 rows of call_log break constraint \"Past\", which is NOT VALID: "
                            "their statuses could not be inferred");
    EXPECT_THAT(told[0].fix, HasSubstr("ALTER TABLE call_log DROP CONSTRAINT \"Past\""));
    try {
        migrator().run();
        FAIL() << "it cannot";
    } catch (const base::SchemaError& error) {
        EXPECT_THAT(error.what(), HasSubstr("violates check constraint \"Past\""));
        EXPECT_THAT(error.hint(), HasSubstr("callctl migrate --adopt --dry-run"));
    }
    exec("UPDATE call_log SET duration = 0 WHERE duration < 0");
    EXPECT_THAT(survey().obstacles, IsEmpty());
    EXPECT_NO_THROW(migrator().run());
}

TEST_F(Adoption, WantsTheRightToAnIndexInTheSchemaOfTheTable) {
    const std::string role = "callctl_nobody_" + std::to_string(getpid());
    Transaction transaction{connection()};
    transaction.exec("CREATE ROLE " + role);
    transaction.exec("CREATE SCHEMA \"App\"");
    transaction.exec("GRANT USAGE ON SCHEMA \"App\" TO " + role);
    transaction.exec("GRANT CREATE ON DATABASE " +
                     transaction.exec("SELECT quote_ident(current_database())").one().at(0).text() +
                     " TO " + role);
    transaction.exec("CREATE TABLE \"App\".call_log (id int PRIMARY KEY DEFAULT 1, call_sid text)");
    transaction.exec("ALTER TABLE \"App\".call_log OWNER TO " + role);
    transaction.exec("SET LOCAL search_path = \"App\"");
    transaction.exec("SET LOCAL ROLE " + role);
    const auto problems = inspect_host_table(transaction).problems;
    ASSERT_THAT(problems, SizeIs(1));
    EXPECT_EQ(problems[0].fix, "GRANT CREATE ON SCHEMA \"App\" TO " + role);
    transaction.exec("RESET ROLE");
    transaction.exec(problems[0].fix);
    transaction.exec("SET LOCAL ROLE " + role);
    EXPECT_THAT(inspect_host_table(transaction).problems, IsEmpty());
}

TEST_F(Adoption, WantsAnIdThatNewRowsGet) {
    exec("CREATE TABLE call_log (id bigint UNIQUE, call_sid text)");
    const auto told = survey().obstacles;
    ASSERT_THAT(told, SizeIs(2));
    EXPECT_THAT(told[0].fix, HasSubstr("SET NOT NULL"));
    EXPECT_THAT(told[1].what, HasSubstr("requires a value for column id"));
    EXPECT_THAT(told[1].fix, HasSubstr("AS IDENTITY"));
}

TEST_F(Adoption, WantsNullAllowedWhereItInsertsIt) {
    exec("CREATE TABLE call_log (id serial PRIMARY KEY, call_sid text NOT NULL,"
         " parent_call_sid text NOT NULL DEFAULT '', from_number text NOT NULL)");
    const auto told = survey().obstacles;
    ASSERT_THAT(told, SizeIs(2));
    EXPECT_THAT(told[0].what, HasSubstr("call_log.parent_call_sid is NOT NULL"));
    expect_mended_by_its_fixes(told);
}

TEST_F(Adoption, AsksForNoRightToTheSequenceOfAnIdentity) {
    exec("CREATE TABLE call_log (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, call_sid text)");
    const std::string role = "callctl_nobody_" + std::to_string(getpid());
    Transaction transaction{connection()};
    transaction.exec("CREATE ROLE " + role);
    transaction.exec("SET LOCAL ROLE " + role);
    for (const Problem& problem : inspect_host_table(transaction).problems) {
        EXPECT_THAT(problem.fix, testing::Not(HasSubstr("SEQUENCE")));
    }
}

} // namespace
} // namespace callctl::pg
