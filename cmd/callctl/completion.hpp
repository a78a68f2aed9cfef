// Scripts that complete callctl's command line in a shell.
#pragma once

#include "command_tree.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace callctl::cmd {

inline constexpr std::array<std::string_view, 3> k_shells{"bash", "zsh", "fish"};

/// Each completes commands, options and words of closed lists, and asks nobody: neither callctl nor
/// the database.
[[nodiscard]] std::string bash_completion(const std::vector<CommandShape>& tree);
[[nodiscard]] std::string zsh_completion(const std::vector<CommandShape>& tree);
[[nodiscard]] std::string fish_completion(const std::vector<CommandShape>& tree);

} // namespace callctl::cmd
