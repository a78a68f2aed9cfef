#include "pg/host_obstacles.hpp"

#include "pg/status_inference.hpp"

#include <fmt/format.h>

namespace callctl::pg {
namespace {

// The condition is that of 0006_call_log_index.sql.
constexpr const char* k_indexes = R"(
SELECT count(*) FILTER (WHERE i.indpred IS NULL AND m.amname = 'btree' AND a.attname = 'call_sid') > 0
         AS of_call_sid,
       count(*) FILTER (WHERE i.indpred IS NULL AND i.indisunique AND i.indnkeyatts = 1
                          AND a.attname = 'id') > 0 AS unique_id
FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_am m ON m.oid = c.relam
JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
WHERE i.indrelid = to_regclass('call_log') AND i.indisvalid AND i.indisready)";

// Names are as SQL writes them: they go into statements that somebody is to run.
constexpr const char* k_place = R"(
SELECT quote_ident(current_user) AS me, quote_ident(current_database()) AS database,
       to_regnamespace('callctl') IS NOT NULL
         OR has_database_privilege(current_database(), 'CREATE') AS has_schema,
       to_regnamespace('callctl') IS NOT NULL AND to_regclass('callctl.migration') IS NULL
         AND EXISTS (SELECT FROM pg_class WHERE relnamespace = to_regnamespace('callctl'))
         AS foreign_schema,
       quote_ident(current_schema()) AS first_schema,
       (SELECT string_agg(quote_ident(nspname), ', ' ORDER BY nspname)
        FROM pg_namespace
        WHERE NOT has_schema_privilege(oid, 'USAGE')
          AND nspname IN (SELECT replace(btrim(part, ' "'), '$user', current_user)
                          FROM unnest(string_to_array(current_setting('search_path'), ',')) AS part))
         AS closed_schemas,
       has_schema_privilege(current_schema(), 'CREATE') AS makes_table)";

// Of the ledger to read is enough. Their keys are identities, whose sequences ask for no right.
constexpr const char* k_not_writable = R"(
SELECT string_agg(c.oid::regclass::text, ', ' ORDER BY c.relname) AS names
FROM pg_class c
WHERE c.relnamespace = to_regnamespace('callctl') AND c.relname <> 'migration' AND c.relkind = 'r'
  AND NOT (has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT')
           AND has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'DELETE')))";

constexpr const char* k_rights = R"(
SELECT quote_ident(current_user) AS me, quote_ident(r.rolname) AS owner,
       pg_has_role(t.relowner, 'USAGE') AS owned,
       has_table_privilege(t.oid, 'SELECT') AND has_table_privilege(t.oid, 'INSERT')
         AND has_table_privilege(t.oid, 'UPDATE') AS writable,
       quote_ident(n.nspname) AS schema, has_schema_privilege(n.oid, 'CREATE') AS makes_index,
       row_security_active(t.oid) AS hides_rows,
       EXISTS (SELECT FROM pg_inherits WHERE inhparent = t.oid OR inhrelid = t.oid) AS inherits
FROM pg_class t
JOIN pg_roles r ON r.oid = t.relowner
JOIN pg_namespace n ON n.oid = t.relnamespace
WHERE t.oid = to_regclass('call_log'))";

// An index lies in the schema of its table.
constexpr const char* k_index_of_another = R"(
SELECT c.oid::regclass::text AS name, coalesce(i.indrelid::regclass::text, 'no table') AS table_name
FROM pg_class t
JOIN pg_class c ON c.relnamespace = t.relnamespace AND c.relname = 'callctl_call_log_call_sid'
LEFT JOIN pg_index i ON i.indexrelid = c.oid
WHERE t.oid = to_regclass('call_log') AND i.indrelid IS DISTINCT FROM t.oid)";

// An identity column draws on its sequence without asking for a right. CASE keeps the planner from
// asking for the right to what is no sequence.
constexpr const char* k_sequences = R"(
SELECT s.oid::regclass::text AS name
FROM pg_attrdef f
JOIN pg_attribute a ON a.attrelid = f.adrelid AND a.attnum = f.adnum
JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid
                    AND d.refclassid = 'pg_class'::regclass
JOIN pg_class s ON s.oid = d.refobjid
WHERE f.adrelid = to_regclass('call_log') AND a.attname = 'id'
  AND CASE WHEN s.relkind = 'S' THEN NOT has_sequence_privilege(s.oid, 'USAGE')
                                     AND NOT has_sequence_privilege(s.oid, 'UPDATE') END
ORDER BY 1)";

constexpr const char* k_rules =
    "SELECT rulename FROM pg_rewrite WHERE ev_class = to_regclass('call_log') ORDER BY 1";

// 16 is TRIGGER_TYPE_UPDATE. Our statuses are not yet among the columns that a trigger may name,
// unless the host has them.
constexpr const char* k_triggers = R"(
SELECT tgname, quote_ident(tgname) AS quoted, tgenabled::text AS enabled,
       quote_ident(current_user) AS me, tgenabled = 'O' AS may_rest,
       bool_or(tgenabled = 'O') OVER () AS one_rests
FROM pg_trigger t
WHERE tgrelid = to_regclass('call_log') AND NOT tgisinternal AND tgenabled IN ('O', 'A', 'R')
  AND tgtype & 16 <> 0
  AND (coalesce(array_length(tgattr::smallint[], 1), 0) = 0
       OR EXISTS (SELECT FROM pg_attribute a
                  WHERE a.attrelid = t.tgrelid AND a.attnum = ANY (t.tgattr::smallint[])
                    AND a.attname IN ('recording_status', 'transcript_status', 'summary_status')))
ORDER BY 1)";

constexpr const char* k_publications = R"(
SELECT DISTINCT pubname
FROM pg_publication_tables p
JOIN pg_class c ON c.relname = p.tablename AND c.relnamespace = to_regnamespace(quote_ident(p.schemaname))
WHERE c.oid = to_regclass('call_log')
ORDER BY 1)";

std::vector<std::string> names(Transaction& transaction, const char* sql) {
    std::vector<std::string> found;
    const Rows rows = transaction.exec(sql);
    for (const Row row : rows) {
        found.push_back(row.at(0).text());
    }
    return found;
}

void refuse_if(bool refused, HostTable& table, std::string what, std::string fix) {
    if (refused) {
        table.problems.push_back({std::move(what), std::move(fix)});
    }
}

void check_rights(Transaction& transaction, HostTable& table) {
    const Rows rights = transaction.exec(k_rights);
    const Row row = rights.one();
    const std::string me = row["me"].text();
    const std::string owner = row["owner"].text();
    refuse_if(!row["owned"].boolean() && (!table.missing.empty() || table.lacks_index), table,
              fmt::format("{} belongs to {}, and only its owner can add columns and indexes",
                          table.name, owner),
              fmt::format("run this as {}, or GRANT {} TO {}", owner, owner, me));
    const std::string schema = row["schema"].text();
    refuse_if(
        row["owned"].boolean() && table.lacks_index && !row["makes_index"].boolean(), table,
        fmt::format("{} may not create an index of {} in the schema {}", me, table.name, schema),
        fmt::format("GRANT CREATE ON SCHEMA {} TO {}", schema, me));
    refuse_if(!row["writable"].boolean(), table,
              fmt::format("{} may not read and write {}", me, table.name),
              fmt::format("GRANT SELECT, INSERT, UPDATE ON {} TO {}", table.name, me));
    for (const std::string& sequence : names(transaction, k_sequences)) {
        table.problems.push_back(
            {fmt::format("{} may not draw ids from {}: no call could be inserted", me, sequence),
             fmt::format("GRANT USAGE ON SEQUENCE {} TO {}", sequence, me)});
    }
    refuse_if(row["hides_rows"].boolean(), table,
              fmt::format("row-level security hides rows of {} from {}", table.name, me),
              fmt::format("ALTER ROLE {} BYPASSRLS, or run this as the owner", me));
    refuse_if(row["inherits"].boolean(), table,
              fmt::format("{} is part of a table inheritance, where ids can be twice", table.name),
              fmt::format("detach the other tables: ALTER TABLE ... NO INHERIT {}", table.name));
}

void check_table_can_be_made(const Row& place, HostTable& table) {
    const std::string me = place["me"].text();
    const std::string closed = place["closed_schemas"].text();
    refuse_if(!closed.empty(), table,
              fmt::format("{} may not look into {}, which search_path names", me, closed),
              fmt::format("GRANT USAGE ON SCHEMA {} TO {}", closed, me));
    if (place["first_schema"].is_null() && closed.empty()) {
        table.problems.push_back(
            {fmt::format("search_path names no schema that {} may use: call_log cannot be made",
                         me),
             "set a search_path with ALTER ROLE ... SET or in DATABASE_URL, or create the schema "
             "that it names"});
    }
    if (place["first_schema"].is_null()) {
        return;
    }
    const std::string schema = place["first_schema"].text();
    refuse_if(!place["makes_table"].boolean(), table,
              fmt::format("{} may not create call_log in the schema {}", me, schema),
              fmt::format("GRANT CREATE ON SCHEMA {} TO {}", schema, me));
}

// As when the application has put another table in the place of the one that was adopted.
void find_index_of_another(Transaction& transaction, HostTable& table) {
    const Rows indexes = transaction.exec(k_index_of_another);
    for (const Row row : indexes) {
        table.problems.push_back(
            {fmt::format("{} is of {}, and {} is to have an index of that name", row["name"].view(),
                         row["table_name"].view(), table.name),
             fmt::format("DROP INDEX {}, or give it another name", row["name"].view())});
    }
}

bool infers_anything(const HostTable& table) {
    return table.is_ours("recording_status") || table.is_ours("transcript_status") ||
           table.is_ours("summary_status");
}

bool may_silence_triggers(Transaction& transaction) {
    try {
        return transaction.nested([&] {
            silence_triggers(transaction);
            transaction.exec("SET LOCAL session_replication_role = 'origin'");
            return true;
        });
    } catch (const SqlError& error) {
        if (error.sqlstate() != k_insufficient_privilege) {
            throw;
        }
        return false;
    }
}

std::string why_it_fires(const Row& trigger) {
    return fmt::format("trigger {} would fire for each row whose statuses are inferred",
                       trigger["tgname"].view());
}

/// That ordinary triggers rest does not keep this one from firing, or has it fire.
Problem restless(const Row& trigger, const HostTable& table) {
    if (trigger["enabled"].view() == "A") {
        return {
            why_it_fires(trigger) + ", because it is ENABLE ALWAYS",
            fmt::format("ALTER TABLE {} ENABLE TRIGGER {}", table.name, trigger["quoted"].view())};
    }
    return {why_it_fires(trigger) + ", because it is ENABLE REPLICA and others have to rest",
            fmt::format("ALTER TABLE {} DISABLE TRIGGER {} until the statuses are inferred",
                        table.name, trigger["quoted"].view())};
}

Problem without_right_to_rest(const Row& trigger) {
    return {
        fmt::format("{}, and {} may not have it rest", why_it_fires(trigger), trigger["me"].view()),
        fmt::format("GRANT SET ON PARAMETER session_replication_role TO {} (PostgreSQL 15 "
                    "or newer), or run this as a superuser",
                    trigger["me"].view())};
}

} // namespace

void check_place(Transaction& transaction, HostTable& table) {
    const Rows places = transaction.exec(k_place);
    const Row place = places.one();
    const std::string me = place["me"].text();
    const std::string database = place["database"].text();
    refuse_if(!place["has_schema"].boolean(), table,
              fmt::format("{} may not create the schema callctl in database {}", me, database),
              fmt::format("GRANT CREATE ON DATABASE {} TO {}", database, me));
    refuse_if(place["foreign_schema"].boolean(), table,
              "there is a schema callctl that is not of this program",
              "ALTER SCHEMA callctl RENAME TO another name");
    const Rows unwritable = transaction.exec(k_not_writable);
    const Row rights = unwritable.one();
    refuse_if(!rights["names"].is_null() && !place["foreign_schema"].boolean(), table,
              fmt::format("{} may not read and write {}", me, rights["names"].text()),
              fmt::format("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA callctl TO "
                          "{}",
                          me));
    if (!table.exists) {
        check_table_can_be_made(place, table);
    }
}

// What fires for each row of the past writes to columns that are not ours, `updated_at` for one.
void find_triggers(Transaction& transaction, HostTable& table) {
    const Rows rows = transaction.exec(k_triggers);
    for (const Row row : rows) {
        if (row["may_rest"].boolean()) {
            if (may_silence_triggers(transaction)) {
                table.triggers.push_back(row["tgname"].text());
            } else {
                table.problems.push_back(without_right_to_rest(row));
            }
        } else if (row["enabled"].view() == "A" || row["one_rests"].boolean()) {
            table.problems.push_back(restless(row, table));
        }
    }
}

void find_obstacles(Transaction& transaction, HostTable& table) {
    const Rows indexes = transaction.exec(k_indexes);
    table.lacks_index = !indexes.one()["of_call_sid"].boolean();
    if (table.has("id") && !indexes.one()["unique_id"].boolean()) {
        table.problems.push_back(
            {fmt::format("{}.id is not unique by itself: what callctl writes to one row would be "
                         "written to others of its id as well",
                         table.name),
             fmt::format("CREATE UNIQUE INDEX CONCURRENTLY ON {} (id), once each row has an id of "
                         "its own",
                         table.name)});
    }
    if (table.lacks_index) {
        find_index_of_another(transaction, table);
    }
    check_rights(transaction, table);
    check_place(transaction, table);
    for (const std::string& rule : names(transaction, k_rules)) {
        table.problems.push_back(
            {fmt::format("rule {} rewrites what is written to {}", rule, table.name),
             "replace it by a trigger: DROP RULE, CREATE TRIGGER"});
    }
    if (infers_anything(table) && !inference_is_done(transaction)) {
        find_triggers(transaction, table);
    }
    for (const std::string& publication : names(transaction, k_publications)) {
        table.notes.push_back(
            fmt::format("publication {} has {}: add the columns at its subscribers first",
                        publication, table.name));
    }
}

} // namespace callctl::pg
