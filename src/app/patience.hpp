// Waiting for a database that is away, for what is worth waiting for.
#pragma once

#include "base/ids.hpp"
#include "port/clock.hpp"

#include <chrono>
#include <functional>

namespace spdlog {
class logger;
}

namespace callctl::app {

/// Runs `work` until it does not throw base::StoreError, with longer pauses each time, up to
/// `longest` or until a stop is asked for, when it has a last try; then throws what it threw. For
/// what a provider answered: it was paid for.
void patiently(port::Clock& clock, spdlog::logger& logger, const base::CallSid& call,
               const std::function<void()>& work,
               std::chrono::milliseconds longest = std::chrono::minutes{2});

} // namespace callctl::app
