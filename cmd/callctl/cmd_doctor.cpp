#include "cmd_doctor.hpp"

#include "exit_code.hpp"
#include "options.hpp"
#include "report_json.hpp"
#include "summary_server.hpp"
#include "table.hpp"
#include "transcript_server.hpp"
#include "wiring.hpp"

#include "app/doctor.hpp"
#include "base/exception.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace callctl::cmd {
namespace {

using app::Check;
using app::Health;

std::string_view word_of(Health health) {
    switch (health) {
    case Health::ok:
        return "ok";
    case Health::warning:
        return "warning";
    case Health::failed:
        return "failed";
    }
    return "unknown";
}

Colour colour_of_health(Health health) {
    switch (health) {
    case Health::ok:
        return Colour::green;
    case Health::warning:
        return Colour::yellow;
    case Health::failed:
        return Colour::red;
    }
    return Colour::none;
}

// Runs `check` when what it needs is configured; otherwise says what is missing.
template <class CheckFunction>
void when_configured(std::vector<Check>& checks, const config::Config& config,
                     const std::string& name, config::Need need, CheckFunction check) {
    try {
        config::require(config, {need});
    } catch (const base::ConfigError& error) {
        checks.push_back({name, Health::failed, error.what(), error.hint()});
        return;
    }
    check();
}

void check_servers(std::vector<Check>& checks, const config::Config& config, port::HttpClient& http,
                   base::Time today) {
    when_configured(checks, config, "twilio", config::Need::twilio_rest,
                    [&] { checks.push_back(app::check_twilio(http, twilio_account(config))); });
    when_configured(checks, config, "transcription", config::Need::transcription, [&] {
        const auto server = transcription_server(config);
        checks.push_back(app::check_model(http,
                                          {.name = "transcription",
                                           .base_url = server.base_url,
                                           .auth = transcript::auth_of(server),
                                           .model = server.model},
                                          today));
    });
    when_configured(checks, config, "summary", config::Need::summary, [&] {
        const auto server = summary_server(config);
        checks.push_back(app::check_model(http,
                                          {.name = "summary",
                                           .base_url = server.base_url,
                                           .auth = summary::auth_of(server),
                                           .model = server.model,
                                           .headers = server.headers},
                                          today));
    });
}

std::vector<Check> run_checks(Runner& runner, const config::Config& config) {
    std::vector<Check> checks;
    when_configured(checks, config, "database", config::Need::database, [&] {
        const auto store = runner.adapters.open_store(config, "doctor", 1);
        checks = app::check_database(*store, runner.clock);
    });
    const auto http = runner.adapters.open_http();
    check_servers(checks, config, *http, runner.clock.wall());
    when_configured(checks, config, "webhooks", config::Need::webhooks,
                    [&] { checks.push_back(app::check_public_url(*http, config.public_url)); });
    if (!config.upstream.url.empty()) {
        checks.push_back(app::check_upstream(*http, config.upstream.url));
    }
    when_configured(checks, config, "state directory", config::Need::state_dir, [&] {
        checks.push_back(app::check_state_dir(config.state_dir.string()));
        checks.push_back(app::check_spool(config.state_dir.string()));
    });
    return checks;
}

int run_doctor(Runner& runner, bool json) {
    std::vector<Check> checks;
    try {
        const auto loaded = runner.load_config();
        checks = run_checks(runner, loaded.config);
        checks.insert(checks.begin(), {"configuration", Health::ok, "can be read", {}});
    } catch (const base::ConfigError& error) {
        checks.push_back({"configuration", Health::failed, error.what(), error.hint()});
    }
    const bool bad = std::ranges::any_of(
        checks, [](const Check& check) { return check.health == Health::failed; });
    if (json) {
        nlohmann::ordered_json list = nlohmann::ordered_json::array();
        for (const Check& check : checks) {
            list.push_back({{"name", check.name},
                            {"health", word_of(check.health)},
                            {"detail", check.detail},
                            {"fix", check.fix}});
        }
        runner.out << nlohmann::ordered_json{{"schema", k_json_schema}, {"checks", list}}.dump(2)
                   << '\n';
        return bad ? k_failed : k_done;
    }
    const Screen screen = runner.screen();
    for (const Check& check : checks) {
        runner.out << screen.paint(std::string{word_of(check.health)},
                                   colour_of_health(check.health))
                   << std::string(9 - word_of(check.health).size(), ' ') << check.name << ": "
                   << screen.text(check.detail) << '\n';
        if (!check.fix.empty()) {
            runner.out << "         fix: " << screen.text(check.fix) << '\n';
        }
    }
    return bad ? k_failed : k_done;
}

} // namespace

void add_doctor(CLI::App& app, Runner& runner) {
    auto* const command =
        app.add_subcommand("doctor", "check configuration, database, providers; say how to fix");
    auto json = std::make_shared<bool>(false);
    add_json(*command, *json);
    add_exit_codes(*command, {k_done, k_failed});
    add_examples(*command, "callctl-doctor", "  callctl doctor\n  callctl doctor --json\n");
    command->callback(
        [&runner, json] { runner.action = [&runner, json] { return run_doctor(runner, *json); }; });
}

} // namespace callctl::cmd
