#include "app/scratch_file.hpp"

#include <system_error>

#include <random>

namespace callctl::app {

// The name is random because a forced retry may work on the same recording at the same time.
ScratchFile::ScratchFile(const std::string& folder, const base::RecordingSid& recording)
    : m_path{std::filesystem::path{folder} /
             (recording.str() + "-" + std::to_string(std::random_device{}()) + ".wav")} {}

ScratchFile::~ScratchFile() {
    std::error_code ignored;
    std::filesystem::remove(m_path, ignored);
}

} // namespace callctl::app
