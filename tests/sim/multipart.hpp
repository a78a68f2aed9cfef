// `multipart/form-data` bodies, read strictly (RFC 7578, RFC 2046).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace callctl::sim {

struct Part {
    std::string name{};
    std::optional<std::string> file_name{};
    std::string content{};
};

/// Nothing when the body is not what its content type says.
[[nodiscard]] std::optional<std::vector<Part>> parse_multipart(std::string_view content_type,
                                                               std::string_view body);

} // namespace callctl::sim
