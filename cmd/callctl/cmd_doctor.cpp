#include "cmd_doctor.hpp"

#include "exit_code.hpp"
#include "options.hpp"
#include "report_json.hpp"
#include "summary_server.hpp"
#include "table.hpp"
#include "transcript_server.hpp"
#include "wiring.hpp"

#include "app/doctor.hpp"
#include "app/webhook_probe.hpp"
#include "base/exception.hpp"
#include "sys/worker_id.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>

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

// Runs `check` when what it needs is configured; otherwise says what is missing, and goes on.
template <class CheckFunction>
void when_configured(std::vector<Check>& checks, const config::Config& config,
                     const std::string& name, config::Need need, CheckFunction check) {
    try {
        config::require(config, {need});
        check();
    } catch (const base::ConfigError& error) {
        checks.push_back({name, Health::failed, error.what(), error.hint()});
    }
}

/// Of models.
bool has_list(std::string_view provider) {
    return provider != "azure" && provider != "deepgram" && provider != "whisper.cpp";
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
                                           .model = server.model,
                                           .has_list = has_list(config.transcript.provider)},
                                          today));
    });
    when_configured(checks, config, "summary", config::Need::summary, [&] {
        const auto server = summary_server(config);
        checks.push_back(app::check_model(http,
                                          {.name = "summary",
                                           .base_url = server.base_url,
                                           .auth = summary::auth_of(server),
                                           .model = server.model,
                                           .headers = server.headers,
                                           .has_list = has_list(config.summary.provider)},
                                          today));
    });
}

struct DoctorOptions {
    bool webhook{false};
    bool json{false};
};

void add_all(std::vector<Check>& checks, const std::vector<Check>& more) {
    checks.insert(checks.end(), more.begin(), more.end());
}

/// The application's own migrations may have changed it since it was adopted.
std::vector<Check> check_call_log(const pg::Migrator& migrator, const config::Config& config) {
    std::vector<Check> checks;
    for (const pg::Problem& problem :
         migrator.host_problems({.insert_defaults = config.call_log_defaults})) {
        checks.push_back({"call_log", Health::failed, problem.what, problem.fix});
    }
    if (checks.empty()) {
        checks.push_back({"call_log", Health::ok, "takes what callctl writes", {}});
    }
    return checks;
}

/// What would keep the server from starting.
std::vector<Check> check_twiml(const config::Config& config) {
    try {
        static_cast<void>(webhook_settings(config));
        return {};
    } catch (const base::ConfigError& error) {
        return {{"webhooks", Health::failed, error.what(), error.hint()}};
    }
}

void check_public_side(std::vector<Check>& checks, const config::Config& config,
                       port::HttpClient& http, const DoctorOptions& options) {
    add_all(checks, check_twiml(config));
    checks.push_back(app::check_public_url(http, config.public_url));
    if (options.webhook) {
        add_all(checks, app::check_webhooks(http, {.public_url = config.public_url,
                                                   .account = config.twilio.account_sid.value(),
                                                   .auth_tokens = config.twilio.auth_tokens,
                                                   .nonce = sys::random_hex()}));
    }
}

std::vector<Check> run_checks(Runner& runner, const config::Config& config,
                              const DoctorOptions& options) {
    std::vector<Check> checks;
    when_configured(checks, config, "database", config::Need::database, [&] {
        const auto store = runner.adapters.open_store(config, "doctor", 1);
        checks = app::check_database(*store, runner.clock);
        if (checks.front().health == Health::ok) {
            add_all(checks, check_call_log(*runner.adapters.open_migrator(config, {}), config));
        }
    });
    const auto http = runner.adapters.open_http(1);
    check_servers(checks, config, *http, runner.clock.wall());
    when_configured(checks, config, "webhooks", config::Need::webhooks,
                    [&] { check_public_side(checks, config, *http, options); });
    if (!config.upstream.url.empty()) {
        checks.push_back(app::check_upstream(*http, config.upstream.url));
    }
    when_configured(checks, config, "state directory", config::Need::state_dir, [&] {
        checks.push_back(app::check_state_dir(config.state_dir.string()));
        checks.push_back(app::check_spool(config.state_dir.string()));
    });
    return checks;
}

nlohmann::ordered_json checks_json(const std::vector<Check>& checks, Health worst) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const Check& check : checks) {
        list.push_back({{"name", check.name},
                        {"health", word_of(check.health)},
                        {"detail", check.detail},
                        {"fix", check.fix}});
    }
    return {{"schema", k_json_schema}, {"health", word_of(worst)}, {"checks", list}};
}

void print_checks(const Screen& screen, const std::vector<Check>& checks) {
    for (const Check& check : checks) {
        const std::string_view word = word_of(check.health);
        screen.out << screen.paint(std::string{word}, colour_of_health(check.health))
                   << std::string(9 - word.size(), ' ') << check.name << ": "
                   << screen.text(check.detail) << '\n';
        if (!check.fix.empty()) {
            screen.out << "         fix: " << screen.text(check.fix) << '\n';
        }
    }
}

int run_doctor(Runner& runner, const DoctorOptions& options) {
    std::vector<Check> checks;
    try {
        const auto loaded = runner.load_config();
        checks.push_back({"configuration", Health::ok, "can be read", {}});
        add_all(checks, run_checks(runner, loaded.config, options));
    } catch (const base::ConfigError& error) {
        checks.assign({{"configuration", Health::failed, error.what(), error.hint()}});
    }
    const Health worst = std::ranges::max(checks, {}, &Check::health).health;
    if (options.json) {
        runner.out << checks_json(checks, worst).dump(2) << '\n';
    } else {
        print_checks(runner.screen(), checks);
    }
    return worst == Health::failed ? k_failed : k_done;
}

} // namespace

void add_doctor(CLI::App& app, Runner& runner) {
    auto* const command =
        app.add_subcommand("doctor", "check configuration, database, providers; say how to fix");
    auto options = std::make_shared<DoctorOptions>();
    command->add_flag("--webhook", options->webhook,
                      "also send webhooks of our own through the public URL, and back");
    add_json(*command, options->json);
    add_exit_codes(*command, {k_done, k_failed});
    add_examples(
        *command, "callctl-doctor",
        "  callctl doctor\n"
        "  callctl doctor --json | jq -r '.checks[] | select(.health != \"ok\") | .fix'\n");
    command->callback([&runner, options] {
        runner.action = [&runner, options] { return run_doctor(runner, *options); };
    });
}

} // namespace callctl::cmd
