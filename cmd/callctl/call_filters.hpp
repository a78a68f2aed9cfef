// Which calls a command is about: the options that choose them, for all commands that have them.
#pragma once

#include "cli_forward.hpp"
#include "runner.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace callctl::cmd {

/// As they were written.
struct FilterOptions {
    std::string status;
    std::string reason;
    std::string since;
    std::string phone;

    [[nodiscard]] bool any() const {
        return !status.empty() || !reason.empty() || !since.empty() || !phone.empty();
    }
};

/// Fields that are set must all hold.
struct CallFilters {
    std::optional<call::Status> status{};
    std::optional<call::Reason> reason{};
    std::optional<std::chrono::milliseconds> since{};
    std::string phone{};
};

/// What `status` and `phone` mean differs from command to command.
void add_filters(CLI::App& command, FilterOptions& options, const std::string& status,
                 const std::string& phone);
/// Or UsageError.
[[nodiscard]] CallFilters parsed(const FilterOptions& options);

/// `recording` is a status of that stage alone, `processing` one of the other two; or UsageError.
void require_possible(call::Status status, call::Stage stage);

} // namespace callctl::cmd
