#include "sys/process_figures.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <optional>
#include <thread>
#include <vector>

namespace callctl::sys {
namespace {

using namespace std::chrono_literals;

TEST(ProcessFigures, AreThoseOfThisProcess) {
    const auto figures = process_figures();
    rlimit files{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &files), 0);
    EXPECT_EQ(figures.most_files, static_cast<std::int64_t>(files.rlim_cur));
    EXPECT_GT(figures.resident_bytes, 1 << 20);
    EXPECT_GT(figures.virtual_bytes, figures.resident_bytes);
    EXPECT_GE(figures.threads, 1);
    const auto age = std::chrono::system_clock::now() - figures.started_at;
    EXPECT_GT(age, -5s);
    EXPECT_LT(age, 1h);
}

// For the calling thread alone, as ProcSubset=pid of a unit does it for a service.
bool hide_machine_figures() {
    return ::unshare(CLONE_NEWNS) == 0 &&
           ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
           ::mount("/dev/null", "/proc/stat", nullptr, MS_BIND, nullptr) == 0;
}

TEST(ProcessFigures, KnowTheStartWhereOnlyProcessesAreSeen) {
    std::optional<base::Time> started_at;
    std::thread{[&started_at] {
        if (hide_machine_figures()) {
            started_at = process_figures().started_at;
        }
    }}.join();
    if (!started_at) {
        GTEST_SKIP() << "this user may not mount a file system";
    }
    const auto age = std::chrono::system_clock::now() - *started_at;
    EXPECT_GT(age, -5s);
    EXPECT_LT(age, 1h);
}

TEST(ProcessFigures, CountFilesThatAreOpenedAndClosed) {
    const auto before = process_figures().open_files;
    EXPECT_GE(before, 3);
    const int file = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    EXPECT_EQ(process_figures().open_files, before + 1);
    ::close(file);
    EXPECT_EQ(process_figures().open_files, before);
}

// Sanitizers have a thread of their own, which comes and goes.
TEST(ProcessFigures, CountTheThreads) {
    constexpr int k_waiting = 20;
    EXPECT_LT(process_figures().threads, k_waiting);
    const auto wait = [](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            std::this_thread::yield();
        }
    };
    std::vector<std::jthread> waiting;
    for (int i = 0; i < k_waiting; ++i) {
        waiting.emplace_back(wait);
    }
    EXPECT_GT(process_figures().threads, k_waiting);
}

TEST(ProcessFigures, TheCpuTimeGrowsWithWork) {
    const auto before = process_figures().cpu;
    volatile std::uint64_t sum = 0;
    // A tick is 10 ms; the loop ends by the clock that it is about.
    while (process_figures().cpu - before < 20ms) {
        for (std::uint64_t i = 0; i < 100'000; ++i) {
            sum = sum + i;
        }
    }
    EXPECT_LT(process_figures().cpu, 10min);
}

} // namespace
} // namespace callctl::sys
