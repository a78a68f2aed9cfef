#include "cmd_serve_webhooks.hpp"

#include "doors.hpp"
#include "exit_code.hpp"
#include "options.hpp"
#include "secret_reload.hpp"
#include "version.hpp"
#include "watchdog.hpp"
#include "wiring.hpp"

#include "app/admin.hpp"
#include "app/database_time.hpp"
#include "app/figures_text.hpp"
#include "app/group_commit.hpp"
#include "app/server_metrics.hpp"
#include "app/upstream.hpp"
#include "app/webhooks.hpp"
#include "base/exception.hpp"
#include "pipeline/news.hpp"
#include "sys/notify.hpp"
#include "sys/process_figures.hpp"
#include "web/server.hpp"

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include <atomic>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace callctl::cmd {
namespace {

using std::chrono::milliseconds;

// The rest of the 5 s of a stop is for the workers, the commits and the end of the process.
constexpr milliseconds k_grace{3'500};

// Telling some hundred deliveries that they are durable takes milliseconds.
constexpr milliseconds k_longest_own_work{5'000};
constexpr int k_committers = 2;

// A database that is well answers in milliseconds; for one that is not the start does not wait.
constexpr milliseconds k_longest_first_answer{2'000};
constexpr milliseconds k_tick{10};

// Needs nothing of the AI servers: a receiver without workers need not know them.
void require_settings(const config::Config& config) {
    config::require(config,
                    {config::Need::database, config::Need::webhooks, config::Need::state_dir});
    if (config.workers > 0) {
        config::require(config, {config::Need::twilio_rest, config::Need::transcription,
                                 config::Need::summary});
    }
}

// The workers on a thread of their own, which ends with its scope: by an exception, too.
class WorkersThread {
  public:
    WorkersThread(Engine& engine, sys::SystemClock& clock, int concurrency) : m_clock{clock} {
        if (concurrency > 0) {
            m_thread = std::thread{[this, &engine, concurrency] { run(engine, concurrency); }};
        }
    }
    WorkersThread(const WorkersThread&) = delete;
    WorkersThread& operator=(const WorkersThread&) = delete;
    ~WorkersThread() {
        m_clock.stop();
        if (m_thread.joinable()) {
            m_thread.join();
        }
    }

    /// The workers ended although nobody asked them to.
    [[nodiscard]] bool failed() const { return m_failed; }

  private:
    void run(Engine& engine, int concurrency) {
        try {
            engine.workers().run({.worker = engine.worker(),
                                  .concurrency = concurrency,
                                  .for_recordings = 1,
                                  .until = app::WorkRequest::Until::stopped});
        } catch (const std::exception& error) {
            // Without workers calls would wait in silence: let the service manager start afresh.
            engine.logger()->critical("workers_ended error=\"{}\"", error.what());
            m_failed = true;
            m_clock.stop();
        }
    }

    sys::SystemClock& m_clock;
    std::atomic<bool> m_failed{false};
    std::thread m_thread{};
};

// Asks the database for its time, on a thread of its own: one that hangs keeps waiting neither the
// callers at a start nor a stop. A database that is away is waited for, since Twilio does not wait
// for it; what the first answer says is not set up ends the server.
class TimeThread {
  public:
    TimeThread(app::DatabaseTime& time, sys::SystemClock& clock,
               std::shared_ptr<spdlog::logger> logger)
        : m_time{time}, m_clock{clock}, m_logger{std::move(logger)}, m_thread{[this] { run(); }} {}
    TimeThread(const TimeThread&) = delete;
    TimeThread& operator=(const TimeThread&) = delete;
    ~TimeThread() {
        m_clock.stop();
        m_thread.join();
    }

    /// Neither for long nor beyond a stop.
    void wait_for_first_answer() const {
        const auto until = m_clock.monotonic() + k_longest_first_answer;
        while (!is_asked() && m_clock.monotonic() < until && m_clock.wait(k_tick)) {
        }
    }
    /// Throws what is not set up, if that is why the server stops.
    void rethrow_fault() {
        if (is_asked()) {
            m_first_answer.get();
        }
    }
    /// So it was when it was asked last.
    [[nodiscard]] bool answers() const { return m_answers; }

  private:
    [[nodiscard]] bool is_asked() const {
        return m_first_answer.wait_for(milliseconds{0}) == std::future_status::ready;
    }
    void run() {
        try {
            ask_first();
            m_asked.set_value();
        } catch (...) {
            m_asked.set_exception(std::current_exception());
            m_clock.stop();
        }
        while (m_clock.wait(app::DatabaseTime::k_refresh)) {
            m_answers = m_time.try_refresh();
        }
    }
    void ask_first() {
        try {
            m_time.refresh();
            m_answers = true;
        } catch (const base::StoreError& away) {
            m_logger->warn("database_away error=\"{}\"", away.what());
        }
    }

    app::DatabaseTime& m_time;
    sys::SystemClock& m_clock;
    std::shared_ptr<spdlog::logger> m_logger;
    std::atomic<bool> m_answers{false};
    std::promise<void> m_asked{};
    std::future<void> m_first_answer{m_asked.get_future()};
    std::thread m_thread;
};

// Who has to be alive for systemd to leave the process alone. A database that is away is no reason
// to be killed: waits for it are not among this.
std::vector<Watched> watched(web::Server& server, web::Server& admin,
                             const app::GroupCommit& commits) {
    const auto on_io_thread = [](web::Server& asked) {
        return [&asked](std::function<void()> answered) { asked.run_soon(std::move(answered)); };
    };
    return {{"webhooks", on_io_thread(server)},
            {"admin", on_io_thread(admin)},
            {"commits", [&commits](const std::function<void()>& answered) {
                 if (commits.own_work() < k_longest_own_work) {
                     answered();
                 }
             }}};
}

Doors counted(Doors doors, app::ServerMetrics& metrics) {
    doors.webhooks.on_opened = [&metrics] { metrics.connection_opened(); };
    doors.webhooks.on_closed = [&metrics] { metrics.connection_closed(); };
    doors.webhooks.on_refused = [&metrics](std::string_view why) {
        metrics.connection_refused(why);
    };
    return doors;
}

SecretReload::Steps reload_steps(Runner& runner, Engine& engine, app::WebhookHandler& handler,
                                 app::Upstream* upstream) {
    return {.subscribe = runner.on_hangup,
            .read =
                [&runner] {
                    auto fresh = runner.read_config();
                    require_settings(fresh.config);
                    return fresh;
                },
            .apply =
                [&engine, &handler, upstream](const config::Config& config) {
                    handler.renew_auth_tokens(config.twilio.auth_tokens);
                    if (upstream != nullptr) {
                        upstream->renew_auth_token(config.twilio.auth_tokens.at(0));
                    }
                    engine.renew_secrets(config);
                }};
}

// Until a stop is asked for, as what is not set up may have done already.
void tell_systemd(const TimeThread& time, Runner& runner, const std::string& listen) {
    if (!runner.clock.stopping()) {
        sys::notify_ready();
    }
    const std::string receiving = "receiving webhooks on " + listen;
    do {
        sys::notify_status(time.answers() ? receiving : receiving + ", waiting for the database");
    } while (runner.clock.wait(app::DatabaseTime::k_refresh));
    sys::notify_stopping();
}

// Depth and figures of the process are looked up when somebody asks.
std::string own_metrics(app::ServerMetrics& metrics, const port::Spool& spool) {
    const auto depth = spool.depth();
    metrics.spool(depth.records, depth.bytes);
    return app::build_text(version_text()) + app::process_text(sys::process_figures()) +
           metrics.text();
}

int run_serve_webhooks(Runner& runner) {
    const auto loaded = runner.load_config();
    const auto& config = loaded.config;
    require_settings(config);
    // Beside the workers': for the admin pages and the thread for live calls.
    Engine engine{runner, config, "serve-webhooks", config.workers + k_committers + 2,
                  policy(config)};
    const auto logger = engine.logger();
    app::ServerMetrics metrics;
    metrics.spool_limit(static_cast<std::uint64_t>(config.spool_max_bytes));
    const auto spool = open_spool(config, logger, &metrics);
    app::DatabaseTime time{engine.store(), runner.clock};

    const auto decide = [&engine](const call::Call& call, const call::CallFacts& news,
                                  base::Time now) {
        return pipeline::on_news(call, news, now, engine.policy());
    };
    const auto after_commit = [&engine] { engine.workers().wake(); };
    app::GroupCommit commits{engine.store(),
                             decide,
                             after_commit,
                             logger,
                             {.committers = k_committers, .metrics = &metrics},
                             spool.get()};
    const auto upstream = open_upstream(runner, config, logger, metrics);
    app::WebhookHandler handler{webhook_settings(config),
                                commits,
                                [&time] { return time.now(); },
                                logger,
                                metrics,
                                upstream.get()};
    app::AdminHandler admin_handler{engine.store(),
                                    [&metrics, &spool] { return own_metrics(metrics, *spool); }};
    const Doors doors = counted(make_doors(config, logger), metrics);
    web::Server admin{doors.admin, admin_handler};
    web::Server server{doors.webhooks, handler};
    logger->info("serving listen={} port={} admin_port={} workers={}", listened_at(doors.webhooks),
                 server.port(), admin.port(), config.workers);
    bool workers_failed = false;
    {
        TimeThread time_thread{time, runner.clock, logger};
        const SecretReload reload{loaded, reload_steps(runner, engine, handler, upstream.get()),
                                  logger};
        time_thread.wait_for_first_answer(); // workers begin nothing with a schema not theirs
        const WorkersThread workers{engine, runner.clock, config.workers};
        std::optional<Watchdog> watchdog{std::in_place, sys::watchdog_limit(),
                                         watched(server, admin, commits), sys::notify_watchdog,
                                         logger};
        tell_systemd(time_thread, runner, listened_at(doors.webhooks));
        watchdog.reset();
        server.stop(k_grace);
        admin.stop(milliseconds{0});
        time_thread.rethrow_fault();
        workers_failed = workers.failed();
    }
    logger->info("stopped");
    return runner.unless_stopped(workers_failed ? k_failed : k_done);
}

} // namespace

void add_serve_webhooks(CLI::App& app, Runner& runner) {
    auto* const command =
        app.add_subcommand("serve-webhooks", "receive Twilio's webhooks and drive the calls");
    add_setting(*command, runner, "--listen", "listen", "address and port for Twilio")
        ->type_name("ADDRESS:PORT");
    add_setting(*command, runner, "--admin-listen", "admin_listen",
                "address and port for /healthz, /readyz and /metrics")
        ->type_name("ADDRESS:PORT");
    add_setting(*command, runner, "--public-url", "public_url", "how Twilio sees this server")
        ->type_name("URL");
    add_setting(*command, runner, "--workers", "workers",
                "calls driven at the same time; 0 receives only")
        ->type_name("N");
    add_exit_codes(*command, {k_usage, k_schema, k_interrupted, k_terminated});
    add_examples(*command, "callctl-serve-webhooks",
                 "  callctl serve-webhooks\n"
                 "  callctl serve-webhooks --listen 127.0.0.1:8080 --workers 8\n"
                 "  callctl serve-webhooks --workers 0\n");
    command->callback(
        [&runner] { runner.action = [&runner] { return run_serve_webhooks(runner); }; });
}

} // namespace callctl::cmd
