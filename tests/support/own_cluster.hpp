// A PostgreSQL server of a test's own, which it may stop and kill.
#pragma once

#include <string>

namespace callctl::support {

/// Waits for its disk as one in production does. Throws std::runtime_error when it does not start.
class OwnCluster {
  public:
    /// In `folder`, which need not exist; `settings` as in `-c name=value ...`.
    explicit OwnCluster(std::string folder, std::string settings = {});
    OwnCluster(const OwnCluster&) = delete;
    OwnCluster& operator=(const OwnCluster&) = delete;
    /// With all its data.
    ~OwnCluster();

    /// The same before and after a stop.
    [[nodiscard]] const std::string& url() const { return m_url; }
    void start();
    /// As `pg_ctl stop --mode immediate` does: nothing is finished.
    void stop();
    /// The output of one statement, as psql prints it unaligned.
    [[nodiscard]] std::string value(const std::string& statement) const;

  private:
    [[nodiscard]] std::string bash(const std::string& script) const;

    std::string m_folder;
    std::string m_settings;
    std::string m_url;
};

/// One whose disk is small: a file system in memory that only it sees. Needs the right to mount.
class SmallCluster {
  public:
    [[nodiscard]] static bool is_possible();

    SmallCluster();
    SmallCluster(const SmallCluster&) = delete;
    SmallCluster& operator=(const SmallCluster&) = delete;
    ~SmallCluster();

    [[nodiscard]] const std::string& url() const { return m_url; }
    [[nodiscard]] std::string value(const std::string& statement) const;
    /// Until nothing more fits.
    void fill_disk() const;
    void empty_disk() const;

  private:
    std::string m_url;
    std::string m_server; ///< its process
};

} // namespace callctl::support
