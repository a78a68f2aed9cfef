// What news do to calls: those of webhooks, and those that the sweep takes out of the inbox.
#pragma once

#include "base/ids.hpp"
#include "call/facts.hpp"
#include "pg/call_store_host.hpp"
#include "pg/transaction.hpp"
#include "port/call_store.hpp"

#include <map>
#include <span>
#include <string>

namespace callctl::pg {

struct NewsItem {
    const base::CallSid* sid;
    const call::CallFacts* facts;
};

/// Makes rows of the host's for calls that callctl hears of first.
class HostInsert {
  public:
    /// base::ConfigError when a default names no column, or one that callctl fills itself.
    explicit HostInsert(const std::map<std::string, std::string>& defaults);

    /// A row with what the call began with, where the host has none.
    [[nodiscard]] const std::string& sql() const { return m_sql; }
    /// A row with all that is known, for HostRules::takes_whole_rows; returns call_sid and id.
    /// Empty where a default is for a column of these.
    [[nodiscard]] const std::string& whole_sql() const { return m_whole_sql; }
    /// The parameters that follow those of the rows, in both.
    [[nodiscard]] const Params& values() const { return m_values; }

  private:
    std::string m_sql;
    std::string m_whole_sql;
    Params m_values;
};

/// How a call that nobody knew gets its rows.
enum class FirstRows {
    written_once, ///< where all is known; the host's table may have changed, and refuse that
    step_by_step, ///< as it fits any table
};

/// What is written to the host's table, and how.
struct HostWriting {
    const HostRules& rules;
    const HostInsert& insert;
    base::Time now; ///< the transaction's
    FirstRows first_rows{FirstRows::step_by_step};
};

/// Applies the news in their order, each to the call as the one before has left it, and writes both
/// tables. Calls that nobody knows are made. SqlError when PostgreSQL refuses a row.
void apply_news(Transaction& transaction, std::span<const NewsItem> news,
                const port::CallStore::DecideNews& decide, const HostWriting& writing);

} // namespace callctl::pg
