// Twilio's webhooks as whole HTTP requests, signed. Shares no code with callctl.
#pragma once

#include <cstdint>
#include <string>

namespace callctl::bench {

inline constexpr const char* k_account = "AC00000000000000000000000000000000";
inline constexpr const char* k_token = "bench-auth-token-6f1d";
inline constexpr const char* k_public_url = "https://calls.example.com";

/// A request, and what tells it from all others.
struct SignedPost {
    std::string call_sid;
    std::string recording_sid{}; ///< of a recording callback
    std::string body;
    std::string bytes; ///< header and body
};

/// `completed` of a dual-channel recording, with fields and order of a real one (public README
/// "Twilio Studio Loop"). All have the same length. Another `number` or `salt` is another call.
[[nodiscard]] SignedPost recording_callback(std::uint64_t salt, std::uint64_t number);

/// An incoming call that waits for its TwiML.
[[nodiscard]] SignedPost incoming_call(std::uint64_t salt, std::uint64_t number);

} // namespace callctl::bench
