// The statements by which calls are claimed. Private to this folder.
#pragma once

#include "base/time.hpp"
#include "pg/query.hpp"
#include "port/call_store.hpp"

#include <optional>
#include <string>

namespace callctl::pg {

/// FROM and WHERE of calls that are due and that nobody holds, as `w`; the parameters are
/// due_params(), of which the last one, the limit, is for what follows.
[[nodiscard]] const char* due_calls_sql();
[[nodiscard]] Params due_params(const port::ClaimRequest& request, int limit);

/// Each is the order of a partial index of the calls that are on the schedule.
[[nodiscard]] const char* claim_order_sql(port::ClaimOrder order);

/// What a claim adds to a token. Not 1: a standby that takes over may not have heard of the last
/// claims, and makes them again, while those who made them go on.
inline constexpr const char* k_token_step = "1 + floor(1000000 * random())::bigint";

/// Of a stage in ClaimRequest::places: there is none.
inline constexpr int k_left_out{-1};
/// One statement claims no more.
inline constexpr int k_most_claims{4'096};

/// Its columns: call_id, due_at, call_created_at, whether some that were seen found no room at
/// their provider, and whether stages without room were left out.
struct ClaimStatement {
    std::string sql;
    Params params;

    /// Of the index that has its order; nullopt: at its beginning.
    void enter_at(const std::optional<base::Time>& from);
};

/// Of the first `limit` calls that are due and have room. One of few texts, for plans that are
/// kept.
[[nodiscard]] ClaimStatement claim_statement(const port::ClaimRequest& request, int limit);

/// The time from which the first of those calls can be claimed; NULL: none.
[[nodiscard]] const std::string& next_due_sql();
[[nodiscard]] Params next_due_params(const port::ClaimRequest& request);

} // namespace callctl::pg
