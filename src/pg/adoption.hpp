// What adopting a call_log that is in use would mean, told before anything is touched.
#pragma once

#include "pg/generation.hpp"
#include "pg/host_table.hpp"
#include "pg/migration_plan.hpp"
#include "pg/transaction.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace callctl::pg {

struct RowFate {
    std::string fate{}; ///< `taken up`, `too old`, `no SID`, ...
    std::int64_t rows{0};
};

struct ExpectedLock {
    std::string statement{};
    std::string mode{};
    std::string on{};
    std::chrono::milliseconds blocks{0}; ///< how long a write of the host may wait for it, about
    std::chrono::seconds takes{0};       ///< altogether, about
};

/// Of the configuration.
struct AdoptionNeeds {
    std::chrono::milliseconds horizon{std::chrono::hours{24 * 7}};
    std::map<std::string, std::string> insert_defaults{};
};

struct AdoptionSurvey {
    Recognised recognised{};
    bool counted{false}; ///< what follows is known; not where the table itself is in the way
    std::int64_t rows{0};
    std::int64_t bytes{0}; ///< with indexes and long texts
    bool builds_index{false};
    std::vector<std::string> resting_triggers{}; ///< while statuses are inferred
    /// What becomes of the rows in the passes of reconcile that follow; every row is in one.
    std::vector<RowFate> fates{};
    std::vector<ExpectedLock> locks{};
    std::vector<Problem> obstacles{}; ///< empty: it can begin
};

/// What of the table would make the database refuse what callctl writes, each with its fix.
[[nodiscard]] std::vector<Problem> refusals_of(Transaction& transaction, const HostTable& host,
                                               const AdoptionNeeds& needs);

/// Reads rows and catalogues, changes nothing. An ALTER TABLE is given up after `lock_timeout`.
/// \pre `plan` is of the same database
[[nodiscard]] AdoptionSurvey survey_adoption(Transaction& transaction, const MigrationPlan& plan,
                                             const AdoptionNeeds& needs,
                                             std::chrono::milliseconds lock_timeout);

} // namespace callctl::pg
