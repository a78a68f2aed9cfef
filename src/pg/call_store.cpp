#include "pg/call_store.hpp"

#include "pg/call_store_adopt.hpp"
#include "pg/call_store_rows.hpp"
#include "pg/ledger.hpp"

#include <fmt/format.h>

namespace callctl::pg {
namespace {

// varchar(n) keeps n + 4 in atttypmod.
constexpr const char* k_limited_columns = R"(
SELECT attname, atttypmod - 4
FROM pg_attribute
WHERE attrelid = to_regclass('call_log') AND attnum > 0 AND NOT attisdropped
  AND atttypid = 'varchar'::regtype AND atttypmod > 4)";

constexpr const char* k_now = "SELECT now()";

} // namespace

bool host_refuses(const SqlError& error) {
    return error.refuses_row() || error.sqlstate() == k_insufficient_privilege;
}

PgCallStore::PgCallStore(Pool& pool, const PgCallStoreOptions& options)
    : m_pool{pool}, m_rules{.account_sid = options.account_sid}, m_insert{options.insert_defaults} {
}

void PgCallStore::require_schema() {
    const std::scoped_lock lock{m_mutex};
    if (m_schema_is_fit) {
        return;
    }
    m_pool.transact(
        [this](Transaction& transaction) {
            pg::require_schema(transaction);
            const Rows limits = transaction.exec(k_limited_columns);
            for (const Row row : limits) {
                m_rules.max_characters[row.at(0).text()] =
                    static_cast<std::size_t>(row.at(1).integer());
            }
        },
        Access::read_only);
    m_schema_is_fit = true;
}

Rows PgCallStore::statement(const std::string& sql, const Params& params, Access access) {
    require_schema();
    return m_pool.transact([&](Transaction& transaction) { return transaction.exec(sql, params); },
                           access);
}

base::Time PgCallStore::now() {
    return statement(k_now, {}, Access::read_only).one().at(0).time();
}

std::optional<call::Call> PgCallStore::find(const base::CallSid& sid) {
    require_schema();
    return m_pool.transact(
        [&](Transaction& transaction) -> std::optional<call::Call> {
            const auto stored = look_up(transaction, sid);
            return stored ? std::optional{stored->call} : std::nullopt;
        },
        Access::read_only);
}

std::vector<call::Call> PgCallStore::find_all(std::span<const base::CallSid> sids) {
    require_schema();
    std::vector<call::Call> calls;
    if (sids.empty()) {
        return calls;
    }
    m_pool.transact(
        [&](Transaction& transaction) {
            calls.clear();
            for (StoredCall& stored : look_up_all(transaction, sids)) {
                calls.push_back(std::move(stored.call));
            }
        },
        Access::read_only);
    return calls;
}

std::optional<call::Call> PgCallStore::reread(const port::Lease& lease) {
    static const std::string k_reread =
        fmt::format("SELECT {} FROM callctl.work w {} WHERE w.call_id = $1::bigint AND "
                    "w.lease_token = $2::bigint AND w.lease_owner IS NOT NULL",
                    call_columns(), k_host_join);
    const Rows rows =
        statement(k_reread, {param(static_cast<std::int64_t>(lease.call)), param(lease.token)},
                  Access::read_only);
    return rows.empty() ? std::nullopt : std::optional{read_call(rows.one()).call};
}

} // namespace callctl::pg
