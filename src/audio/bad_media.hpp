// What is wrong with a file of audio.
#pragma once

#include "call/failure.hpp"

#include <string>
#include <utility>

namespace callctl::audio {

[[nodiscard]] inline base::Unexpected<call::Failure> bad_media(std::string detail) {
    return base::fail(
        call::Failure{.reason = call::Reason::bad_media, .detail = std::move(detail)});
}

} // namespace callctl::audio
