#include "cmd_config.hpp"

#include "exit_code.hpp"
#include "options.hpp"
#include "report_json.hpp"
#include "summary_server.hpp"
#include "table.hpp"
#include "transcript_server.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace callctl::cmd {
namespace {

int run_config(Runner& runner, bool json) {
    auto loaded = runner.load_config();
    show_transcript_preset(loaded.config, loaded.entries);
    show_summary_preset(loaded.config, loaded.entries);
    if (json) {
        nlohmann::ordered_json settings = nlohmann::ordered_json::array();
        for (const config::Entry& entry : loaded.entries) {
            settings.push_back({{"key", entry.key},
                                {"variable", entry.variable},
                                {"value", entry.shown},
                                {"origin", config::to_string(entry.origin)}});
        }
        const nlohmann::ordered_json object{{"schema", k_json_schema}, {"settings", settings}};
        runner.out << object.dump(2) << '\n';
        return k_done;
    }
    const Screen screen = runner.screen();
    Table table{{"SETTING", "VARIABLE", "ORIGIN", "VALUE"}};
    for (const config::Entry& entry : loaded.entries) {
        table.add({{entry.key},
                   {entry.variable},
                   {config::to_string(entry.origin)},
                   {screen.text(entry.shown)}});
    }
    table.print(runner.out, runner.width, runner.colour);
    return k_done;
}

} // namespace

void add_config(CLI::App& app, Runner& runner) {
    auto* const command =
        app.add_subcommand("config", "show every effective setting and where it came from");
    auto json = std::make_shared<bool>(false);
    add_json(*command, *json);
    add_examples(
        *command, "callctl.toml.5",
        "  callctl config\n"
        "  callctl config --json |\n"
        "    jq '.settings[] | select(.origin != \"default\" and .origin != \"unset\")'\n");
    command->callback(
        [&runner, json] { runner.action = [&runner, json] { return run_config(runner, *json); }; });
}

} // namespace callctl::cmd
