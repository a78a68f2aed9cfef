// The command line as plain data, in the form that completions are made from.
#pragma once

#include "cli_forward.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace callctl::cmd {

/// What has to follow an option.
enum class Takes : std::uint8_t { nothing, word_of_list, file, anything };

struct OptionShape {
    std::vector<std::string> names{}; ///< `-n`, `--dry-run`; none: an argument by its place
    std::string description{};
    std::string value_name{}; ///< as in `STAGE`
    Takes takes{Takes::nothing};
    std::vector<std::string> words{}; ///< the closed list
    bool repeats{false};
};

struct CommandShape {
    std::string path{}; ///< as in `/migrate/status`; empty for the program itself
    std::string description{};
    std::vector<OptionShape> options{}; ///< with those of the program that hold here too
};

/// Every command once, a parent before its children.
[[nodiscard]] std::vector<CommandShape> command_tree(const CLI::App& app);

/// The last word of a path.
[[nodiscard]] std::string name_of(const CommandShape& command);
/// Those that stand directly below `parent`.
[[nodiscard]] std::vector<CommandShape> children_of(const CommandShape& parent,
                                                    const std::vector<CommandShape>& tree);

} // namespace callctl::cmd
