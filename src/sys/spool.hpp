// The spool in a folder: append-only files, synced before an append returns (fdatasync(2)).
#pragma once

#include "port/spool.hpp"
#include "sys/spool_file.hpp"

#include <atomic>
#include <deque>
#include <filesystem>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>

namespace callctl::sys {

struct SpoolOptions {
    std::uint64_t max_bytes{std::uint64_t{256} << 20U}; ///< of all its files; beyond: full
    std::uint64_t file_bytes{std::uint64_t{4} << 20U};  ///< a longer one is followed by a new one
    /// Told of each file in which something was set aside, or that cannot be opened, in a line for
    /// the log. Called by whoever uses the spool; must not throw.
    std::function<void(std::string_view fault)> on_fault{};
};

/// A file belongs to one process for as long as it lives (flock(2)); of dead ones the next takes
/// over what they left. So processes may share a folder, and each appends to files of its own.
/// Files that held something other than records are kept in `damaged/` below it.
class Spool : public port::Spool {
  public:
    /// Makes the folder where it is missing and takes over what dead processes left. Throws
    /// base::ConfigError when it cannot be written to.
    Spool(std::filesystem::path folder, SpoolOptions options);

    [[nodiscard]] base::Result<void> append(std::span<const std::string> records) override;
    [[nodiscard]] std::vector<std::string> oldest(std::size_t most) override;
    void remove(std::size_t count) override;
    void set_aside_oldest(std::string_view why) override;
    [[nodiscard]] Depth depth() const override;

  private:
    struct Part {
        SpoolFile file;
        std::size_t unread{0}; ///< of its records, counted when they came
        std::size_t loaded{0}; ///< of its records, in m_loaded
    };

    void take_over();
    void load(std::size_t most);
    void load_file(Part& part);
    void drop_done_files();
    [[nodiscard]] base::Result<Part*> part_to_write();
    void drop_if_useless(Part& last);
    void report(const std::string& fault) const;

    std::filesystem::path m_folder;
    SpoolOptions m_options;
    mutable std::mutex m_mutex{};
    std::list<Part> m_parts{};          ///< oldest first
    bool m_last_is_open{false};         ///< the last of them is one of ours that may grow
    std::deque<std::string> m_loaded{}; ///< the oldest records
    // Who asks for the depth must not wait for the disk.
    std::atomic<std::size_t> m_records{0};
    std::atomic<std::uint64_t> m_bytes{0};
};

} // namespace callctl::sys
