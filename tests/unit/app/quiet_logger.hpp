// A logger for tests: it keeps its lines, so that a test can read them.
#pragma once

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <sstream>
#include <string>

namespace callctl::app {

struct KeptLog {
    std::ostringstream lines{};
    std::shared_ptr<spdlog::logger> logger{std::make_shared<spdlog::logger>(
        "test", std::make_shared<spdlog::sinks::ostream_sink_mt>(lines))};

    [[nodiscard]] std::string text() const { return lines.str(); }
};

} // namespace callctl::app
