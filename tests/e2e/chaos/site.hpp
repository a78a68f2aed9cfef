// The whole business on one machine: two databases, the simulator, the hosts, and what stands
// between them.
#pragma once

#include "e2e/chaos/gateway.hpp"
#include "e2e/chaos/host.hpp"
#include "e2e/chaos/http.hpp"
#include "e2e/chaos/ledger.hpp"
#include "e2e/chaos/orphans.hpp"
#include "e2e/chaos/pair.hpp"
#include "e2e/chaos/plan.hpp"
#include "e2e/chaos/wire.hpp"
#include "e2e/held_port.hpp"
#include "e2e/process.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace callctl::chaos {

struct SiteOptions {
    std::string callctl{};   ///< the binary
    std::string simulator{}; ///< the binary
    std::string pg{};        ///< scripts/pg
    std::string folder{};    ///< for everything that is written
    int hosts{4};
    std::uint32_t seed{1};
};

class Site {
  public:
    /// When it returns, everything runs and the schema is there.
    explicit Site(const SiteOptions& options);
    Site(const Site&) = delete;
    Site& operator=(const Site&) = delete;
    ~Site();

    void place_call();
    /// What it does is undone after a while by `tick`.
    void strike(const Planned& planned);
    /// Looks after the hosts, and undoes what is to be undone by now.
    void tick();
    /// Everything is undone at once.
    void heal();
    void stop_hosts();
    /// No call is on its way at Twilio, and no webhook.
    void wait_for_quiet();

    [[nodiscard]] std::string database_url() const { return m_databases.url(); }
    [[nodiscard]] std::uint16_t simulator() const { return m_simulator_port; }
    [[nodiscard]] const Ledger& ledger() const { return m_ledger; }
    [[nodiscard]] Orphans& orphans() { return m_orphans; }
    /// From the signal to the end of a host's last process, of those that were not killed.
    [[nodiscard]] Clock::duration longest_stop() const { return m_longest_stop; }
    [[nodiscard]] std::size_t placed() const { return m_placed; }
    [[nodiscard]] std::vector<std::string> complaints() const;

  private:
    /// Of a host.
    struct Ports {
        e2e::HeldPort webhooks{};
        e2e::HeldPort admin{};
    };
    struct Wires {
        using Socket = std::function<std::string()>;
        Wires(boost::asio::io_context& context, Socket first_socket, Socket second_socket)
            : first{context, std::move(first_socket)}, second{context, std::move(second_socket)} {}
        Wire first;
        Wire second;
        void set(Wire::State state) {
            first.set(state);
            second.set(state);
        }
    };

    void start_simulator();
    void make_host(int number);
    void migrate();
    void later(std::chrono::milliseconds after, std::function<void()> action);
    void start_again(const Planned& planned);
    void fault(std::uint32_t die);
    [[nodiscard]] std::vector<Upstream> receivers();

    SiteOptions m_options;
    std::mt19937 m_random;
    Ledger m_ledger;
    Pair m_databases;
    boost::asio::io_context m_context{};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> m_guard;
    std::vector<std::unique_ptr<Wires>> m_wires{};
    std::vector<std::unique_ptr<Gateway>> m_gateways{};
    std::vector<std::unique_ptr<Ports>> m_ports{};
    std::unique_ptr<e2e::Process> m_simulator{};
    std::uint16_t m_simulator_port{0};
    std::vector<std::unique_ptr<Host>> m_hosts{};
    std::multimap<Clock::time_point, std::function<void()>> m_later{};
    std::size_t m_turn{0};
    std::size_t m_placed{0};
    Clock::duration m_longest_stop{};
    Database m_database;
    Orphans m_orphans;
    std::jthread m_thread{};
};

} // namespace callctl::chaos
