// Where a recording lies while it is worked on.
#pragma once

#include "base/ids.hpp"

#include <filesystem>
#include <string>

namespace callctl::app {

/// A name in a folder, of a file that is gone when this is, however the job ends.
class ScratchFile {
  public:
    ScratchFile(const std::string& folder, const base::RecordingSid& recording);
    ScratchFile(const ScratchFile&) = delete;
    ScratchFile& operator=(const ScratchFile&) = delete;
    ~ScratchFile();

    [[nodiscard]] std::string path() const { return m_path.string(); }

  private:
    std::filesystem::path m_path;
};

} // namespace callctl::app
