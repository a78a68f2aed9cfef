#include "sys/spool_file.hpp"

#include "sys/spool_format.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <random>
#include <utility>
#include <vector>

namespace callctl::sys {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view k_suffix = ".spool";
constexpr ::mode_t k_mode = 0600; // phone numbers
constexpr int k_most_new_names = 8;

std::string words_of(int fault) {
    return std::generic_category().message(fault);
}

base::Unexpected<base::Error> failed(std::string_view what, const fs::path& path, int fault) {
    return base::fail(base::ErrorKind::transient,
                      fmt::format("cannot {} {}: {}", what, path.string(), words_of(fault)));
}

/// Locked, and still under its name: who had it before us may have removed it, and then there is no
/// errno.
bool lock(int descriptor) {
    struct ::stat status {};
    return ::flock(descriptor, LOCK_EX | LOCK_NB) == 0 && ::fstat(descriptor, &status) == 0 &&
           status.st_nlink > 0;
}

std::uint64_t number_of(const fs::path& path) {
    std::uint64_t number = 0;
    const std::string name = path.filename().string();
    std::from_chars(name.data(), name.data() + name.size(), number);
    return number;
}

std::string new_name(const fs::path& folder) {
    const auto files = spool_files_in(folder);
    const auto number = files.empty() ? 1 : number_of(files.back()) + 1;
    std::random_device random;
    return fmt::format("{:020}-{:08x}{:08x}{}", number, random(), random(), k_suffix);
}

bool write_all(int descriptor, std::string_view bytes, std::uint64_t at) {
    while (!bytes.empty()) {
        const auto count =
            ::pwrite(descriptor, bytes.data(), bytes.size(), static_cast<::off_t>(at));
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(count));
        at += static_cast<std::uint64_t>(count);
    }
    return true;
}

bool read_all(int descriptor, std::string& into, std::uint64_t from) {
    std::size_t done = 0;
    while (done < into.size()) {
        const auto count = ::pread(descriptor, into.data() + done, into.size() - done,
                                   static_cast<::off_t>(from + done));
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            errno = count == 0 ? EIO : errno; // shorter than it was
            return false;
        }
        done += static_cast<std::size_t>(count);
    }
    return true;
}

std::string damage_of(const SpoolScan& scan, std::uint64_t from) {
    std::size_t bytes = 0;
    for (const SpoolBytes& part : scan.damaged) {
        bytes += part.end - part.begin;
    }
    return scan.damaged.empty() ? std::string{}
                                : fmt::format("{} bytes from byte {} on are no record", bytes,
                                              from + scan.damaged.front().begin);
}

} // namespace

bool sync_folder(const fs::path& folder) {
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
    if (descriptor >= 0) {
        ::close(descriptor);
    }
    return synced;
}

std::vector<fs::path> spool_files_in(const fs::path& folder) {
    std::vector<fs::path> files;
    std::error_code ec;
    for (auto entry = fs::directory_iterator{folder, ec}; !ec && entry != fs::directory_iterator{};
         entry.increment(ec)) {
        if (entry->path().extension() == k_suffix) {
            files.push_back(entry->path());
        }
    }
    std::ranges::sort(files);
    return files;
}

SpoolFile::SpoolFile(fs::path path, int descriptor)
    : m_path{std::move(path)}, m_descriptor{descriptor} {}

SpoolFile::SpoolFile(SpoolFile&& other) noexcept
    : m_path{std::move(other.m_path)}, m_descriptor{std::exchange(other.m_descriptor, -1)},
      m_size{other.m_size}, m_read_to{other.m_read_to},
      m_takes_more{other.m_takes_more}, m_is_kept{other.m_is_kept} {}

SpoolFile::~SpoolFile() {
    if (m_descriptor >= 0) {
        ::close(m_descriptor);
    }
}

base::Result<SpoolFile> SpoolFile::create(const fs::path& folder) {
    for (int tries = 0;; ++tries) {
        SpoolFile file{folder / new_name(folder), -1};
        file.m_descriptor =
            ::open(file.m_path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, k_mode);
        // Between its making and its lock a file looks abandoned: another process may remove it.
        if (file.m_descriptor >= 0 && lock(file.m_descriptor)) {
            if (!sync_folder(folder)) {
                const int fault = errno;
                ::unlink(file.m_path.c_str());
                return failed("sync", folder, fault);
            }
            return file;
        }
        if (tries == k_most_new_names || (file.m_descriptor < 0 && errno != EEXIST)) {
            return failed("create", file.m_path, errno);
        }
    }
}

base::Result<std::optional<SpoolFile>> SpoolFile::take(const fs::path& path) {
    SpoolFile file{path, ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW)};
    if (file.m_descriptor < 0 && errno != ENOENT) {
        return failed("open", path, errno);
    }
    errno = 0;
    if (file.m_descriptor < 0 || !lock(file.m_descriptor)) {
        if (errno != 0 && errno != EWOULDBLOCK) {
            return failed("lock", path, errno);
        }
        return std::optional<SpoolFile>{};
    }
    struct ::stat status {};
    if (::fstat(file.m_descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
        return failed("read", path, EINVAL);
    }
    file.m_size = static_cast<std::uint64_t>(status.st_size);
    file.m_takes_more = false;
    return std::optional{std::move(file)};
}

base::Result<void> SpoolFile::append(std::string_view bytes) {
    const bool written = write_all(m_descriptor, bytes, m_size);
    if (written && ::fdatasync(m_descriptor) == 0) {
        m_size += bytes.size();
        return {};
    }
    const int fault = errno;
    // A sync that failed once may lie the next time (fsync(2), "Linux error reporting").
    m_takes_more = !written && ::ftruncate(m_descriptor, static_cast<::off_t>(m_size)) == 0;
    return failed("write", m_path, fault);
}

SpoolFile::Content SpoolFile::read() {
    std::string bytes(m_size - m_read_to, '\0');
    Content content;
    if (read_all(m_descriptor, bytes, m_read_to)) {
        const SpoolScan scan = scan_spool(bytes);
        content.damage = damage_of(scan, m_read_to);
        for (const SpoolBytes& record : scan.records) {
            content.records.push_back(bytes.substr(record.begin, record.end - record.begin));
        }
    } else {
        content.damage = fmt::format("cannot be read: {}", words_of(errno));
    }
    m_is_kept = m_is_kept || !content.damage.empty();
    m_read_to = m_size;
    return content;
}

void SpoolFile::finish() {
    std::error_code ec;
    if (!m_is_kept) {
        fs::remove(m_path, ec);
        return;
    }
    const fs::path folder = m_path.parent_path();
    fs::create_directory(folder / "damaged", ec);
    fs::rename(m_path, folder / "damaged" / m_path.filename(), ec);
    static_cast<void>(sync_folder(folder / "damaged") &&
                      sync_folder(folder)); // or as it was before
}

} // namespace callctl::sys
