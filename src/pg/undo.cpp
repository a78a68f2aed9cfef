#include "pg/undo.hpp"

#include "base/text.hpp"
#include "pg/conninfo.hpp"
#include "pg/ledger.hpp"
#include "pg/marks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>

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

constexpr const char* k_counts = R"(
SELECT 'SELECT ' || string_agg('count(' || quote_ident(name) || ')', ', ' ORDER BY position)
         || ' FROM call_log' AS query
FROM unnest($1::text[]) WITH ORDINALITY AS added (name, position))";

// What others have built upon our columns; their own defaults, and our index, are ours.
constexpr const char* k_dependents = R"(
SELECT DISTINCT a.attname AS column_name,
       coalesce((SELECT pg_describe_object('pg_class'::regclass, r.ev_class, 0) -- of a view
                 FROM pg_rewrite r WHERE d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid),
                pg_describe_object(d.classid, d.objid, d.objsubid)) AS dependent
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

// The statements of $1, and of the table $2, take with them what belongs to these tables. Neither
// may be left: what others have built upon that, and what they have put into the schema.
constexpr const char* k_of_others_upon_it = R"(
WITH RECURSIVE ours AS (
  SELECT 'pg_class'::regclass::oid AS classid, oid AS objid
  FROM pg_class c
  WHERE oid = to_regclass(nullif($2, ''))
     OR (relnamespace = to_regnamespace('callctl')
         AND ARRAY[format('DROP TABLE callctl.%I', relname),
                   format('DROP TABLE IF EXISTS callctl.%I', relname)] && $1::text[])
  UNION
  SELECT d.classid, d.objid
  FROM ours JOIN pg_depend d ON d.refclassid = ours.classid AND d.refobjid = ours.objid
  WHERE d.deptype IN ('a', 'i')),
others AS (
  SELECT d.*
  FROM pg_depend d
  WHERE d.deptype = 'n' AND NOT EXISTS (
          SELECT FROM ours WHERE ours.classid = d.classid AND ours.objid = d.objid))
SELECT format('%s depends on %s', pg_describe_object(d.classid, d.objid, 0),
              max(pg_describe_object(d.refclassid, d.refobjid, 0))) AS what,
       'drop it first' AS fix
FROM others d JOIN ours ON ours.classid = d.refclassid AND ours.objid = d.refobjid
GROUP BY d.classid, d.objid
UNION ALL
SELECT pg_describe_object(d.classid, d.objid, 0) || ' is in the schema callctl, and not of callctl',
       'drop it first, or move it to another schema'
FROM others d
WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = to_regnamespace('callctl')
  AND NOT EXISTS (SELECT FROM pg_depend e -- an extension's go with it
                  WHERE e.classid = d.classid AND e.objid = d.objid AND e.deptype = 'e')
ORDER BY 1)";

// Other tables than the one that the connection sees which bear our marks, or our index.
constexpr const char* k_adopted_elsewhere = R"(
SELECT c.oid::regclass AS name, current_setting('search_path') AS path,
       c.relnamespace::regnamespace AS schema
FROM pg_class c
WHERE c.oid IS DISTINCT FROM to_regclass('call_log')
  AND (EXISTS (SELECT FROM pg_description d
               WHERE d.classoid = 'pg_class'::regclass AND d.objoid = c.oid
                 AND d.description = ANY ($1::text[]))
       OR EXISTS (SELECT FROM pg_index i JOIN pg_class n ON n.oid = i.indexrelid
                  WHERE i.indrelid = c.oid AND n.relname = 'callctl_call_log_call_sid'))
ORDER BY 1)";

// The schema callctl, what is in it, and call_log where it is changed ($1).
constexpr const char* k_not_ours_to_drop = R"(
SELECT quote_ident(r.rolname) AS owner, string_agg(d.what, ', ' ORDER BY d.what) AS what
FROM (SELECT 'schema callctl' AS what, nspowner AS owner FROM pg_namespace WHERE nspname = 'callctl'
      UNION ALL
      SELECT oid::regclass::text, relowner FROM pg_class
      WHERE (relnamespace = to_regnamespace('callctl') AND relkind = 'r')
         OR ($1::boolean AND oid = to_regclass('call_log'))) d
JOIN pg_roles r ON r.oid = d.owner
WHERE NOT pg_has_role(d.owner, 'USAGE')
GROUP BY 1
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

/// Columns whose values callctl has made itself, or counts.
constexpr std::array<std::string_view, 5> k_worthless{
    "recording_status", "transcript_status", "summary_status", "retry_count", "updated_at"};

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

// What is in the columns that callctl has added, whoever put it there and whatever they are called
// by now.
void find_lost_values(Transaction& transaction, const HostTable& host, UndoPlan& plan) {
    std::vector<std::string> columns;
    std::ranges::copy_if(host.added, std::back_inserter(columns), [](std::string_view column) {
        return std::ranges::find(k_worthless, column) == k_worthless.end();
    });
    if (columns.empty()) {
        return;
    }
    const Rows counts = transaction.exec(k_counts, {text_array(columns)});
    const Rows rows = transaction.exec(counts.one()["query"].text());
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (const auto values = rows.one().at(i).integer(); values > 0) {
            plan.losses.push_back({fmt::format("values of {}.{}", host.name, columns[i]), values});
        }
    }
}

void drop_columns(Transaction& transaction, const HostTable& host, UndoPlan& plan) {
    if (host.added.empty()) {
        return;
    }
    find_lost_values(transaction, host, plan);
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

// What was added there would stay, while the record of it is gone.
void refuse_another_table(Transaction& transaction, UndoPlan& plan) {
    const std::vector<std::string> marks{std::string{k_added_mark}, std::string{k_made_mark}};
    const Rows adopted = transaction.exec(k_adopted_elsewhere, {text_array(marks)});
    for (const Row row : adopted) {
        plan.refusals.push_back(
            {fmt::format("{} has what callctl has added, and is not the call_log that the "
                         "search_path ({}) of this connection finds",
                         row["name"].view(), row["path"].view()),
             fmt::format("connect with the search_path under which call_log was adopted, as by "
                         "options={} among the parameters of DATABASE_URL; of a copy, or of a "
                         "table that was replaced, drop the comments of callctl and the index "
                         "callctl_call_log_call_sid",
                         search_path_option(row["schema"].view()))});
    }
}

/// Whether call_log is changed.
bool undo_host_table(Transaction& transaction, bool is_adopted, UndoPlan& plan) {
    const HostTable host = inspect_host_table(transaction);
    const Rows indexes = transaction.exec(k_own_index);
    if (is_adopted && !host.made && host.added.empty() && indexes.empty()) {
        refuse_another_table(transaction, plan);
    }
    if (!host.exists) {
        return false;
    }
    for (const Row row : indexes) {
        std::string drop = "DROP INDEX IF EXISTS " + row["name"].text();
        if (std::ranges::find(plan.statements, drop) == plan.statements.end()) {
            plan.statements.push_back(std::move(drop));
        }
    }
    drop_columns(transaction, host, plan);
    if (host.made) {
        undo_made_table(transaction, host, plan);
    }
    return !indexes.empty() || !host.added.empty() || !plan.dropped_table.empty();
}

void refuse_what_others_have_upon_it(Transaction& transaction, UndoPlan& plan) {
    const Rows found = transaction.exec(k_of_others_upon_it,
                                        {text_array(plan.statements), param(plan.dropped_table)});
    for (const Row row : found) {
        plan.refusals.push_back({row["what"].text(), row["fix"].text()});
    }
}

void refuse_what_we_do_not_own(Transaction& transaction, bool changes_call_log, UndoPlan& plan) {
    const Rows found = transaction.exec(k_not_ours_to_drop, {param(changes_call_log)});
    for (const Row row : found) {
        plan.refusals.push_back(
            {fmt::format("{}: only {} can drop it", row["what"].view(), row["owner"].view()),
             fmt::format("run this as {}", row["owner"].view())});
    }
}

bool is_applied(const std::vector<LedgerEntry>& ledger, const Migration& migration) {
    return std::any_of(ledger.begin(), ledger.end(),
                       [&](const LedgerEntry& entry) { return entry.number == migration.number; });
}

/// A migration of a newer callctl has made things that this one does not know of. False: so it is.
bool refuse_what_is_newer(const std::vector<LedgerEntry>& ledger,
                          std::span<const Migration> migrations, UndoPlan& plan) {
    auto reason = disagreement(ledger, migrations);
    const auto known = std::count_if(migrations.begin(), migrations.end(),
                                     [&](const auto& each) { return is_applied(ledger, each); });
    if (!reason && known < std::ssize(ledger)) {
        reason = "the schema has migrations of a newer callctl";
    }
    if (reason) {
        plan.refusals.push_back({std::move(*reason), k_disagreement_hint});
    }
    return plan.refusals.empty();
}

} // namespace

UndoPlan plan_undo(Transaction& transaction, std::span<const Migration> migrations,
                   const std::string& own_name) {
    UndoPlan plan;
    const auto ledger = read_ledger(transaction);
    const bool all_known = refuse_what_is_newer(ledger, migrations, plan);
    bool changes_call_log = false;
    for (std::size_t i = migrations.size(); i-- > 0;) {
        const bool last = i == 0; // the schema, with the ledger
        if (last) {
            changes_call_log = undo_host_table(transaction, !ledger.empty(), plan);
        }
        if (is_applied(ledger, migrations[i])) {
            for (std::string& statement : split_statements(migrations[i].undo)) {
                plan.statements.push_back(std::move(statement));
            }
        }
    }
    if (!plan.statements.empty()) {
        refuse_what_we_do_not_own(transaction, changes_call_log, plan);
    }
    if (all_known) {
        refuse_what_others_have_upon_it(transaction, plan);
    }
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
