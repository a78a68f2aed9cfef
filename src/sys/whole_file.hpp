// Files that somebody else reads while they are replaced: they are whole at every moment.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace callctl::sys {

/// `path` holds `text` and is readable for everybody (0644) when this returns; before that, and
/// after a kill or a power cut on the way, it holds what it held. Several processes may do so at a
/// time: the last one wins. What is not finished is in `path`.new, which the next one takes over.
/// Errors (rejected): the folder is missing or cannot be written to, the disk is full.
[[nodiscard]] base::Result<void> replace_file(const std::string& path, const std::string& text);

/// The file, or its beginning where it is longer than `most` bytes; nothing when it cannot be read
/// or is none.
[[nodiscard]] std::optional<std::string> read_file(const std::string& path, std::size_t most);

} // namespace callctl::sys
