#include "pg/call_store.hpp"

#include "pg/call_store_adopt.hpp"
#include "pg/call_store_rows.hpp"
#include "pg/fence.hpp"
#include "pg/ledger.hpp"

#include <fmt/format.h>

namespace callctl::pg {
namespace {

// varchar(n) keeps n + 4 in atttypmod. A SID, an address and a word are worth nothing once they are
// cut: the row that cannot hold one is refused.
constexpr const char* k_limited_columns = R"(
SELECT attname, atttypmod - 4
FROM pg_attribute
WHERE attrelid = to_regclass('call_log') AND attnum > 0 AND NOT attisdropped
  AND atttypid = 'varchar'::regtype AND atttypmod > 4
  AND attname IN ('from_number', 'to_number', 'last_error', 'final_transcript', 'summary'))";

// Nothing of the host's changes what is inserted, NULL is as good as what it would have inserted
// itself, and a unique index makes two who insert the same call wait for each other.
constexpr const char* k_takes_whole_rows = R"(
SELECT NOT c.relhasrules
       AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal)
       AND EXISTS (SELECT
                   FROM pg_index i
                   JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
                   WHERE i.indrelid = c.oid AND i.indisunique AND i.indimmediate AND i.indisvalid
                     AND i.indpred IS NULL AND i.indnkeyatts = 1 AND a.attname = 'call_sid')
       AND NOT EXISTS (SELECT
                       FROM pg_attribute a
                       WHERE a.attrelid = c.oid AND (a.attnotnull OR a.atthasdef)
                         AND a.attname IN ('duration', 'recording_sid', 'recording_url', 'last_error'))
FROM pg_class c
WHERE c.oid = to_regclass('call_log'))";

constexpr const char* k_now = "SELECT now()";

} // namespace

PgCallStore::PgCallStore(Pool& pool, const PgCallStoreOptions& options)
    : m_pool{pool}, m_rules{.account_sid = options.account_sid}, m_insert{options.insert_defaults},
      m_known_providers{options.providers_known_for}, m_claim_marks{options.claims_go_on_for},
      m_begins{{}, [this](auto starts, auto patience) { return begin_all(starts, patience); }},
      m_writes{{.transactions = 2},
               [this](auto transitions, auto patience) {
                   return write_all(transitions, Shown::all, patience);
               }},
      m_rereads{{}, [this](auto leases, auto /*patience*/) { return reread_all(leases); }},
      m_releases{{}, [this](auto leases, auto patience) { return release_all(leases, patience); }},
      m_provider_reads{{},
                       [this](auto readers, auto /*patience*/) {
                           return std::vector<std::vector<port::ProviderState>>(readers.size(),
                                                                                read_providers());
                       }},
      m_reservations{reservations_of(call::Provider::twilio),
                     reservations_of(call::Provider::transcription),
                     reservations_of(call::Provider::summary)},
      m_place_requests{place_requests_of(call::Provider::twilio),
                       place_requests_of(call::Provider::transcription),
                       place_requests_of(call::Provider::summary)} {}

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
            const Rows whole = transaction.exec(k_takes_whole_rows);
            m_rules.takes_whole_rows = !whole.empty() && whole[0].at(0).boolean();
        },
        Access::read_only);
    m_schema_is_fit = true;
}

void PgCallStore::report(const std::function<void(Transaction&)>& work) {
    m_pool.transact(
        [&work](Transaction& transaction) {
            pg::require_schema(transaction);
            work(transaction);
        },
        Access::read_only);
}

Rows PgCallStore::statement(const std::string& sql, const Params& params, Access access) {
    require_schema();
    return m_pool.transact([&](Transaction& transaction) { return transaction.exec(sql, params); },
                           access);
}

void PgCallStore::transact(Patience patience, const std::function<void(Transaction&)>& work,
                           TransactionOptions options) {
    require_schema();
    if (patience == Patience::little) {
        options.lock_timeout = k_short_lock_timeout;
    }
    m_pool.transact(work, options);
}

base::Time PgCallStore::now() {
    if (const auto known = m_time.now()) {
        return *known;
    }
    const auto time = statement(k_now, {}, Access::read_once).one().at(0).time();
    m_time.observe(time);
    return m_time.now().value_or(time);
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
    return m_rereads.ask(lease);
}

std::vector<std::optional<call::Call>>
PgCallStore::reread_all(std::span<const port::Lease> leases) {
    static const std::string k_reread =
        fmt::format("SELECT {} FROM {} JOIN callctl.work w ON {} {}", call_columns(), k_leases,
                    k_held_under_token, k_host_join);
    const Rows rows = statement(k_reread, lease_params(leases), Access::read_once);
    std::vector<std::optional<call::Call>> calls(leases.size());
    for (const Row row : rows) {
        StoredCall stored = read_call(row);
        for (std::size_t i = 0; i < leases.size(); ++i) {
            if (leases[i].call == stored.call.id && leases[i].token == stored.lease_token) {
                calls[i] = stored.call;
            }
        }
    }
    return calls;
}

} // namespace callctl::pg
