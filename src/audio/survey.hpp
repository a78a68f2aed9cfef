// One look at a whole recording: who speaks when on which channel.
#pragma once

#include "audio/activity.hpp"
#include "audio/wav.hpp"
#include "call/failure.hpp"

#include <string>
#include <vector>

namespace callctl::audio {

struct Survey {
    WavInfo info{};
    std::vector<std::vector<Region>> channels{}; ///< speech, one list for each channel
};

/// Reads the file once, in blocks; memory does not depend on its length. \pre inspect_wav took it.
/// Failures: bad_media, when less can be read than the header promises.
[[nodiscard]] call::Outcome<Survey> survey(const std::string& path,
                                           const ActivityRules& rules = {});

} // namespace callctl::audio
