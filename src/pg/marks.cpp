#include "pg/marks.hpp"

#include <string>
#include <vector>

namespace callctl::pg {
namespace {

/// A row of the catalogue has the transaction that wrote it in xmin; the system column ctid (-1) is
/// as old as the table. So a column that somebody else has added meanwhile is never taken for ours.
constexpr const char* k_comments = R"(
WITH written AS (
    SELECT attrelid, attnum, attname
    FROM pg_attribute
    WHERE attrelid = to_regclass('call_log') AND NOT attisdropped
      AND xmin = pg_current_xact_id()::xid
)
SELECT CASE WHEN attnum < 0 THEN format('COMMENT ON TABLE %s IS %L', attrelid::regclass, $1::text)
            ELSE format('COMMENT ON COLUMN %s.%I IS %L', attrelid::regclass, attname, $2::text) END
FROM written
WHERE attnum = -1 OR (attnum > 0 AND NOT EXISTS (SELECT FROM written WHERE attnum = -1)))";

} // namespace

void mark_additions(Transaction& transaction) {
    std::vector<std::string> statements;
    const Rows rows = transaction.exec(k_comments, {param(k_made_mark), param(k_added_mark)});
    for (const Row row : rows) {
        statements.push_back(row.at(0).text());
    }
    for (const std::string& statement : statements) {
        transaction.exec(statement);
    }
}

} // namespace callctl::pg
