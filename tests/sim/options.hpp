// What a simulator is started with.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace callctl::sim {

struct Options {
    std::string account_sid{};
    std::string auth_token{};  ///< REST password of the account, and the key that signs webhooks
    std::string api_key_sid{}; ///< `SK..`; empty: only the account's own credentials
    std::string api_key_secret{};
    std::string ai_key{};
    double time_scale{1.0}; ///< lengths in a call pass this many times faster than the wall clock
    std::uint64_t seed{1};  ///< of the dice of faults
    /// URL prefixes: a webhook under the first is signed as such and sent to the second, as a
    /// reverse proxy would do.
    std::vector<std::pair<std::string, std::string>> rewrites{};
};

} // namespace callctl::sim
