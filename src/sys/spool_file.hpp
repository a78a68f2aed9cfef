// One file of the spool. Internal to src/sys.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <deque>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace callctl::sys {

/// Locked (flock(2)) from construction to destruction: nobody else reads, appends or removes.
class SpoolFile {
  public:
    /// A new one, behind all others in the folder. Its name is durable when this returns.
    [[nodiscard]] static base::Result<SpoolFile> create(const std::filesystem::path& folder);
    /// One that is there; nothing when another process has it, or has just removed it. Errors:
    /// transient (it cannot be opened, or is no file).
    [[nodiscard]] static base::Result<std::optional<SpoolFile>>
    take(const std::filesystem::path& path);

    SpoolFile(SpoolFile&& other) noexcept;
    SpoolFile& operator=(SpoolFile&&) = delete;
    SpoolFile(const SpoolFile&) = delete;
    SpoolFile& operator=(const SpoolFile&) = delete;
    ~SpoolFile();

    /// Durable when it returns; after an error nothing of it counts, and the file takes no more
    /// where it cannot be known what the disk has of it.
    [[nodiscard]] base::Result<void> append(std::string_view bytes);
    [[nodiscard]] bool takes_more() const { return m_takes_more; }

    struct Content {
        std::deque<std::string> records{};
        std::string damage{}; ///< what is wrong with it, in words; empty when nothing is
    };
    /// What lies behind what was read before. Bytes that cannot be read are damage, too.
    [[nodiscard]] Content read();
    [[nodiscard]] bool is_read() const { return m_read_to >= m_size; }
    void rewind() { m_read_to = 0; }

    /// Removes it, or moves it below `damaged/` when something in it must be looked at.
    void finish();
    void keep() { m_is_kept = true; }

    [[nodiscard]] std::uint64_t size() const { return m_size; }
    [[nodiscard]] std::string name() const { return m_path.filename().string(); }

  private:
    SpoolFile(std::filesystem::path path, int descriptor);

    std::filesystem::path m_path;
    int m_descriptor{-1};
    std::uint64_t m_size{0}; ///< that counts
    std::uint64_t m_read_to{0};
    bool m_takes_more{true};
    bool m_is_kept{false};
};

/// The names in it are durable once this is true (fsync(2)).
[[nodiscard]] bool sync_folder(const std::filesystem::path& folder);

/// The names of a folder's files, oldest first.
[[nodiscard]] std::vector<std::filesystem::path>
spool_files_in(const std::filesystem::path& folder);

} // namespace callctl::sys
