#include "status_check.hpp"

#include "exit_code.hpp"
#include "plug_in.hpp"

#include "base/exception.hpp"
#include "base/text.hpp"

#include <CLI/CLI.hpp>

#include <array>
#include <cstdlib>
#include <optional>

namespace callctl::cmd {
namespace {

using std::chrono::milliseconds;

constexpr std::array k_of_check{"--warning",      "--critical",        "--warning-age",
                                "--critical-age", "--warning-gave-up", "--timeout"};
constexpr std::array k_of_reports{"sid",     "--stage", "--status", "--reason",       "--since",
                                  "--phone", "--limit", "--json",   "--show-numbers", "--watch"};

// The process ends where it is: what hangs, such as a database that answers no more, cannot be
// asked to stop.
void end_as_unknown(const Runner& runner, milliseconds limit) {
    const int code = runner.fail(
        k_check_unknown, "no answer within " + base::format_duration(limit), "is the database up?");
    runner.out.flush();
    std::_Exit(code);
}

template <class Range>
CLI::Option* add_range(CLI::App& command, const std::string& flags, const std::string& name,
                       Range& range, const std::string& description) {
    const auto keep = [&range, name](const std::string& text) {
        const auto read = app::parse_alert_range(text);
        if (!read) {
            throw base::UsageError{name + ": '" + base::storable_text(base::shortened(text, 64)) +
                                       "' is no range",
                                   "write 10, 10:, ~:10, 10:20 or @10:20"};
        }
        range = *read;
    };
    return command.add_option_function<std::string>(flags, keep, description)->type_name("RANGE");
}

} // namespace

void add_check(CLI::App& command, CheckOptions& options) {
    command.add_flag("--check", options.wanted, "answer as a monitoring plug-in does");
    app::Thresholds& thresholds = options.thresholds;
    add_range(command, "-w,--warning", "--warning", thresholds.stuck_warning,
              "with --check: stuck calls, outside of this a warning")
        ->default_str(thresholds.stuck_warning.text);
    add_range(command, "-c,--critical", "--critical", thresholds.stuck_critical,
              "the same, outside of this critical")
        ->default_str(thresholds.stuck_critical.text);
    add_range(command, "--warning-age", "--warning-age", thresholds.age_warning,
              "with --check: seconds that the oldest due call has been due")
        ->default_str(thresholds.age_warning.text);
    add_range(command, "--critical-age", "--critical-age", thresholds.age_critical, "the same")
        ->default_str(thresholds.age_critical.text);
    add_range(command, "--warning-gave-up", "--warning-gave-up", thresholds.given_up_warning,
              "with --check: calls that gave up; unless set they alert nobody");
    command
        .add_option("-t,--timeout", options.timeout, "with --check: unknown after so many seconds")
        ->type_name("SECONDS")
        ->default_str(options.timeout);
}

// Not by CLI11's needs() and excludes(), which put a word about it behind every option of the help.
void refuse_mixture(const CLI::App& command, const CheckOptions& options) {
    const auto refuse = [&command](const auto& names, const std::string& why) {
        for (const char* const name : names) {
            if (command.count(name) > 0) {
                throw base::UsageError{(*name == '-' ? name : "a call's SID") + why,
                                       "try 'callctl status --help'"};
            }
        }
    };
    if (options.wanted) {
        refuse(k_of_reports, " does not go with --check, which answers in one line");
    } else {
        refuse(k_of_check, " goes with --check alone");
    }
}

int run_check(Runner& runner, const CheckOptions& options) {
    runner.is_plug_in = true; // also as --check=true
    const milliseconds limit = parse_seconds("--timeout", options.timeout);
    std::optional<Deadline> deadline;
    deadline.emplace(limit, [&runner, limit] { end_as_unknown(runner, limit); });
    const auto config = runner.configured({config::Need::database});
    const auto store = runner.adapters.open_store(config, "status", 1);
    const app::Vitals vitals = app::vitals_of(store->figures());
    deadline.reset(); // either of the two prints
    runner.out << plug_in_line(vitals, options.thresholds) << '\n';
    return static_cast<int>(app::judged(vitals, options.thresholds).level);
}

} // namespace callctl::cmd
