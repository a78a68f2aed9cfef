// Calls whose worker is gone, and how long it takes until somebody else has them.
#pragma once

#include "e2e/chaos/database.hpp"
#include "e2e/chaos/ledger.hpp"

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace callctl::chaos {

class Orphans {
  public:
    explicit Orphans(std::function<std::string()> url);
    Orphans(const Orphans&) = delete;
    Orphans& operator=(const Orphans&) = delete;
    ~Orphans();

    /// Whether one of them holds a call now.
    [[nodiscard]] static bool are_busy(Database& database, const std::vector<std::string>& workers);
    /// These workers are about to go; what they hold from now on is looked for. `orderly`: they are
    /// asked to, and can reach the database.
    void going(std::vector<std::string> workers, bool orderly);
    /// The last ones to be going are gone: from here on their orphans wait.
    void gone();
    /// The database is away: whoever went a moment ago, or goes now, may not have been able to hand
    /// anything back.
    void database_away();

    struct Times {
        std::vector<double> after_kill{}; ///< seconds, ascending
        std::vector<double> after_stop{};
        std::size_t open{0};             ///< nobody has taken them yet
        std::vector<std::string> slow{}; ///< which took longer than 5 s after an orderly stop
    };
    [[nodiscard]] Times times() const;

  private:
    struct Death {
        std::vector<std::string> workers{};
        bool orderly{false};
        std::optional<Clock::time_point> gone{};
    };
    struct Orphan {
        std::string call{};
        std::string token{};
        Death* death{nullptr};
    };

    void find_new(Database& database);
    void look(Database& database);

    std::function<std::string()> m_url;
    mutable std::mutex m_mutex{};
    Clock::time_point m_away_at{};
    std::vector<std::unique_ptr<Death>> m_deaths{};
    std::size_t m_looked_into{0}; ///< deaths whose orphans are known
    std::vector<Orphan> m_open{};
    Times m_times{};
    std::jthread m_thread{};
};

} // namespace callctl::chaos
