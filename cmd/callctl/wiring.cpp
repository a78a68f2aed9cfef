#include "wiring.hpp"

#include "summary_server.hpp"
#include "transcript_server.hpp"

#include "base/exception.hpp"
#include "sys/file_limit.hpp"
#include "sys/worker_id.hpp"
#include "twilio/twiml.hpp"

#include <spdlog/spdlog.h>

#include <system_error>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <mutex>
#include <random>
#include <sstream>
#include <utility>

namespace callctl::cmd {
namespace {

std::string read_twiml(const std::filesystem::path& path, const std::string& key) {
    if (path.empty()) {
        return {};
    }
    std::ifstream in{path, std::ios::binary};
    std::ostringstream text;
    if (!in || !(text << in.rdbuf())) {
        throw base::ConfigError{"the TwiML file " + path.string() + " cannot be read",
                                "check " + key};
    }
    return text.str();
}

// How calls go on by themselves: without an upstream, or while it is down.
std::string own_document(const config::Config& config) {
    const auto& fallback = config.upstream.fallback_twiml;
    return fallback.empty() ? read_twiml(config.twiml_file, "twiml_file")
                            : read_twiml(fallback, "upstream.fallback_twiml");
}

app::Driver::Dice make_dice() {
    struct Shared {
        std::mutex mutex;
        std::mt19937_64 engine{std::random_device{}()};
    };
    return [shared = std::make_shared<Shared>()] {
        const std::scoped_lock lock{shared->mutex};
        return std::uniform_real_distribution<double>{0.0, 1.0}(shared->engine);
    };
}

} // namespace

std::map<std::string, pipeline::Price> prices(const config::Config& config) {
    std::map<std::string, pipeline::Price> prices;
    for (const auto& [model, price] : config.prices) {
        prices[model] = {.audio_minute_micros = price.audio_minute_micros,
                         .input_million_micros = price.input_million_micros,
                         .output_million_micros = price.output_million_micros};
    }
    return prices;
}

pipeline::Prices forecast_prices(const config::Config& config) {
    const auto all = prices(config);
    const auto price_of = [&all](const std::string& model) {
        const auto found = all.find(model);
        return found == all.end() ? std::nullopt : std::optional{found->second};
    };
    return {.transcript = price_of(config.transcript.model),
            .summary = price_of(config.summary.model)};
}

twilio::Account twilio_account(const config::Config& config) {
    const config::Twilio& twilio = config.twilio;
    const base::AccountSid& sid = twilio.account_sid.value();
    if (twilio.api_key) {
        return {.sid = sid,
                .user = twilio.api_key->str(),
                .password = twilio.api_secret,
                .base_url = twilio.base_url};
    }
    return {.sid = sid,
            .user = sid.str(),
            .password = twilio.auth_tokens.at(0),
            .base_url = twilio.base_url};
}

app::ProviderSettings provider_settings(const config::Config& config,
                                        const std::string& scratch_dir) {
    return {.twilio = twilio_account(config),
            .recording_callback =
                app::callback_url(config.public_url, twilio::Route::handle_recording),
            .transcription = transcription_server(config),
            .summary = summary_server(config),
            .business = {.business_name = config.business_name,
                         .business_type = config.business_type,
                         .language = config.summary.language},
            .scratch_dir = scratch_dir,
            .speakers = {.inbound = config.transcript.inbound_speakers,
                         .outbound = config.transcript.outbound_speakers},
            .prices = prices(config)};
}

app::WebhookSettings webhook_settings(const config::Config& config) {
    app::WebhookSettings settings{.public_url = config.public_url,
                                  .account = config.twilio.account_sid.value(),
                                  .auth_tokens = config.twilio.auth_tokens,
                                  .stream_url = config.stream_url,
                                  .twiml_document = own_document(config)};
    // A TwiML file that cannot be served must not be found out by a caller.
    const auto trial = twilio::voice_twiml({.recording_callback = settings.public_url,
                                            .stream_url = settings.stream_url,
                                            .document = settings.twiml_document});
    if (!trial) {
        throw base::ConfigError{"the TwiML for calls cannot be made: " + trial.error().message,
                                "check twiml_file, upstream.fallback_twiml and stream_url"};
    }
    return settings;
}

std::unique_ptr<app::Upstream> open_upstream(Runner& runner, const config::Config& config,
                                             std::shared_ptr<spdlog::logger> logger,
                                             app::ServerMetrics& metrics) {
    if (config.upstream.url.empty()) {
        return nullptr;
    }
    app::UpstreamSettings settings{
        .place = {.url = config.upstream.url,
                  .public_url = config.upstream.public_url,
                  .auth_token = config.twilio.auth_tokens.at(0),
                  .timeout = config.upstream.timeout},
        .recording_callback = app::callback_url(config.public_url, twilio::Route::handle_recording),
        .metrics = &metrics};
    auto http = runner.adapters.open_async_http(static_cast<int>(settings.max_in_hand));
    return std::make_unique<app::Upstream>(std::move(settings), std::move(http), std::move(logger));
}

pipeline::Policy policy(const config::Config& config) {
    pipeline::Policy policy;
    policy.max_attempts.fill(config.pipeline.max_attempts);
    policy.shortest_recording =
        std::chrono::duration_cast<std::chrono::seconds>(config.pipeline.min_recording);
    policy.twiml_grace = config.pipeline.twiml_grace;
    if (!config.upstream.url.empty()) {
        policy.twiml_answer = 2 * config.upstream.timeout; // it is asked twice
    }
    // Who waits for a slow server as long as he was told to does not hang.
    const auto wait_for = [&policy](call::Stage stage,
                                    std::optional<std::chrono::milliseconds> timeout) {
        auto& deadline = policy.stage_deadlines[static_cast<std::size_t>(stage)];
        deadline = std::max(deadline, 2 * timeout.value_or(std::chrono::milliseconds{0}));
    };
    wait_for(call::Stage::transcript, config.transcript.timeout);
    wait_for(call::Stage::summary, config.summary.timeout);
    const auto limit = [&policy](call::Provider provider, const config::Limits& limits) {
        policy.limits[static_cast<std::size_t>(provider)] = {limits.requests_per_minute,
                                                             limits.concurrency};
    };
    limit(call::Provider::twilio, config.twilio.limits);
    limit(call::Provider::transcription, config.transcript.limits);
    limit(call::Provider::summary, config.summary.limits);
    return policy;
}

namespace {

std::filesystem::path spool_path(const config::Config& config) {
    return config.state_dir / "spool";
}

} // namespace

std::unique_ptr<sys::Spool> open_spool(const config::Config& config,
                                       std::shared_ptr<spdlog::logger> logger,
                                       app::ServerMetrics* metrics) {
    const auto on_fault = [logger = std::move(logger), metrics](std::string_view fault) {
        logger->error("spool_fault what=\"{}\"", fault);
        if (metrics != nullptr) {
            metrics->spool_file_damaged();
        }
    };
    return std::make_unique<sys::Spool>(
        spool_path(config),
        sys::SpoolOptions{.max_bytes = static_cast<std::uint64_t>(config.spool_max_bytes),
                          .on_fault = on_fault});
}

std::unique_ptr<sys::Spool> spool_if_there(const config::Config& config,
                                           std::shared_ptr<spdlog::logger> logger) {
    std::error_code ec;
    const auto path = spool_path(config);
    if (config.state_dir.empty() || !std::filesystem::exists(path, ec)) {
        return nullptr;
    }
    if (::access(path.c_str(), R_OK | W_OK | X_OK) != 0) {
        logger->warn(R"(spool_not_read folder="{}" what="not this user's")", path.string());
        return nullptr;
    }
    return open_spool(config, std::move(logger));
}

namespace {

constexpr std::size_t k_other_files{256};

std::string scratch_path(std::optional<sys::ScratchFolder>& folder, const config::Config& config,
                         Downloads downloads) {
    return downloads == Downloads::no
               ? std::string{}
               : folder.emplace((config.state_dir / "scratch").string()).path();
}

} // namespace

Engine::Engine(Runner& runner, const config::Config& config, const std::string& subcommand,
               int concurrency, const pipeline::Policy& policy, Downloads downloads)
    : m_logger{runner.logger(config)}, m_worker{sys::make_worker_id()},
      m_store{runner.adapters.open_store(config, subcommand, concurrency)},
      m_http{runner.adapters.open_http(concurrency + 1)}, m_pacer{*m_store, runner.clock, policy},
      m_steps{*m_http,
              m_pacer,
              runner.clock,
              make_dice(),
              provider_settings(config, scratch_path(m_scratch, config, downloads)),
              m_logger},
      m_driver{*m_store, m_steps, runner.clock, policy, make_dice(), m_logger},
      m_workers{*m_store, m_driver, runner.clock, m_logger} {
    // For each a file and a connection, and what libcurl keeps of these for the next.
    static_cast<void>(
        sys::raise_file_limit(k_other_files + 4 * static_cast<std::size_t>(concurrency)));
    m_logger->debug("worker name={}", m_worker); // as callctl.work and the attempts have it
}

void Engine::renew_secrets(const config::Config& config) {
    m_steps.renew({.twilio = twilio_account(config),
                   .transcription_key = config.transcript.api_key,
                   .summary_key = config.summary.api_key});
}

} // namespace callctl::cmd
