#include "app/patience.hpp"

#include "base/exception.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>

namespace callctl::app {
namespace {

constexpr std::chrono::milliseconds k_first_retry{500};
constexpr std::chrono::milliseconds k_longest_retry{15'000};

} // namespace

void patiently(port::Clock& clock, spdlog::logger& logger, const base::CallSid& call,
               const std::function<void()>& work, std::chrono::milliseconds longest) {
    const auto started = clock.monotonic();
    for (auto pause = k_first_retry;; pause = std::min(pause * 2, k_longest_retry)) {
        try {
            work();
            return;
        } catch (const base::StoreError& error) {
            const bool in_time = clock.monotonic() - started + pause <= longest;
            if (!in_time) {
                throw;
            }
            logger.warn("write_again call={} error=\"{}\"", call.str(), error.what());
        }
        if (!clock.wait(pause)) {
            work(); // for the last time: the database may just have come back
            return;
        }
    }
}

} // namespace callctl::app
