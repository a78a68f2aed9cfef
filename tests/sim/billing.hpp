// What the AI servers want money for, request by request.
#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <string>

namespace callctl::sim {

struct Bill {
    base::Time time{};
    std::string what{}; ///< `transcription` or `summary`
    std::string server{};
    std::string model{};
    std::string request_id{};
    std::string call_sid{};
    std::string sha256{};     ///< of the audio file, or of the body
    std::int64_t audio_ms{0}; ///< all channels together
    std::int64_t seconds{0};  ///< what is billed of it
    std::int64_t input_tokens{0};
    std::int64_t output_tokens{0};
};

} // namespace callctl::sim
