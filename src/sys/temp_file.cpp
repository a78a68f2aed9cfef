#include "sys/temp_file.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <system_error>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <utility>

namespace callctl::sys {
namespace {

constexpr std::string_view k_prefix = "callctl-scratch-";

} // namespace

base::Result<TempFile> TempFile::create(const std::string& directory) {
    std::string path = fmt::format("{}/{}XXXXXX", directory, k_prefix);
    const int descriptor = ::mkostemp(path.data(), O_CLOEXEC); // mode 0600
    if (descriptor < 0) {
        return base::fail(base::ErrorKind::transient,
                          fmt::format("cannot create a scratch file in {}: {}", directory,
                                      std::generic_category().message(errno)));
    }
    ::close(descriptor);
    return TempFile{std::move(path)};
}

TempFile::TempFile(TempFile&& other) noexcept : m_path{std::exchange(other.m_path, {})} {}

TempFile& TempFile::operator=(TempFile&& other) noexcept {
    std::swap(m_path, other.m_path);
    return *this;
}

TempFile::~TempFile() {
    if (!m_path.empty()) {
        ::unlink(m_path.c_str());
    }
}

std::size_t remove_abandoned_temp_files(const std::string& directory, std::chrono::seconds age) {
    namespace fs = std::filesystem;
    const auto limit = fs::file_time_type::clock::now() - age;
    std::size_t removed = 0;
    std::error_code ec;
    for (auto entry = fs::directory_iterator{directory, ec};
         !ec && entry != fs::directory_iterator{}; entry.increment(ec)) {
        std::error_code gone; // somebody else removes the same: not our affair
        const bool ours = entry->path().filename().string().starts_with(k_prefix);
        if (ours && entry->is_regular_file(gone) && entry->last_write_time(gone) <= limit &&
            !gone && fs::remove(entry->path(), gone)) {
            ++removed;
        }
    }
    return removed;
}

} // namespace callctl::sys
