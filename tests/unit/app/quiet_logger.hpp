// A logger for tests: it keeps its lines, so that a test can read them.
#pragma once

#include <spdlog/sinks/ringbuffer_sink.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <string>

namespace callctl::app {

struct KeptLog {
    std::shared_ptr<spdlog::sinks::ringbuffer_sink_mt> sink{
        std::make_shared<spdlog::sinks::ringbuffer_sink_mt>(10'000)};
    std::shared_ptr<spdlog::logger> logger{std::make_shared<spdlog::logger>("test", sink)};

    /// So far; from any thread.
    [[nodiscard]] std::string text() const {
        std::string text;
        for (const std::string& line : sink->last_formatted()) {
            text += line;
        }
        return text;
    }
};

} // namespace callctl::app
