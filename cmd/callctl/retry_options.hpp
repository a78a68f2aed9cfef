// The command line of `callctl retry`.
#pragma once

#include "call_filters.hpp"

#include "port/call_choice.hpp"

#include <istream>
#include <optional>
#include <string>
#include <vector>

namespace callctl::cmd {

struct RetryOptions {
    std::string stage;
    std::vector<std::string> sids;
    FilterOptions filters;
    std::string until;
    std::string untried_since;
    std::optional<int> limit;
    bool failed{false};
    int concurrency{4};
    bool enqueue{false};
    bool force{false};
    bool yes{false};
    bool dry_run{false};
    bool json{false};

    /// The calls are chosen, not named.
    [[nodiscard]] bool chooses() const;
    [[nodiscard]] bool drives() const { return !dry_run && !enqueue; }
};

void add_options(CLI::App& command, RetryOptions& options);

/// UsageError where they contradict each other, or mean no calls at all.
void check(const RetryOptions& options);
/// Or UsageError.
[[nodiscard]] port::CallChoice choice_of(const RetryOptions& options);
/// Each once; `-` stands for the SIDs on `in`, of which there may be none. Or UsageError.
[[nodiscard]] std::vector<port::NamedCall> named_calls(const RetryOptions& options,
                                                       std::istream& in);

} // namespace callctl::cmd
