// What `callctl retry` tells an operator, and what it tells programs.
#pragma once

#include "runner.hpp"

#include "app/retry.hpp"
#include "port/call_choice.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string_view>

namespace callctl::cmd {

enum class Retried { planned, enqueued, driven };

/// One retry as far as it has come.
struct ToldRetry {
    const port::Choice& choice;
    const app::RetryReport& report;
    call::Stage stage{};
    Retried retried{};

    [[nodiscard]] app::RetryTotals totals() const { return totals_of(report); }
};

/// `its reason is final: needs --force`
[[nodiscard]] std::string_view meaning_of(app::RetryOutcome outcome, Retried retried);

/// One line for each call.
void print_calls(const Screen& screen, const ToldRetry& told);
/// How many calls have come to what and why, with minutes and price of what is planned.
void print_counts(const Screen& screen, const ToldRetry& told);

/// callctl-retry(1) lists the fields.
[[nodiscard]] nlohmann::ordered_json to_json(const ToldRetry& told,
                                             const pipeline::Forecast& forecast);

} // namespace callctl::cmd
