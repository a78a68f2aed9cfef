#include "call_filters.hpp"

#include "base/exception.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace callctl::cmd {

void add_filters(CLI::App& command, FilterOptions& options, const std::string& status,
                 const std::string& phone) {
    command.add_option("--status", options.status, status)->type_name("STATUS");
    command.add_option("--reason", options.reason, "only calls with this reason")
        ->type_name("REASON");
    command.add_option("--since", options.since, "only calls created no longer ago")
        ->type_name("DURATION");
    command.add_option("--phone", options.phone, phone)->type_name("NUMBER");
}

CallFilters parsed(const FilterOptions& options) {
    constexpr std::string_view k_digits = "0123456789";
    if (!options.phone.empty() && options.phone.find_first_of(k_digits) == std::string::npos) {
        throw base::UsageError{"--phone: no digit in it, and digits are compared",
                               "write it as in +972501234567"};
    }
    CallFilters filters{.phone = options.phone};
    if (!options.status.empty()) {
        filters.status = parse_status(options.status);
    }
    if (!options.reason.empty()) {
        filters.reason = parse_reason(options.reason);
    }
    if (!options.since.empty()) {
        filters.since = parse_duration("--since", options.since);
    }
    return filters;
}

void require_possible(call::Status status, call::Stage stage) {
    const bool of_recording = stage == call::Stage::recording;
    const auto impossible = of_recording ? call::Status::processing : call::Status::recording;
    if (status == impossible) {
        throw base::UsageError{fmt::format("the stage {} has no status {}", call::to_string(stage),
                                           call::to_string(status)),
                               "see callctl-pipeline(7)"};
    }
}

} // namespace callctl::cmd
