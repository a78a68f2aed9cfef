// From the configuration to what the use cases take.
#pragma once

#include "runner.hpp"

#include "app/drive.hpp"
#include "app/provider_steps.hpp"
#include "app/upstream.hpp"
#include "app/webhooks.hpp"
#include "app/workers.hpp"
#include "pipeline/forecast.hpp"
#include "pipeline/policy.hpp"
#include "sys/scratch_folder.hpp"
#include "sys/spool.hpp"

#include <memory>
#include <string>

namespace callctl::cmd {

[[nodiscard]] twilio::Account twilio_account(const config::Config& config);
[[nodiscard]] app::ProviderSettings provider_settings(const config::Config& config,
                                                      const std::string& scratch_dir);
/// By model.
[[nodiscard]] std::map<std::string, pipeline::Price> prices(const config::Config& config);
/// Of the two models that are configured; noughts where there is none.
[[nodiscard]] pipeline::Prices forecast_prices(const config::Config& config);
[[nodiscard]] app::WebhookSettings webhook_settings(const config::Config& config);
/// The application that serves the TwiML, reached over connections of its own; null without
/// `upstream.url`.
[[nodiscard]] std::unique_ptr<app::Upstream> open_upstream(Runner& runner,
                                                           const config::Config& config,
                                                           std::shared_ptr<spdlog::logger> logger,
                                                           app::ServerMetrics& metrics);
[[nodiscard]] pipeline::Policy policy(const config::Config& config);

/// The spool of this host. What is set aside there is logged, and counted where there are metrics,
/// which must outlive it. Throws base::ConfigError when it cannot be had.
[[nodiscard]] std::unique_ptr<sys::Spool> open_spool(const config::Config& config,
                                                     std::shared_ptr<spdlog::logger> logger,
                                                     app::ServerMetrics* metrics = nullptr);
/// The same where there is one already; else, or where this user may not touch it, null.
[[nodiscard]] std::unique_ptr<sys::Spool> spool_if_there(const config::Config& config,
                                                         std::shared_ptr<spdlog::logger> logger);

/// Whether a command downloads recordings, and so needs a place for them.
enum class Downloads { yes, no };

/// Store, HTTP client, driver and workers, together for as long as a command runs.
class Engine {
  public:
    Engine(Runner& runner, const config::Config& config, const std::string& subcommand,
           int concurrency, const pipeline::Policy& policy, Downloads downloads = Downloads::yes);

    [[nodiscard]] port::CallStore& store() { return *m_store; }
    [[nodiscard]] port::HttpClient& http() { return *m_http; }
    [[nodiscard]] app::RequestPacer& pacer() { return m_pacer; }
    [[nodiscard]] app::StepRunner& steps() { return m_steps; }
    [[nodiscard]] app::Workers& workers() { return m_workers; }
    [[nodiscard]] const pipeline::Policy& policy() const { return m_driver.policy(); }
    [[nodiscard]] const std::string& worker() const { return m_worker; }
    [[nodiscard]] std::shared_ptr<spdlog::logger> logger() const { return m_logger; }
    /// Takes the credentials of `config`, and nothing else of it, for steps that begin later.
    void renew_secrets(const config::Config& config);

  private:
    std::shared_ptr<spdlog::logger> m_logger;
    std::string m_worker;
    std::unique_ptr<port::CallStore> m_store;
    std::unique_ptr<port::HttpClient> m_http;
    std::optional<sys::ScratchFolder> m_scratch{};
    app::RequestPacer m_pacer;
    app::ProviderSteps m_steps;
    app::Driver m_driver;
    app::Workers m_workers;
};

} // namespace callctl::cmd
