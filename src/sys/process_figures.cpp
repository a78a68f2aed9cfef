#include "sys/process_figures.hpp"

#include <sys/resource.h>
#include <system_error>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

namespace callctl::sys {
namespace {

std::string content_of(const char* path) {
    std::ifstream in{path};
    return {std::istreambuf_iterator<char>{in}, {}};
}

/// The numbers of /proc/self/stat behind the name, which may hold anything: the first is field 4.
std::vector<std::int64_t> numbers_of_stat() {
    const std::string text = content_of("/proc/self/stat");
    const auto name_ends = text.rfind(')');
    std::vector<std::int64_t> numbers;
    if (name_ends != std::string::npos && name_ends + 4 < text.size()) {
        std::istringstream in{text.substr(name_ends + 4)}; // ") S " with the state
        std::copy(std::istream_iterator<std::int64_t>{in}, {}, std::back_inserter(numbers));
    }
    return numbers;
}

/// Not from btime of /proc/stat, which a unit with ProcSubset=pid does not see.
base::Time boot_time() {
    ::timespec since_boot{};
    ::clock_gettime(CLOCK_BOOTTIME, &since_boot);
    return std::chrono::time_point_cast<base::Time::duration>(
        std::chrono::system_clock::now() - std::chrono::seconds{since_boot.tv_sec} -
        std::chrono::nanoseconds{since_boot.tv_nsec});
}

std::int64_t open_files() {
    std::error_code error;
    std::int64_t count = 0;
    for (auto entry = std::filesystem::directory_iterator{"/proc/self/fd", error};
         !error && entry != std::filesystem::directory_iterator{}; entry.increment(error)) {
        ++count;
    }
    return std::max<std::int64_t>(count - 1, 0); // without the one that lists them
}

} // namespace

port::ProcessFigures process_figures() {
    const auto numbers = numbers_of_stat();
    const auto field = [&numbers](std::size_t number) {
        return number - 4 < numbers.size() ? numbers[number - 4] : 0;
    };
    const std::int64_t ticks = std::max<std::int64_t>(::sysconf(_SC_CLK_TCK), 1);
    const auto since_boot = std::chrono::milliseconds{field(22) * 1000 / ticks};
    ::rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    return {.cpu = std::chrono::milliseconds{(field(14) + field(15)) * 1000 / ticks},
            .resident_bytes = field(24) * ::sysconf(_SC_PAGESIZE),
            .virtual_bytes = field(23),
            .open_files = open_files(),
            .most_files = static_cast<std::int64_t>(files.rlim_cur),
            .threads = field(20),
            .started_at = boot_time() + since_boot};
}

} // namespace callctl::sys
