// The rules by which statuses are inferred from what a row holds, as SQL over call_log.
#pragma once

#include "pg/host_table.hpp"

#include <array>
#include <string>

namespace callctl::pg {

inline constexpr std::array k_status_columns{"recording_status", "transcript_status",
                                             "summary_status"};

/// For one host's table; a column that is not there yet counts as NULL. An empty text says as
/// little as NULL does. Must not outlive the table.
class StatusExpressions {
  public:
    explicit StatusExpressions(const HostTable& host) : m_host{host} {}

    [[nodiscard]] std::string column(const char* name) const;
    /// What the row says of the status, whether it is set or not. \pre stage < 3
    [[nodiscard]] std::string inferred(std::size_t stage) const;
    /// The status that is set, else the inferred one.
    [[nodiscard]] std::string effective(std::size_t stage) const;
    /// One at least of the columns that are ours is not set; empty where none is ours.
    [[nodiscard]] std::string one_of_ours_is_open() const;
    /// The same of those that the host had before; `false` where it had none.
    [[nodiscard]] std::string one_of_the_hosts_is_open() const;

  private:
    [[nodiscard]] std::string open(bool ours) const;

    const HostTable& m_host;
};

} // namespace callctl::pg
