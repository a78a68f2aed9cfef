#include "metrics_file.hpp"

#include "exit_code.hpp"
#include "version.hpp"

#include "app/figures_text.hpp"
#include "app/pass_text.hpp"
#include "base/exception.hpp"
#include "sys/whole_file.hpp"

#include <exception>
#include <utility>

namespace callctl::cmd {
namespace {

// Some thirty families make 10 KiB.
constexpr std::size_t k_longest_file = 1UL << 20U;

enum class Database { asked, away };

bool came_to_its_end(int exit_code) {
    return exit_code == k_done || exit_code == k_partial;
}

std::optional<port::Figures> read_figures(Runner& runner, const config::Config& config) {
    try {
        return runner.adapters.open_store(config, "reconcile", 1)->figures();
    } catch (const base::Exception& error) {
        runner.err << "callctl: warning: the metrics file lacks the database's figures: "
                   << error.what() << '\n';
        return std::nullopt;
    }
}

class MetricsFile {
  public:
    MetricsFile(Runner& runner, const config::Config& config)
        : m_runner{runner}, m_config{config}, m_began{runner.clock.monotonic()} {}

    void write(int exit_code, std::optional<app::ReconcileReport> report, Database database) {
        const std::string path = m_config.metrics_file.string();
        const base::Time now = m_runner.clock.wall();
        const app::PassFigures pass{
            .ended_at = now,
            .duration = std::chrono::duration_cast<std::chrono::milliseconds>(
                m_runner.clock.monotonic() - m_began),
            .exit_code = exit_code,
            .last_success = came_to_its_end(exit_code) ? now : earlier_success(path),
            .report = std::move(report)};
        const auto figures =
            database == Database::asked ? read_figures(m_runner, m_config) : std::nullopt;
        const auto written =
            sys::replace_file(path, app::build_text(version_text()) + app::pass_text(pass) +
                                        app::database_text(figures));
        if (!written) {
            m_runner.err << "callctl: warning: the metrics file " << written.error().message
                         << "\nhint: create its folder for the user that runs callctl, or set "
                            "metrics_file to another\n";
        }
    }

  private:
    static std::optional<base::Time> earlier_success(const std::string& path) {
        const auto text = sys::read_file(path, k_longest_file);
        return text ? app::last_success_in(*text) : std::nullopt;
    }

    Runner& m_runner;
    const config::Config& m_config;
    port::Clock::Monotonic m_began;
};

} // namespace

int with_metrics_file(Runner& runner, const config::Config& config,
                      const std::function<int(std::optional<app::ReconcileReport>&)>& pass) {
    std::optional<app::ReconcileReport> report;
    if (config.metrics_file.empty()) {
        return pass(report);
    }
    MetricsFile file{runner, config};
    try {
        const int exit_code = pass(report);
        file.write(exit_code, std::move(report), Database::asked);
        return exit_code;
    } catch (const base::StoreError& error) {
        // Asked once more it would only be waited for again.
        file.write(error.exit_code(), std::move(report), Database::away);
        throw;
    } catch (const base::Exception& error) {
        file.write(error.exit_code(), std::move(report), Database::asked);
        throw;
    } catch (const std::exception&) {
        file.write(k_failed, std::move(report), Database::asked);
        throw;
    }
}

} // namespace callctl::cmd
