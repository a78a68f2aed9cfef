// What every subcommand works with: where it writes, its configuration, and how to reach the world.
#pragma once

#include "screen.hpp"

#include "config/load.hpp"
#include "config/require.hpp"
#include "pg/migrator.hpp"
#include "port/async_http_client.hpp"
#include "port/call_store.hpp"
#include "port/http_client.hpp"
#include "sys/clock.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace spdlog {
class logger;
}

namespace callctl::cmd {

/// The adapters, made in main.cpp and nowhere else.
struct Adapters {
    std::function<std::unique_ptr<port::CallStore>(const config::Config&, const std::string& name,
                                                   int connections)>
        open_store;
    /// For so many requests at a time: one that waits for a connection waits in its own time, and
    /// would be sent, and paid for, when hardly any of that is left.
    std::function<std::unique_ptr<port::HttpClient>(int requests)> open_http;
    /// With so many connections to a host at the most.
    std::function<std::unique_ptr<port::AsyncHttpClient>(int connections)> open_async_http;
    std::function<std::unique_ptr<pg::Migrator>(const config::Config&, pg::MigrateOptions)>
        open_migrator;
};

struct Runner {
    std::ostream& out;
    std::ostream& err;
    std::istream& in;
    bool terminal{false};       ///< standard output is a terminal
    bool colour{false};         ///< standard output is to be coloured
    bool shows_progress{false}; ///< standard error is a terminal where a line can be drawn over
    bool asks{false}; ///< standard input and error are terminals: somebody can answer a question
    int width{0};     ///< of standard output; 0: lines are not cut
    config::Environment environment;
    sys::SystemClock& clock;
    Adapters adapters;
    /// The signal that asked for a stop; 0 when none did.
    std::function<int()> stop_signal{};
    /// Has this told of each SIGHUP, which else ends the process; an empty one ends that.
    std::function<void(std::function<void()>)> on_hangup{};
    /// Of standard output, as it is now; noughts where it is no terminal.
    std::function<TerminalSize()> terminal_size{};
    /// Waits until `in` has something to read, or has ended; false when a stop was asked for
    /// before.
    std::function<bool()> input_comes{};

    /// Set by options: flags by key of the configuration, and the file named by --config.
    std::map<std::string, std::string> flags{};
    std::string config_file{};
    /// Whatever goes wrong is told as monitoring plug-ins do: one line of standard output, code 3.
    bool is_plug_in{false};
    /// Set by the subcommand that was named; run after parsing. Returns the exit code.
    std::function<int()> action{};

    /// Flags over environment over files over defaults; warnings go to `err`.
    [[nodiscard]] config::Loaded load_config();
    /// The same, with the warnings left to the caller.
    [[nodiscard]] config::Loaded read_config() const;
    /// The same with what `needs` names, checked before anything is done.
    [[nodiscard]] config::Config configured(std::initializer_list<config::Need> needs);
    [[nodiscard]] std::shared_ptr<spdlog::logger> logger(const config::Config& config) const;
    /// Standard output, as wide as it is now.
    [[nodiscard]] Screen screen() const;
    /// Asks at the terminal whether to go on. Only `y` and `yes` are a yes; so the end of the input
    /// is none, nor is a stop that was asked for meanwhile, nor that nobody can answer.
    [[nodiscard]] bool agrees();
    /// Tells of a failure; returns the exit code.
    [[nodiscard]] int fail(int code, const std::string& message, const std::string& hint) const;
    /// The signal that ended the run as an exit code, where one did; else `code`.
    [[nodiscard]] int unless_stopped(int code) const;
};

/// From now on lines of errors and warnings begin with their priority, as systemd's journal reads
/// it.
void mark_as_journal(std::ostream& err);
/// A message and its hint in the one form that all errors have, each in one line that cannot steer
/// the terminal: they may name what others have named.
void print_error(std::ostream& err, const std::string& message, const std::string& hint);

/// SID or UsageError.
[[nodiscard]] base::CallSid parse_call_sid(const std::string& text);
/// One of `words`, or UsageError with the nearest of them.
[[nodiscard]] std::string_view parse_word(const std::string& kind, const std::string& text,
                                          const std::vector<std::string_view>& words);
[[nodiscard]] std::chrono::milliseconds parse_duration(const std::string& option,
                                                       const std::string& text);
/// An amount in millionths, or UsageError.
[[nodiscard]] std::int64_t parse_amount(const std::string& option, const std::string& text);
/// A whole number from `lowest` to `highest`, or UsageError.
[[nodiscard]] int parse_number(const std::string& option, const std::string& text, int lowest,
                               int highest);
/// As parse_duration; a bare number is seconds, as it is for other programs with this option.
[[nodiscard]] std::chrono::milliseconds parse_seconds(const std::string& option,
                                                      const std::string& text);
[[nodiscard]] ColourWhen parse_colour_when(const std::string& text);
[[nodiscard]] call::Stage parse_stage(const std::string& text);
[[nodiscard]] call::Status parse_status(const std::string& text);
[[nodiscard]] call::Reason parse_reason(const std::string& text);

} // namespace callctl::cmd
