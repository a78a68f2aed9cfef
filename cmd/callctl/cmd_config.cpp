#include "cmd_config.hpp"

#include "exit_code.hpp"
#include "options.hpp"
#include "report_json.hpp"
#include "summary_server.hpp"
#include "table.hpp"
#include "transcript_server.hpp"

#include "config/sample.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace callctl::cmd {
namespace {

struct ConfigOptions {
    bool json{false};
    bool sample{false};
};

int run_config(Runner& runner, const ConfigOptions& options) {
    if (options.sample) {
        runner.out << config::sample_file();
        return k_done;
    }
    auto loaded = runner.load_config();
    show_transcript_preset(loaded.config, loaded.entries);
    show_summary_preset(loaded.config, loaded.entries);
    if (options.json) {
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
    auto options = std::make_shared<ConfigOptions>();
    add_json(*command, options->json);
    command->add_flag("--sample", options->sample,
                      "print a file with every setting and its default instead");
    add_exit_codes(*command, {k_done, k_usage});
    add_examples(*command, "callctl.toml.5",
                 "  callctl config\n"
                 "  callctl config --json |\n"
                 "    jq '.settings[] | select(.origin != \"default\" and .origin != \"unset\")'\n"
                 "  callctl config --sample > callctl.toml\n");
    command->callback([&runner, options] {
        runner.action = [&runner, options] { return run_config(runner, *options); };
    });
}

} // namespace callctl::cmd
