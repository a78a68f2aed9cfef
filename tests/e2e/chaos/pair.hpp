// Two PostgreSQL clusters, one of which follows the other.
#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <vector>

namespace callctl::chaos {

/// Run by scripts/pg. Every method throws std::runtime_error when that fails.
class Pair {
  public:
    /// `script` is scripts/pg; the clusters live in `folder`/a and `folder`/b.
    Pair(std::string script, std::string folder);
    Pair(const Pair&) = delete;
    Pair& operator=(const Pair&) = delete;
    ~Pair();

    void restart(const std::string& mode); ///< `fast` or `immediate`, of the primary
    /// The primary stops at once, the standby is promoted.
    void fail_over();
    /// What was the primary follows the new one, if it does not yet.
    void rebuild();

    /// As libpq wants it, for the present primary. From any thread.
    [[nodiscard]] std::string url() const;
    /// The path of a cluster's own socket; 0 or 1.
    [[nodiscard]] std::string socket(std::size_t cluster) const;

  private:
    std::string pg(const std::vector<std::string>& words);
    [[nodiscard]] std::string folder(std::size_t cluster) const;

    std::string m_script;
    std::string m_folder;
    mutable std::mutex m_mutex{};
    std::size_t m_primary{0};
    bool m_has_standby{false};
    int m_runs{0};
};

} // namespace callctl::chaos
