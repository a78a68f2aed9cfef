#include "pg/host_table.hpp"

#include "base/text.hpp"
#include "call/facts.hpp"
#include "call/stage.hpp"
#include "pg/call_store_host.hpp"
#include "pg/host_obstacles.hpp"
#include "pg/marks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>

namespace callctl::pg {
namespace {

enum class Kind { integer, text, timestamp };

struct Wanted {
    std::string_view name;
    Kind kind;
    std::int64_t least{0}; ///< characters; 0: what is longer is not ours, or is cut
    bool is_cut{false};
};

// The longest of their words.
constexpr std::int64_t k_longest_recording_status = std::ssize(std::string_view{"recording"});
constexpr std::int64_t k_longest_status = std::ssize(std::string_view{"processing"});
constexpr std::int64_t k_longest_direction = std::ssize(std::string_view{"outbound"});
constexpr std::int64_t k_longest_call_status = std::ssize(std::string_view{"in-progress"});
constexpr std::int64_t k_sid = 34;
constexpr std::int64_t k_recording_url =
    std::ssize(std::string_view{"https://api.twilio.com/2010-04-01/Accounts//Recordings/"}) +
    2 * k_sid;

/// What callctl reads or writes of call_log; the same list as in 0002_call_log.sql, and id.
constexpr std::array k_wanted{
    Wanted{"id", Kind::integer},
    Wanted{"call_sid", Kind::text, k_sid},
    Wanted{"parent_call_sid", Kind::text, k_sid},
    Wanted{"from_number", Kind::text},
    Wanted{"to_number", Kind::text},
    Wanted{"direction", Kind::text, k_longest_direction},
    Wanted{"duration", Kind::integer},
    Wanted{"call_status", Kind::text, k_longest_call_status},
    Wanted{"recording_sid", Kind::text, k_sid},
    Wanted{"recording_url", Kind::text, k_recording_url},
    Wanted{"transcription", Kind::text},
    Wanted{"final_transcript", Kind::text, 0, /*is_cut=*/true},
    Wanted{"summary", Kind::text, 0, /*is_cut=*/true},
    Wanted{"recording_status", Kind::text, k_longest_recording_status},
    Wanted{"transcript_status", Kind::text, k_longest_status},
    Wanted{"summary_status", Kind::text, k_longest_status},
    Wanted{"last_error", Kind::text},
    Wanted{"retry_count", Kind::integer},
    Wanted{"created_at", Kind::timestamp},
    Wanted{"updated_at", Kind::timestamp},
};

/// Of those, what a row does not have from its first moment.
constexpr std::array<std::string_view, 8> k_not_always_written{
    "id",      "duration",  "recording_sid", "recording_url", "transcription", "final_transcript",
    "summary", "last_error"};

/// Of those, what is inserted as NULL while it is not known, whatever the default.
constexpr std::array<std::string_view, 4> k_inserted_as_null{"parent_call_sid", "from_number",
                                                             "to_number", "call_status"};

constexpr const char* k_table = R"(
SELECT oid::regclass::text AS name, relkind, obj_description(oid, 'pg_class') AS comment,
       EXISTS (SELECT FROM pg_index WHERE indrelid = pg_class.oid AND indisprimary) AS has_key
FROM pg_class
WHERE oid = to_regclass('call_log'))";

constexpr const char* k_read_columns = R"(
SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, t.typname AS base_type,
       CASE WHEN a.atttypmod >= 4 AND t.typname = 'varchar' THEN a.atttypmod - 4 END AS length,
       (a.attnotnull OR a.attname = 'id') AND NOT a.atthasdef AND a.attidentity = '' AS required,
       a.attnotnull AS never_null, a.attgenerated <> '' AS generated, col_description(a.attrelid, a.attnum) AS comment
FROM pg_attribute a
JOIN pg_type t ON t.oid = a.atttypid
WHERE a.attrelid = to_regclass('call_log') AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum)";

constexpr const char* k_word_checks = R"(
SELECT quote_ident(c.conname) AS name, a.attname AS column_name,
       pg_get_expr(c.conbin, c.conrelid) AS condition, cardinality(c.conkey) = 1 AS of_one_column
FROM pg_constraint c
JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
WHERE c.conrelid = to_regclass('call_log')
  AND c.contype = 'c'
  AND a.attname = ANY ($1::text[])
ORDER BY c.conname)";

// {} is the condition.
constexpr const char* k_refuses_word = R"(
SELECT NOT coalesce(({}), true)
FROM jsonb_populate_record(NULL::call_log, jsonb_build_object($1::text, $2::text)))";

template <std::size_t Size>
bool is_one_of(std::string_view text, const std::array<std::string_view, Size>& list) {
    return std::ranges::find(list, text) != list.end();
}

bool fits(Kind kind, std::string_view type) {
    switch (kind) {
    case Kind::integer:
        return is_one_of<2>(type, {"int4", "int8"});
    case Kind::text:
        return is_one_of<3>(type, {"varchar", "text", "citext"});
    case Kind::timestamp:
        return is_one_of<2>(type, {"timestamp", "timestamptz"});
    }
    return false;
}

std::string_view describe(Kind kind) {
    switch (kind) {
    case Kind::integer:
        return "integer or bigint";
    case Kind::text:
        return "varchar or text";
    case Kind::timestamp:
        return "timestamp";
    }
    return "";
}

/// As long as in tables that callctl makes.
int roomy(std::int64_t least) {
    return least < k_sid ? 32 : least < k_recording_url ? 64 : 512;
}

void take_column(HostTable& table, const Row& row) {
    const std::string name = row["name"].text();
    table.columns.push_back(name);
    const auto* const wanted = std::ranges::find(k_wanted, name, &Wanted::name);
    const bool known = wanted != k_wanted.end();
    if (known && !fits(wanted->kind, row["base_type"].view())) {
        table.problems.push_back({fmt::format("{}.{} is {}, callctl needs {}", table.name, name,
                                              row["type"].view(), describe(wanted->kind)),
                                  "rename that column, or change its type with ALTER TABLE"});
    }
    const auto length = row["length"].optional_integer();
    if (known && length && *length < wanted->least) {
        table.problems.push_back({fmt::format("{}.{} is {}, callctl writes {} characters",
                                              table.name, name, row["type"].view(), wanted->least),
                                  fmt::format("ALTER TABLE {} ALTER COLUMN {} TYPE varchar({})",
                                              table.name, name, roomy(wanted->least))});
    }
    if (known && length && wanted->is_cut) {
        table.notes.push_back(fmt::format("{}.{} is {}: what is longer is cut there, and whole in "
                                          "callctl.artefact",
                                          table.name, name, row["type"].view()));
    }
    if (name == "id" && !row["never_null"].boolean()) {
        table.problems.push_back(
            {fmt::format("{}.id may be NULL: a row without an id would count as deleted",
                         table.name),
             fmt::format("ALTER TABLE {} ALTER COLUMN id SET NOT NULL, once each row has one",
                         table.name)});
    }
    if (known && row["generated"].boolean()) {
        table.problems.push_back(
            {fmt::format("{}.{} is a generated column, callctl has to write it", table.name, name),
             fmt::format("ALTER TABLE {} ALTER COLUMN {} DROP EXPRESSION", table.name, name)});
    }
    if (row["comment"].view() == k_added_mark) {
        table.added.push_back(name);
    }
    if (row["never_null"].boolean() && is_one_of(name, k_inserted_as_null)) {
        table.never_null.push_back(name);
    }
    const bool ours = known && !is_one_of(name, k_not_always_written);
    if (row["required"].boolean() && !ours) {
        table.required.push_back(name);
    }
}

bool refuses(Transaction& transaction, const NarrowCheck& check, const std::string& word) {
    try {
        return transaction.nested([&] {
            return transaction
                .exec(fmt::format(k_refuses_word, check.condition),
                      {param(check.column), param(word)})
                .one()
                .at(0)
                .boolean();
        });
    } catch (const SqlError& /*it cannot be told from one value*/) {
        return false;
    }
}

/// `recording` and `processing` each belong to some of the stages only.
bool is_written(call::Stage stage, call::Status status) {
    return status == call::working_status(stage) ||
           (status != call::Status::recording && status != call::Status::processing);
}

/// All that callctl writes to such a column.
struct Vocabulary {
    std::string column;
    std::vector<std::string> words;
};

std::vector<Vocabulary> vocabularies() {
    std::vector<Vocabulary> all;
    for (const call::Stage stage : call::k_stages) {
        Vocabulary& statuses =
            all.emplace_back(Vocabulary{std::string{call::to_string(stage)} + "_status", {}});
        for (const call::Status status : call::k_statuses) {
            if (is_written(stage, status)) {
                statuses.words.emplace_back(call::to_string(status));
            }
        }
    }
    Vocabulary& directions = all.emplace_back(Vocabulary{"direction", {}});
    for (const call::Direction direction :
         {call::Direction::inbound, call::Direction::outbound, call::Direction::unknown}) {
        directions.words.emplace_back(call::to_string(direction));
    }
    Vocabulary& call_states = all.emplace_back(Vocabulary{"call_status", {}});
    for (const call::CallState state : call::k_told_call_states) {
        call_states.words.push_back(call_status_word(state));
    }
    return all;
}

void find_narrow_checks(Transaction& transaction, HostTable& table) {
    const auto known = vocabularies();
    std::vector<std::string> columns(known.size());
    std::ranges::transform(known, columns.begin(), &Vocabulary::column);
    const Rows checks = transaction.exec(k_word_checks, {text_array(columns)});
    for (const Row row : checks) {
        NarrowCheck check{row["name"].text(), row["column_name"].text(), row["condition"].text()};
        // Beside other columns, `completed` may be refused only for what the row tried has not.
        const bool any = row["of_one_column"].boolean();
        for (const std::string& word :
             std::ranges::find(known, check.column, &Vocabulary::column)->words) {
            const bool told = any || word == call::to_string(call::Status::skipped);
            if (told && refuses(transaction, check, word)) {
                check.refused.push_back(word);
            }
        }
        if (!check.refused.empty()) {
            table.notes.push_back(fmt::format("constraint {} refuses {} in {}.{}", check.constraint,
                                              base::joined(check.refused), table.name,
                                              check.column));
            table.narrow.push_back(std::move(check));
        }
    }
}

void find_missing(HostTable& table, bool has_key) {
    for (const Wanted& wanted : k_wanted) {
        if (!table.has(std::string{wanted.name})) {
            table.missing.emplace_back(wanted.name);
        }
    }
    if (!table.has("id")) {
        table.problems.push_back(
            {fmt::format("{} has no column id, callctl needs an integer key", table.name),
             fmt::format("ALTER TABLE {} ADD COLUMN id bigserial {}, which rewrites the table",
                         table.name, has_key ? "UNIQUE" : "PRIMARY KEY")});
    }
}

} // namespace

bool HostTable::has(const std::string& column) const {
    return std::ranges::find(columns, column) != columns.end();
}

bool HostTable::is_ours(const std::string& column) const {
    return !has(column) || std::ranges::find(added, column) != added.end();
}

HostTable inspect_host_table(Transaction& transaction) {
    HostTable table;
    const Rows found = transaction.exec(k_table);
    if (found.empty()) {
        check_place(transaction, table);
        return table;
    }
    table.exists = true;
    table.name = found.one()["name"].text();
    table.made = found.one()["comment"].view() == k_made_mark;
    if (found.one()["relkind"].view() != "r") {
        table.problems.push_back(
            {fmt::format("{} is not an ordinary table", table.name),
             "put the table itself first in search_path; views, partitioned and foreign tables "
             "cannot be adopted"});
        return table;
    }
    const Rows columns = transaction.exec(k_read_columns);
    for (const Row row : columns) {
        take_column(table, row);
    }
    find_missing(table, found.one()["has_key"].boolean());
    find_narrow_checks(transaction, table);
    find_obstacles(transaction, table);
    return table;
}

} // namespace callctl::pg
