// Hosts' tables with what such tables hold, and what must not change in them.
#pragma once

#include "db/migrator_fixture.hpp"

#include <string>
#include <thread>
#include <vector>

namespace callctl::pg {

class AdoptionTest : public MigratorTest {
  protected:
    /// Generation M with rows of every kind: 1 and 2 are to be taken up, 3 is old, 4 has no SID, 5
    /// no real one, 6 is 1 again, 7 is complete, 8 has no time.
    void load_generation_m() {
        exec_file("host_m.sql");
        exec_script(
            "DROP INDEX uniq_call_log_call_sid;"
            "INSERT INTO call_log (business_id, call_sid, created_at, recording_url, summary,"
            " final_transcript, summary_status) VALUES"
            " (1, 'CA' || repeat('1', 32), now(), 'https://x', NULL, NULL, NULL),"
            " (1, 'CA' || repeat('2', 32), now(), NULL, NULL, NULL, 'pending'),"
            " (2, 'CA' || repeat('3', 32), now() - interval '1 year', 'https://x', repeat('x', 21),"
            "  repeat('ש', 51), 'completed'),"
            " (2, NULL, now(), NULL, NULL, NULL, NULL),"
            " (1, 'unknown', now(), NULL, NULL, NULL, NULL),"
            " (1, 'CA' || repeat('1', 32), now(), NULL, NULL, NULL, 'failed'),"
            " (2, 'CA' || repeat('7', 32), now(), 'https://x', repeat('x', 21), repeat('x', 51),"
            "  'completed'),"
            " (2, 'CA' || repeat('8', 32), NULL, NULL, NULL, NULL, NULL);"
            "INSERT INTO conversation_turn (call_log_id, message) VALUES (1, 'hello')");
    }
    /// Remembers which columns the host has now.
    void note_host_columns() {
        m_columns = value("SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum)"
                          " FROM pg_attribute WHERE attrelid = 'call_log'::regclass"
                          " AND attnum > 0 AND NOT attisdropped");
    }
    /// Of every byte in those.
    [[nodiscard]] std::string host_contents() {
        return value("SELECT md5(string_agg(ROW(" + m_columns +
                     ")::text, '|' ORDER BY id)) FROM call_log");
    }
    /// All that the catalogues say of the host's tables, and which schemas there are.
    [[nodiscard]] std::string host_catalogue() {
        return value(R"(
SELECT string_agg(line, E'\n' ORDER BY line) FROM (
    SELECT concat_ws(' ', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
                     a.attidentity, pg_get_expr(d.adbin, d.adrelid),
                     col_description(a.attrelid, a.attnum), a.attacl::text) AS line
    FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE c.relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT concat_ws(' ', relname, relkind, relacl::text, reloptions::text, obj_description(oid, 'pg_class'))
    FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL
    SELECT pg_get_indexdef(indexrelid) || ' ' || indisvalid::text FROM pg_index
    WHERE indrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
    UNION ALL
    SELECT pg_get_triggerdef(oid) || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL
    SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_(temp|toast)'
) AS catalogue)");
    }
    /// The statuses of all rows.
    [[nodiscard]] std::string all_statuses() {
        return value("SELECT string_agg(concat_ws('', coalesce(left(recording_status, 1), '-'),"
                     " coalesce(left(transcript_status, 1), '-'),"
                     " coalesce(left(summary_status, 1), '-')), ' ' ORDER BY id) FROM call_log");
    }
    [[nodiscard]] bool is_waited_for(const std::string& what) {
        return value("SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database()"
                     " AND wait_event_type = 'Lock' AND query LIKE $1",
                     {param("%" + what + "%")}) == "t";
    }
    void wait_until_waited_for(const std::string& what) {
        while (!is_waited_for(what)) {
            std::this_thread::yield();
        }
    }
    /// A trigger that leaves its trace in updated_at.
    void create_trigger(const std::string& name) {
        exec_script("CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS"
                    " 'BEGIN NEW.updated_at := now(); RETURN NEW; END';"
                    "CREATE TRIGGER " +
                    name + " BEFORE UPDATE ON call_log FOR EACH ROW EXECUTE FUNCTION touch()");
    }
    [[nodiscard]] std::string touched_rows() {
        return value("SELECT count(*) FROM call_log WHERE updated_at IS NOT NULL");
    }
    [[nodiscard]] AdoptionSurvey survey() {
        const MigrationPlan plan = migrator().plan();
        AdoptionNeeds needs;
        if (plan.host.has("business_id")) {
            needs.insert_defaults = {{"business_id", "1"}};
        }
        return migrator().survey(plan, needs);
    }

  private:
    std::string m_columns;
};

} // namespace callctl::pg
