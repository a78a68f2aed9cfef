// Who is on the other side of a step: each has one breaker, shared by all hosts.
#pragma once

#include "call/stage.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>

namespace callctl::call {

enum class Provider : std::uint8_t { twilio, transcription, summary };
inline constexpr std::array k_providers{Provider::twilio, Provider::transcription,
                                        Provider::summary};

[[nodiscard]] constexpr std::string_view to_string(Provider provider) {
    switch (provider) {
    case Provider::twilio:
        return "twilio";
    case Provider::transcription:
        return "transcription";
    case Provider::summary:
        return "summary";
    }
    return "unknown";
}

/// A token bucket: a token comes every `interval`, up to `depth` are saved.
struct Pace {
    std::chrono::microseconds interval{};
    int depth{1};
    /// No turn is reserved that is further away: one that is never used is lost to all.
    std::chrono::milliseconds ahead{std::chrono::hours{24}};
};

/// What all hosts together may do with a provider; 0: no limit.
struct ProviderLimits {
    int requests_per_minute{0};
    int concurrency{0}; ///< steps at a time
};

} // namespace callctl::call
