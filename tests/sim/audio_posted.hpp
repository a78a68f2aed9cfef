// Audio as somebody posts it, in a form or as it is, and what is heard in it.
#pragma once

#include "sim/ai_route.hpp"
#include "sim/library.hpp"
#include "sim/multipart.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace callctl::sim {

/// What was posted, as far as it can be read.
struct PostedAudio {
    std::optional<std::vector<Part>> parts{}; ///< of a form
    std::string sha256{};                     ///< of the file
    std::size_t file_size{0};
    std::optional<double> seconds{};    ///< nothing: no audio
    std::vector<Recognised> channels{}; ///< of a form only the first

    [[nodiscard]] std::string field(std::string_view name) const;
    [[nodiscard]] std::vector<std::string> fields(std::string_view name) const;
    [[nodiscard]] const Part* file() const;
    /// In the first channel.
    [[nodiscard]] const Recognised& heard() const;
    /// Of what cannot be decoded: 1 s.
    [[nodiscard]] double length() const { return seconds.value_or(1.0); }
};

/// Reads and listens; needs no lock.
[[nodiscard]] PostedAudio read_posted_audio(const Request& request, const AiRoute& route,
                                            const Library& library);

/// What a server bills: whole seconds, rounded up, but not less than its least.
[[nodiscard]] std::int64_t billed_seconds(const PostedAudio& posted, AiServer server);

} // namespace callctl::sim
