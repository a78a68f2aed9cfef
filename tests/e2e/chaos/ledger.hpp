// What the auditor saw pass, told by nobody: every webhook with its answer, every request of a
// host.
#pragma once

#include <chrono>
#include <cstdint>
#include <fstream>
#include <mutex>
#include <string>
#include <vector>

namespace callctl::chaos {

using Clock = std::chrono::steady_clock;

struct Exchange {
    std::string direction{}; ///< `webhook` or `request`
    int host{0};             ///< who answered the webhook, or who asked
    std::string method{};
    std::string target{};
    std::string body{};   ///< of a webhook
    std::string digest{}; ///< SHA-256 of a request's body, or of the file in it
    int status{0};        ///< 0: no answer came through
    Clock::time_point asked{};
    Clock::time_point answered{};

    [[nodiscard]] bool succeeded() const { return status >= 200 && status < 300; }
};

/// From any thread. Every line goes to a file as well, for whoever looks into a failure.
class Ledger {
  public:
    explicit Ledger(const std::string& path) : m_file{path} {}

    void add(Exchange exchange);
    /// In the order of their ends.
    [[nodiscard]] std::vector<Exchange> all() const;

  private:
    mutable std::mutex m_mutex{};
    std::ofstream m_file;
    std::vector<Exchange> m_exchanges{};
    Clock::time_point m_start{Clock::now()};
};

} // namespace callctl::chaos
