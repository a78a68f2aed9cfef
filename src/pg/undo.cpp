#include "pg/undo.hpp"

#include "base/text.hpp"
#include "pg/ledger.hpp"
#include "pg/marks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace callctl::pg {
namespace {

constexpr const char* k_own_index = R"(
SELECT indexrelid::regclass::text AS name
FROM pg_index
WHERE indrelid = to_regclass('call_log')
  AND (SELECT relname FROM pg_class WHERE oid = indexrelid) = 'callctl_call_log_call_sid')";

// In the order given.
constexpr const char* k_drops = R"(
SELECT string_agg('DROP COLUMN ' || quote_ident(name), ', ' ORDER BY position) AS drops
FROM unnest($1::text[]) WITH ORDINALITY AS added (name, position))";

// What others have built upon our columns; their own defaults, and our index, are ours.
constexpr const char* k_dependents = R"(
SELECT a.attname AS column_name, pg_describe_object(d.classid, d.objid, d.objsubid) AS dependent
FROM pg_depend d
JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = to_regclass('call_log')
  AND a.attname = ANY ($1::text[])
  AND NOT EXISTS (SELECT FROM pg_attrdef f WHERE d.classid = 'pg_attrdef'::regclass AND f.oid = d.objid
                  AND f.adrelid = d.refobjid AND f.adnum = d.refobjsubid)
  AND NOT EXISTS (SELECT FROM pg_class i WHERE d.classid = 'pg_class'::regclass AND i.oid = d.objid
                  AND i.relname = 'callctl_call_log_call_sid')
ORDER BY 1, 2)";

// What a table that callctl has made got from others; the columns are those of 0002_call_log.sql.
constexpr const char* k_of_others = R"(
SELECT 'column ' || attname AS what
FROM pg_attribute
WHERE attrelid = to_regclass('call_log') AND attnum > 0 AND NOT attisdropped
  AND attname <> ALL ('{id, call_sid, parent_call_sid, from_number, to_number, direction,
                        twilio_direction, duration, call_status, recording_sid, recording_url,
                        transcription, final_transcript, summary, recording_status,
                        transcript_status, summary_status, last_error, retry_count, created_at,
                        updated_at}')
UNION ALL
SELECT 'index ' || c.relname
FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = to_regclass('call_log') AND NOT i.indisprimary
  AND c.relname NOT LIKE 'call\_log\_call\_sid\_key%' AND c.relname <> 'callctl_call_log_call_sid'
UNION ALL
SELECT 'constraint ' || conname
FROM pg_constraint
WHERE conrelid = to_regclass('call_log') AND contype IN ('c', 'f')
UNION ALL
SELECT 'trigger ' || tgname
FROM pg_trigger
WHERE tgrelid = to_regclass('call_log') AND NOT tgisinternal
UNION ALL
SELECT 'policy ' || polname
FROM pg_policy
WHERE polrelid = to_regclass('call_log')
ORDER BY 1)";

// $2 of those statements, and the table $1 that goes with them, leave nothing behind: what others
// have built upon it, and what they have put into the schema.
constexpr const char* k_built_upon = R"(
WITH dropped AS (
  SELECT oid, relname
  FROM pg_class
  WHERE (relnamespace = to_regnamespace('callctl') OR oid = to_regclass(nullif($1, '')))
    AND relkind IN ('r', 'p', 'f', 'v', 'm'))
SELECT DISTINCT format('%s depends on %s', pg_describe_object(d.classid, d.objid, 0),
                       d.refobjid::regclass) AS what
FROM pg_depend d
LEFT JOIN pg_rewrite v ON d.classid = 'pg_rewrite'::regclass AND v.oid = d.objid
LEFT JOIN pg_constraint k ON d.classid = 'pg_constraint'::regclass AND k.oid = d.objid
LEFT JOIN pg_proc f ON d.classid = 'pg_proc'::regclass AND f.oid = d.objid
WHERE d.refclassid = 'pg_class'::regclass
  AND d.refobjid IN (SELECT oid FROM dropped)
  AND coalesce(v.ev_class, k.conrelid, f.oid) <> ALL (ARRAY(SELECT oid FROM dropped))
UNION ALL
SELECT format('callctl.%I is not of callctl', relname)
FROM dropped
WHERE NOT ARRAY[format('DROP TABLE callctl.%I', relname),
                format('DROP TABLE IF EXISTS callctl.%I', relname)] && $2::text[]
  AND oid IS DISTINCT FROM to_regclass(nullif($1, ''))
ORDER BY 1)";

// Tables of the name that bear our marks, and are not the one that the connection sees.
constexpr const char* k_adopted_elsewhere = R"(
SELECT DISTINCT c.oid::regclass AS name, current_setting('search_path') AS path
FROM pg_description d
JOIN pg_class c ON d.classoid = 'pg_class'::regclass AND c.oid = d.objoid
WHERE c.relname = 'call_log' AND c.oid IS DISTINCT FROM to_regclass('call_log')
  AND d.description = ANY ($1::text[])
ORDER BY 1)";

constexpr const char* k_sessions = R"(
SELECT application_name, count(*) AS sessions
FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
  AND application_name LIKE 'callctl.%' AND application_name <> $1
GROUP BY 1
ORDER BY 1)";

constexpr const char* k_leases = R"(
SELECT count(*) AS leases
FROM callctl.work
WHERE lease_owner IS NOT NULL AND lease_until > now())";

struct Holding {
    const char* table;
    const char* what;
};

constexpr std::array k_holdings{
    Holding{"callctl.work", "calls with their schedule and facts"},
    Holding{"callctl.attempt", "attempts with their reasons and costs"},
    Holding{"callctl.artefact", "transcripts and summaries with all their versions"},
    Holding{"callctl.piece", "answers that were paid for and are not used yet"},
    Holding{"callctl.inbox", "webhook deliveries as they came"},
};

bool exists(Transaction& transaction, const char* table) {
    return transaction.exec("SELECT to_regclass($1) IS NOT NULL AS found", {param(table)})
        .one()["found"]
        .boolean();
}

std::int64_t count(Transaction& transaction, const std::string& from) {
    return transaction.exec("SELECT count(*) FROM " + from).one().at(0).integer();
}

void find_losses(Transaction& transaction, UndoPlan& plan) {
    for (const Holding& holding : k_holdings) {
        if (!exists(transaction, holding.table)) {
            continue;
        }
        if (const std::int64_t rows = count(transaction, holding.table); rows > 0) {
            plan.losses.push_back({holding.what, rows});
        }
    }
}

void find_who_works(Transaction& transaction, const std::string& own_name, UndoPlan& plan) {
    const Rows sessions = transaction.exec(k_sessions, {param(own_name)});
    for (const Row row : sessions) {
        plan.at_work.push_back(fmt::format("{}, connections: {}", row["application_name"].view(),
                                           row["sessions"].integer()));
    }
    if (exists(transaction, "callctl.work")) {
        const Rows leases = transaction.exec(k_leases);
        if (const std::int64_t held = leases.one()["leases"].integer(); held > 0) {
            plan.at_work.push_back(fmt::format("calls in the hands of workers: {}", held));
        }
    }
}

void drop_columns(Transaction& transaction, const HostTable& host, UndoPlan& plan) {
    if (host.added.empty()) {
        return;
    }
    const Rows drops = transaction.exec(k_drops, {text_array(host.added)});
    plan.statements.push_back(
        fmt::format("ALTER TABLE {} {}", host.name, drops.one()["drops"].view()));
    const Rows dependents = transaction.exec(k_dependents, {text_array(host.added)});
    for (const Row row : dependents) {
        plan.refusals.push_back({fmt::format("{} depends on {}.{}", row["dependent"].view(),
                                             host.name, row["column_name"].view()),
                                 "drop it first, or take the column out of it"});
    }
}

std::string of_others(Transaction& transaction) {
    std::vector<std::string> found;
    const Rows rows = transaction.exec(k_of_others);
    for (const Row row : rows) {
        found.push_back(row["what"].text());
    }
    return base::joined(found);
}

void undo_made_table(Transaction& transaction, const HostTable& host, UndoPlan& plan) {
    if (const std::string others = of_others(transaction); !others.empty()) {
        plan.kept.push_back(
            fmt::format("{}, which callctl has made: others have added {}", host.name, others));
    } else if (const std::int64_t rows = count(transaction, "call_log"); rows > 0) {
        plan.kept.push_back(
            fmt::format("{}, which callctl has made: it holds {} calls", host.name, rows));
    } else {
        plan.dropped_table = host.name;
        plan.statements.push_back("DROP TABLE " + host.name);
    }
}

// Its columns would stay, while the record of where they are is gone.
void refuse_another_table(Transaction& transaction, UndoPlan& plan) {
    const std::vector<std::string> marks{std::string{k_added_mark}, std::string{k_made_mark}};
    const Rows adopted = transaction.exec(k_adopted_elsewhere, {text_array(marks)});
    for (const Row row : adopted) {
        plan.refusals.push_back(
            {fmt::format("{} has what callctl has added, and is not the call_log that the "
                         "search_path ({}) of this connection finds",
                         row["name"].view(), row["path"].view()),
             "connect with the search_path that it was adopted with, as by "
             "?options=-csearch_path%3Dits_schema in DATABASE_URL"});
    }
}

void undo_host_table(Transaction& transaction, UndoPlan& plan) {
    const HostTable host = inspect_host_table(transaction);
    if (!host.made && host.added.empty()) {
        refuse_another_table(transaction, plan);
    }
    if (!host.exists) {
        return;
    }
    const Rows indexes = transaction.exec(k_own_index);
    for (const Row row : indexes) {
        plan.statements.push_back("DROP INDEX IF EXISTS " + row["name"].text());
    }
    drop_columns(transaction, host, plan);
    if (host.made) {
        undo_made_table(transaction, host, plan);
    }
}

void refuse_what_is_built_upon(Transaction& transaction, UndoPlan& plan) {
    const Rows found =
        transaction.exec(k_built_upon, {param(plan.dropped_table), text_array(plan.statements)});
    for (const Row row : found) {
        plan.refusals.push_back({row["what"].text(), "drop it first, or move it away"});
    }
}

bool is_applied(const std::vector<LedgerEntry>& ledger, const Migration& migration) {
    return std::any_of(ledger.begin(), ledger.end(),
                       [&](const LedgerEntry& entry) { return entry.number == migration.number; });
}

/// A migration of a newer callctl has made things that this one does not know of.
void refuse_what_is_newer(const std::vector<LedgerEntry>& ledger,
                          std::span<const Migration> migrations, UndoPlan& plan) {
    if (auto reason = disagreement(ledger, migrations)) {
        plan.refusals.push_back({std::move(*reason), k_disagreement_hint});
        return;
    }
    const auto known = std::count_if(migrations.begin(), migrations.end(),
                                     [&](const auto& each) { return is_applied(ledger, each); });
    if (known < std::ssize(ledger)) {
        plan.refusals.push_back(
            {"the schema has migrations of a newer callctl", k_disagreement_hint});
    }
}

} // namespace

UndoPlan plan_undo(Transaction& transaction, std::span<const Migration> migrations,
                   const std::string& own_name) {
    UndoPlan plan;
    const auto ledger = read_ledger(transaction);
    refuse_what_is_newer(ledger, migrations, plan);
    for (std::size_t i = migrations.size(); i-- > 0;) {
        const bool last = i == 0; // the schema, with the ledger
        if (last) {
            undo_host_table(transaction, plan);
        }
        if (is_applied(ledger, migrations[i])) {
            for (std::string& statement : split_statements(migrations[i].undo)) {
                plan.statements.push_back(std::move(statement));
            }
        }
    }
    refuse_what_is_built_upon(transaction, plan);
    find_losses(transaction, plan);
    find_who_works(transaction, own_name, plan);
    return plan;
}

UndoPlan plan_undo_for_good(Transaction& transaction, std::span<const Migration> migrations,
                            const std::string& own_name) {
    UndoPlan plan = plan_undo(transaction, migrations, own_name);
    if (!plan.dropped_table.empty()) {
        transaction.exec(fmt::format("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", plan.dropped_table));
        plan = plan_undo(transaction, migrations, own_name);
    }
    return plan;
}

} // namespace callctl::pg
