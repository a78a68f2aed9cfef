// The exit codes; callctl(1) lists them. Numbers are never reused.
#pragma once

#include <string_view>

namespace callctl::cmd {

enum ExitCode : int {
    k_done = 0,
    k_failed = 1,
    k_usage = 2,      ///< usage or configuration
    k_partial = 3,    ///< some calls failed
    k_not_found = 4,  ///< no such call
    k_refused = 5,    ///< needs --yes or --force
    k_schema = 8,     ///< the schema is missing, or newer than the binary
    k_try_again = 75, ///< database or provider unreachable
    k_hung_up = 129,
    k_interrupted = 130,
    k_broken_pipe = 141, ///< nobody reads the output any more, as SIGPIPE would have it
    k_terminated = 143,
};

/// Of `status --check`, which has the scale of monitoring plug-ins, when it cannot tell.
inline constexpr int k_check_unknown = 3;

/// For `--help`: lower case, no full stop.
[[nodiscard]] constexpr std::string_view meaning_of(ExitCode code) {
    switch (code) {
    case k_done:
        return "done";
    case k_failed:
        return "failed";
    case k_usage:
        return "wrong usage, or a setting that is missing or wrong";
    case k_partial:
        return "partial: some calls failed";
    case k_not_found:
        return "no such call";
    case k_refused:
        return "refused: needs --yes or --force";
    case k_schema:
        return "the schema is missing, or newer than this program";
    case k_try_again:
        return "database or provider cannot be reached now: try again later";
    case k_hung_up:
        return "stopped by SIGHUP, its terminal is gone";
    case k_interrupted:
        return "stopped by SIGINT";
    case k_broken_pipe:
        return "nobody reads the output any more";
    case k_terminated:
        return "stopped by SIGTERM";
    }
    return "unknown";
}

} // namespace callctl::cmd
