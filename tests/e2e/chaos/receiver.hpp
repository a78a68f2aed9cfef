// One serve-webhooks over a PostgreSQL of its own.
#pragma once

#include "e2e/process.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace callctl::chaos {

/// Where things are.
struct Place {
    std::string callctl{}; ///< the program
    std::string pg{};      ///< scripts/pg
    std::string folder{};  ///< for all files
};

/// Started here, removed in the end. Throws std::runtime_error when scripts/pg fails.
class Cluster {
  public:
    /// `settings` as scripts/pg takes them: `-c name=value ...`
    Cluster(const Place& place, const std::string& path, const std::string& settings);
    Cluster(const Cluster&) = delete;
    Cluster& operator=(const Cluster&) = delete;
    ~Cluster();

    void start() { run({"start"}); }
    void stop_at_once() { run({"halt", "immediate"}); }
    [[nodiscard]] const std::string& url() const { return m_url; }

  private:
    std::string run(std::vector<std::string> words);

    std::string m_program;
    std::string m_folder;
    e2e::Environment m_environment;
    std::string m_url{};
};

/// As its service manager has it: whenever it has ended it is started again.
class Receiver {
  public:
    Receiver(const Place& place, const std::string& path, const std::string& url,
             std::uint16_t port, std::uint16_t admin_port);

    /// Throws std::runtime_error when that fails.
    void migrate();
    void look_after();
    void kill();
    /// What the present process has logged.
    [[nodiscard]] std::string said() const { return m_process ? m_process->err() : ""; }

  private:
    std::string m_program;
    std::string m_files;
    e2e::Environment m_environment;
    std::unique_ptr<e2e::Process> m_process{};
    int m_started{0};
};

} // namespace callctl::chaos
