#include "sys/scratch_folder.hpp"

#include "base/exception.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string_view>

namespace callctl::sys {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view k_prefix = "callctl-";
constexpr int k_most_tries = 8;

/// The folder locked, or -1 while another process has it.
int lock(const std::string& folder) {
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor >= 0 && ::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        ::close(descriptor);
        return -1;
    }
    return descriptor;
}

// Those of dead processes. Held locked while they are removed, so that two do not meet in one.
void remove_abandoned(const std::string& shared) {
    std::error_code ec;
    for (auto entry = fs::directory_iterator{shared, ec}; !ec && entry != fs::directory_iterator{};
         entry.increment(ec)) {
        if (!entry->path().filename().string().starts_with(k_prefix)) {
            continue;
        }
        if (const int held = lock(entry->path().string()); held >= 0) {
            std::error_code gone; // what cannot be removed now is removed next time
            fs::remove_all(entry->path(), gone);
            ::close(held);
        }
    }
}

[[noreturn]] void refuse(const std::string& shared, int fault) {
    throw base::ConfigError{fmt::format("the scratch folder {} cannot be written to: {}", shared,
                                        std::generic_category().message(fault)),
                            "create it for the user that runs callctl, or set CALLCTL_STATE_DIR"};
}

} // namespace

ScratchFolder::ScratchFolder(const std::string& shared) {
    std::error_code error;
    fs::create_directories(shared, error);
    if (error) {
        refuse(shared, error.value());
    }
    remove_abandoned(shared);
    // Between its making and its lock a folder looks abandoned: another process may remove it.
    for (int tries = 0; m_lock < 0; ++tries) {
        if (tries == k_most_tries) {
            refuse(shared, errno);
        }
        m_path = fmt::format("{}/{}XXXXXX", shared, k_prefix);
        if (::mkdtemp(m_path.data()) == nullptr) { // mode 0700
            refuse(shared, errno);
        }
        m_lock = lock(m_path);
        if (m_lock >= 0 && !fs::exists(m_path, error)) {
            ::close(m_lock);
            m_lock = -1;
        }
    }
}

ScratchFolder::~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(m_path, ignored);
    ::close(m_lock);
}

} // namespace callctl::sys
