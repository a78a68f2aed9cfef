// Calls whose worker is gone, and how long it takes until somebody else has them.
#pragma once

#include "e2e/chaos/database.hpp"
#include "e2e/chaos/ledger.hpp"

#include <functional>
#include <mutex>
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
    /// These workers are gone now. `orderly`: they were asked to stop.
    void left_by(std::vector<std::string> workers, bool orderly);

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
        Clock::time_point at{};
        bool orderly{false};
    };
    struct Orphan {
        std::string call{};
        std::string token{};
        Death* death{nullptr};
    };

    void watch();
    void find_new(Database& database);
    void look(Database& database);

    std::function<std::string()> m_url;
    mutable std::mutex m_mutex{};
    std::vector<std::unique_ptr<Death>> m_deaths{};
    std::size_t m_looked_into{0}; ///< deaths whose orphans are known
    std::vector<Orphan> m_open{};
    Times m_times{};
    std::jthread m_thread{};
};

} // namespace callctl::chaos
