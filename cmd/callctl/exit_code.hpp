// The exit codes; callctl(1) lists them. Numbers are never reused.
#pragma once

namespace callctl::cmd {

enum ExitCode : int {
    k_done = 0,
    k_failed = 1,
    k_usage = 2,      ///< usage or configuration
    k_partial = 3,    ///< some calls failed
    k_not_found = 4,  ///< no such call
    k_refused = 5,    ///< needs --yes or --force
    k_unknown = 3,    ///< of status --check, on the scale of monitoring plug-ins
    k_schema = 8,     ///< the schema is missing, or newer than the binary
    k_try_again = 75, ///< database or provider unreachable
    k_interrupted = 130,
    k_broken_pipe = 141, ///< nobody reads the output any more, as SIGPIPE would have it
    k_terminated = 143,
};

} // namespace callctl::cmd
