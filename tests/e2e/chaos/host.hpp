// One machine of the business: serve-webhooks, and reconcile time and again as a timer has it.
#pragma once

#include "e2e/chaos/ledger.hpp"
#include "e2e/process.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace callctl::chaos {

class Host {
  public:
    /// Starts nothing yet. Output goes to files whose names begin with `files`.
    Host(std::string binary, e2e::Environment environment, std::string files);

    void start();
    /// Starts again what has ended: the server as its service manager would, reconcile as its timer
    /// would.
    void look_after();
    void kill();
    /// Asks its processes to stop, and waits until they have; returns how long that took.
    Clock::duration stop();
    void pause();
    void resume();
    /// From its next start, in the words of libfaketime (`+3600`); empty: the right time.
    void shift_clock(const std::string& offset);
    [[nodiscard]] bool runs() const { return m_runs; }

    /// The names of the workers of its present processes, as callctl.work has them.
    [[nodiscard]] std::vector<std::string> workers();
    /// How reconcile has ended so far, and what it wrote last when it was not well.
    [[nodiscard]] const std::string& complaint() const { return m_complaint; }

  private:
    std::unique_ptr<e2e::Process> start(const std::vector<std::string>& words);

    std::string m_binary;
    e2e::Environment m_environment;
    std::string m_files;
    std::unique_ptr<e2e::Process> m_server{};
    std::unique_ptr<e2e::Process> m_reconcile{};
    bool m_runs{false};
    bool m_paused{false};
    int m_started{0};
    std::string m_complaint{};
};

} // namespace callctl::chaos
