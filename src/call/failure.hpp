// A step that did not work, in the words of the closed list of reasons.
#pragma once

#include "base/result.hpp"
#include "call/provider.hpp"
#include "call/reason.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace callctl::call {

/// What the same job may try, once, before the failure counts.
enum class Remedy : std::uint8_t {
    none,
    split_smaller,      ///< the input is too long or too large: send it in smaller parts
    degrade,            ///< a parameter is refused: ask without it, or in the next simpler form
    summarise_in_parts, ///< the text is more than the model reads at once, or may at a time
};

struct Failure {
    Reason reason{Reason::provider_error};
    std::string detail{}; ///< in words: which request, what came back; no secret, no transcript
    std::optional<std::chrono::milliseconds> retry_after{};
    int http_status{0};                 ///< 0 without an answer
    int provider_code{0};               ///< Twilio's error code (21220); 0 where there is none
    std::string request_id{};           ///< the provider's
    std::optional<Provider> provider{}; ///< where it is not the one that the step asks first
    Remedy remedy{Remedy::none};
    std::string parameter{}; ///< of the request, which is refused: `response_format`; may be empty
};

template <class T>
using Outcome = base::Result<T, Failure>;

} // namespace callctl::call
