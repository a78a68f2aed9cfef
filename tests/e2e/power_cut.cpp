// A library to be loaded before all others (LD_PRELOAD): it notes what of each file has reached the
// disk for sure, so that a test can take away the rest, as a power cut does. Links nothing of
// callctl's.
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <set>
#include <string>

namespace {

using Sync = int (*)(int);

std::string path_of(int descriptor) {
    std::array<char, 4096> path{};
    const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
    const auto length = ::readlink(link.c_str(), path.data(), path.size() - 1);
    return length > 0 ? std::string(path.data(), static_cast<std::size_t>(length)) : std::string{};
}

void note(const std::string& line) {
    const char* const name = std::getenv("POWER_CUT_NOTES");
    const int notes =
        name == nullptr ? -1 : ::open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (notes >= 0) {
        static_cast<void>(::write(notes, line.data(), line.size()) < 0);
        ::close(notes);
    }
}

bool is_folder(int descriptor) {
    struct ::stat status {};
    return ::fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode);
}

// A folder's names are what its sync makes last; a file's bytes are its own.
void note_synced(int descriptor) {
    struct ::stat status {};
    const std::string path = path_of(descriptor);
    if (::fstat(descriptor, &status) != 0 || path.empty()) {
        return;
    }
    if (!S_ISDIR(status.st_mode)) {
        note("file " + path + " " + std::to_string(status.st_size) + "\n");
        return;
    }
    if (DIR* const folder = ::opendir(path.c_str())) {
        while (const dirent* const entry = ::readdir(folder)) { // NOLINT(concurrency-mt-unsafe)
            note("name " + path + "/" + std::string{&entry->d_name[0]} + "\n");
        }
        ::closedir(folder);
    }
}

// A kernel drops the pages that it could not write, and later syncs of the file work without them.
// A folder's are in the journal of the file system.
bool is_given_up(int descriptor, bool from_now_on) {
    static std::mutex mutex;
    static std::set<std::string> given_up;
    const std::string path = path_of(descriptor);
    const std::scoped_lock lock{mutex};
    if (from_now_on && !is_folder(descriptor)) {
        given_up.insert(path);
    }
    return given_up.contains(path);
}

int synced(int descriptor, const char* name) {
    if (std::getenv("POWER_CUT_LIES") != nullptr) {
        return 0; // as a disk does whose cache forgets
    }
    const char* const while_there = std::getenv("POWER_CUT_FAILS_WHILE_THERE_IS");
    if (while_there != nullptr && ::access(while_there, F_OK) == 0) {
        is_given_up(descriptor, /*from_now_on=*/true);
        errno = EIO;
        return -1;
    }
    const int result = reinterpret_cast<Sync>(::dlsym(RTLD_NEXT, name))(descriptor); // NOLINT
    if (result == 0 && !is_given_up(descriptor, /*from_now_on=*/false)) {
        note_synced(descriptor);
    }
    return result;
}

} // namespace

extern "C" {
int fsync(int descriptor) {
    return synced(descriptor, "fsync");
}
int fdatasync(int descriptor) {
    return synced(descriptor, "fdatasync");
}
}
