#include "command_line.hpp"

#include "cmd_completion.hpp"
#include "cmd_config.hpp"
#include "cmd_doctor.hpp"
#include "cmd_migrate.hpp"
#include "cmd_reconcile.hpp"
#include "cmd_retry.hpp"
#include "cmd_serve_webhooks.hpp"
#include "cmd_start_recording.hpp"
#include "cmd_status.hpp"
#include "exit_code.hpp"
#include "options.hpp"
#include "version.hpp"

#include "base/exception.hpp"
#include "base/text.hpp"

#include <CLI/CLI.hpp>

namespace callctl::cmd {
namespace {

constexpr std::string_view k_dashes = "--";

std::unique_ptr<CLI::App> make_app(Runner& runner) {
    auto app = std::make_unique<CLI::App>("Keeps the recordings, transcripts and summaries of "
                                          "phone calls going until every call is in an end state.");
    app->name("callctl");
    app->require_subcommand(1);
    app->fallthrough();
    app->set_version_flag("--version", version_report());
    app->add_option("--config", runner.config_file, "read this file instead of the usual ones")
        ->type_name("FILE");
    const auto keep = [&runner](const std::string& key) {
        return [&runner, key](const std::string& value) { runner.flags[key] = value; };
    };
    app->add_option_function<std::string>("--log-level", keep("log.level"),
                                          "debug, info, warning or error")
        ->type_name("LEVEL");
    app->add_option_function<std::string>("--log-format", keep("log.format"), "text or json")
        ->type_name("FORMAT");
    const auto paint = [&runner](const std::string& when) {
        runner.colour = takes_colours(parse_colour_when(when), runner.terminal, runner.environment);
    };
    app->add_option_function<std::string>("--color", paint, "auto, always or never")
        ->type_name("WHEN");
    add_serve_webhooks(*app, runner);
    add_start_recording(*app, runner);
    add_reconcile(*app, runner);
    add_retry(*app, runner);
    add_status(*app, runner);
    add_migrate(*app, runner);
    add_doctor(*app, runner);
    add_config(*app, runner);
    add_completion(*app, runner);
    add_exit_codes(*app, {k_done, k_failed, k_usage, k_partial, k_not_found, k_refused, k_schema,
                          k_try_again, k_hung_up, k_interrupted, k_broken_pipe, k_terminated});
    app->footer(app->get_footer() + "Every command has a manual page: man callctl-status\n"
                                    "Settings: man callctl.toml, callctl config");
    return app;
}

// The subcommand that the arguments name, as deep as they name one.
const CLI::App* named_command(const CLI::App& app, const std::vector<std::string>& arguments) {
    const CLI::App* command = &app;
    for (const std::string& argument : arguments) {
        for (const CLI::App* sub : command->get_subcommands({})) {
            if (sub->get_name() == argument) {
                command = sub;
                break;
            }
        }
    }
    return command;
}

// As it is typed: `callctl migrate status`.
std::string path_of(const CLI::App& command) {
    const CLI::App* const parent = command.get_parent();
    return (parent == nullptr ? "" : path_of(*parent) + " ") + command.get_name();
}

// Without their dashes, which would make unlike ones alike. Those of the commands above hold as
// well.
std::vector<std::string> option_names(const CLI::App& command) {
    std::vector<std::string> names;
    for (const CLI::App* level = &command; level != nullptr; level = level->get_parent()) {
        for (const CLI::Option* option : level->get_options()) {
            for (const std::string& name : option->get_lnames()) {
                names.push_back(name);
            }
        }
    }
    return names;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates,
                         std::string_view before = "") {
    const std::string_view nearest = base::nearest_word(word, candidates);
    return nearest.empty() ? std::string{}
                           : "did you mean '" + std::string{before} + std::string{nearest} + "'?";
}

// By the whole name, or by its first word: `serv` means serve-webhooks.
std::string nearest_command(const CLI::App& app, std::string_view word) {
    std::vector<std::string> names;
    std::vector<std::string> first_words;
    for (const CLI::App* sub : app.get_subcommands({})) {
        names.push_back(sub->get_name());
        first_words.push_back(names.back().substr(0, names.back().find('-')));
    }
    std::string hint = did_you_mean(word, names);
    const std::string_view first_word = base::nearest_word(word, first_words);
    if (!hint.empty() || first_word.empty()) {
        return hint;
    }
    const auto found = std::ranges::find(first_words, first_word);
    return "did you mean '" + names[static_cast<std::size_t>(found - first_words.begin())] + "'?";
}

// The first argument that is no option of the command that is named or, where a command has to
// follow, no command and no option's value.
struct Stranger {
    std::string word{};
    std::string hint{};
};

Stranger find_stranger(const CLI::App& app, const std::vector<std::string>& arguments) {
    const CLI::App* const command = named_command(app, arguments);
    const auto options = option_names(*command);
    const bool has_commands = !command->get_subcommands({}).empty();
    const auto left_over = app.remaining(/*recurse=*/true);
    for (const std::string& argument : arguments) {
        const std::string word = argument.substr(0, argument.find('='));
        if (word.starts_with(k_dashes)) {
            const std::string name = word.substr(k_dashes.size());
            if (std::ranges::find(options, name) == options.end()) {
                return {word, did_you_mean(name, options, k_dashes)};
            }
        }
        if (has_commands && !word.starts_with("-") &&
            std::ranges::find(left_over, argument) != left_over.end()) {
            return {word, nearest_command(*command, word)};
        }
    }
    return {};
}

std::string lower_first(std::string text) {
    if (text.size() > 1 && text[0] >= 'A' && text[0] <= 'Z' &&
        (text[1] == ' ' || (text[1] >= 'a' && text[1] <= 'z'))) {
        text[0] = static_cast<char>(text[0] - 'A' + 'a');
    }
    while (!text.empty() && (text.back() == '.' || text.back() == '\n')) {
        text.pop_back();
    }
    return text;
}

int explain(Runner& runner, const CLI::App& app, const std::vector<std::string>& arguments,
            const CLI::ParseError& error) {
    const CLI::App* const command = named_command(app, arguments);
    const std::string help = "try '" + path_of(*command) + " --help'";
    const Stranger stranger = find_stranger(app, arguments);
    if (stranger.word.empty()) {
        return runner.fail(k_usage, lower_first(error.what()), help);
    }
    const bool option = stranger.word.starts_with("-");
    return runner.fail(k_usage,
                       std::string{option ? "there is no option '" : "there is no command '"} +
                           base::storable_text(base::shortened(stranger.word, 64)) + "'",
                       stranger.hint.empty() ? help : stranger.hint);
}

// A script whose variable is not set must not work on all calls, without a limit.
const CLI::Option* option_without_value(const CLI::App& command) {
    for (const CLI::Option* const option : command.get_options()) {
        const auto& values = option->results();
        if (std::ranges::find(values, "") != values.end()) {
            return option;
        }
    }
    return command.get_parent() == nullptr ? nullptr : option_without_value(*command.get_parent());
}

int run_action(Runner& runner) {
    try {
        return runner.action();
    } catch (const base::Exception& error) {
        return runner.unless_stopped(runner.fail(error.exit_code(), error.what(), error.hint()));
    } catch (const std::exception& error) {
        return runner.fail(k_failed, error.what(), "this is a bug, please report it");
    }
}

} // namespace

int run_command_line(Runner& runner, std::vector<std::string> arguments) {
    const auto app = make_app(runner);
    // Before the options are understood: not to understand them is a failure too.
    runner.is_plug_in = path_of(*named_command(*app, arguments)) == "callctl status" &&
                        std::ranges::find(arguments, "--check") != arguments.end();
    // CLI11 takes them from the end.
    std::vector<std::string> reversed{arguments.rbegin(), arguments.rend()};
    try {
        app->parse(std::move(reversed));
    } catch (const CLI::Success& /*help or version*/) {
        const auto* const command = named_command(*app, arguments);
        const bool version = std::ranges::find(arguments, "--version") != arguments.end();
        const CLI::App* const parent = command->get_parent();
        runner.out << (version ? version_report() + "\n"
                               : command->help(parent == nullptr ? "" : path_of(*parent)));
        return k_done;
    } catch (const CLI::ParseError& error) {
        return explain(runner, *app, arguments, error);
    } catch (const base::Exception& error) {
        return runner.fail(error.exit_code(), error.what(), error.hint());
    }
    if (const auto* const option = option_without_value(*named_command(*app, arguments))) {
        return runner.fail(k_usage, option->get_name() + " has an empty value",
                           "give it one, or leave it out");
    }
    return run_action(runner);
}

} // namespace callctl::cmd
