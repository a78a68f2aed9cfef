// Where a process keeps files that must not outlive it: recordings, while they are transcribed.
#pragma once

#include <string>

namespace callctl::sys {

/// A folder of this process's own below a shared one, readable for its owner alone, removed with
/// all that is in it at the end. Folders of processes that were killed are removed when the next
/// one begins: each holds a lock (flock) for as long as it lives, whatever container it lives in.
class ScratchFolder {
  public:
    /// Creates `shared` too where it is missing. Throws base::ConfigError when that cannot be
    /// written to.
    explicit ScratchFolder(const std::string& shared);
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    ~ScratchFolder();

    [[nodiscard]] const std::string& path() const { return m_path; }

  private:
    std::string m_path;
    int m_lock{-1}; ///< of the folder itself
};

} // namespace callctl::sys
