// A webhook URL as Twilio reads it
// (https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace callctl::sim {

/// What failed, in the words of `rp`.
enum class AttemptFailure { connect, read, client_error, server_error };

struct CallbackUrl {
    std::string url{};        ///< as requested: without the fragment
    std::string signed_url{}; ///< also without credentials, and without the port where it is https
    std::chrono::milliseconds connect_timeout{5000};
    std::chrono::milliseconds read_timeout{15'000};
    std::chrono::milliseconds total_timeout{15'000};
    int retries{1};
    std::vector<std::string> policy{"ct"};

    [[nodiscard]] bool retries_after(AttemptFailure failure) const;
};

/// Nothing when Twilio would not call it: relative, another scheme, no host, a host name with an
/// underscore, blanks or unescaped characters, more than 4000 bytes. Overrides out of range are
/// ignored.
[[nodiscard]] std::optional<CallbackUrl> parse_callback_url(std::string_view text);

} // namespace callctl::sim
