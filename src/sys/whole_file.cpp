#include "sys/whole_file.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string_view>

namespace callctl::sys {
namespace {

constexpr ::mode_t k_open_to_all = 0644;

/// A descriptor that is closed, and with it its lock given up, at the end of its life.
class Descriptor {
  public:
    explicit Descriptor(int number) : m_number{number} {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (m_number >= 0) {
            ::close(m_number);
        }
    }

    [[nodiscard]] int number() const { return m_number; }

  private:
    int m_number;
};

bool is_file_of(int descriptor, const std::string& path) {
    struct stat opened {};
    struct stat named {};
    return ::fstat(descriptor, &opened) == 0 && ::lstat(path.c_str(), &named) == 0 &&
           opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

bool write_text(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const auto written = ::write(descriptor, text.data(), text.size());
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            return false;
        }
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

/// Opened and ours alone; -1 with errno. The name is fixed, so that what a kill leaves behind is
/// used and not added to; whoever held the lock before may have given the file its final name.
int open_locked(const std::string& path) {
    while (true) {
        const int descriptor =
            ::open(path.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, k_open_to_all);
        if (descriptor < 0) {
            return -1;
        }
        while (::flock(descriptor, LOCK_EX) != 0) {
            if (errno != EINTR) {
                const int fault = errno;
                ::close(descriptor);
                errno = fault;
                return -1;
            }
        }
        if (is_file_of(descriptor, path)) {
            return descriptor;
        }
        ::close(descriptor);
    }
}

bool fill(int descriptor, const std::string& text) {
    return ::ftruncate(descriptor, 0) == 0 && write_text(descriptor, text) &&
           ::fchmod(descriptor, k_open_to_all) == 0 && ::fsync(descriptor) == 0;
}

} // namespace

base::Result<void> replace_file(const std::string& path, const std::string& text) {
    const std::string unfinished = path + ".new";
    const auto refused = [&path](int fault) {
        return base::fail(
            base::ErrorKind::rejected,
            fmt::format("{} cannot be written: {}", path, std::generic_category().message(fault)));
    };
    const Descriptor file{open_locked(unfinished)};
    if (file.number() < 0) {
        return refused(errno);
    }
    if (!fill(file.number(), text) || ::rename(unfinished.c_str(), path.c_str()) != 0) {
        const int fault = errno;
        ::unlink(unfinished.c_str());
        return refused(fault);
    }
    return {};
}

std::optional<std::string> read_file(const std::string& path, std::size_t most) {
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(path, ignored)) {
        return std::nullopt; // a pipe would be waited for
    }
    std::ifstream in{path, std::ios::binary};
    std::string text(most, '\0');
    if (!in.read(text.data(), static_cast<std::streamsize>(most)) && !in.eof()) {
        return std::nullopt;
    }
    text.resize(static_cast<std::size_t>(in.gcount()));
    return text;
}

} // namespace callctl::sys
