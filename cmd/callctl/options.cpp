#include "options.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace callctl::cmd {

CLI::Option* add_setting(CLI::App& command, Runner& runner, const std::string& flag,
                         const std::string& key, const std::string& description) {
    const auto keep = [&runner, key](const std::string& value) { runner.flags[key] = value; };
    return command.add_option_function<std::string>(flag, keep, description);
}

CLI::Option* add_number(CLI::App& command, const std::string& flag, int& value, int lowest,
                        int highest, const std::string& description) {
    const auto keep = [&value, flag, lowest, highest](const std::string& text) {
        value = parse_number(flag, text, lowest, highest);
    };
    return command.add_option_function<std::string>(flag, keep, description)
        ->type_name("N")
        ->default_str(std::to_string(value));
}

CLI::Option* add_number(CLI::App& command, const std::string& flag, std::optional<int>& value,
                        int lowest, int highest, const std::string& description) {
    const auto keep = [&value, flag, lowest, highest](const std::string& text) {
        value = parse_number(flag, text, lowest, highest);
    };
    return command.add_option_function<std::string>(flag, keep, description)->type_name("N");
}

void add_json(CLI::App& command, bool& json) {
    command.add_flag("--json", json, "print the result as one JSON object");
}

void add_dry_run(CLI::App& command, bool& dry_run, const std::string& description) {
    command.add_flag("-n,--dry-run", dry_run, description);
}

void add_exit_codes(CLI::App& command, std::initializer_list<ExitCode> codes) {
    const bool all = command.get_parent() == nullptr;
    std::string lines = "Exit codes:\n";
    for (const ExitCode code : codes) {
        lines += fmt::format("  {:<4} {}\n", static_cast<int>(code), meaning_of(code));
    }
    command.footer(lines + (all ? "" : "  Others as in callctl --help.\n") + "\n");
}

void add_examples(CLI::App& command, const std::string& page, const std::string& examples) {
    command.footer(command.get_footer() + "Examples:\n" + examples + "\nSee also: man " + page);
}

} // namespace callctl::cmd
