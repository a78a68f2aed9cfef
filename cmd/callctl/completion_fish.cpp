#include "completion.hpp"

#include <fmt/format.h>

#include <iterator>

namespace callctl::cmd {
namespace {

std::string quoted(const std::string& text) {
    std::string safe{"'"};
    for (const char c : text) {
        safe += c == '\'' || c == '\\' ? std::string{'\\', c} : std::string{c};
    }
    return safe + "'";
}

std::string line_at(const CommandShape& command, const std::string& rest) {
    return fmt::format("complete -c callctl -n {}{}\n",
                       quoted("__callctl_is_at '" + command.path + "'"), rest);
}

std::string option_text(const OptionShape& option) {
    std::string text;
    for (const std::string& name : option.names) {
        text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    }
    if (option.takes == Takes::file) {
        text += " -r -F";
    } else if (option.takes != Takes::nothing && !option.names.empty()) {
        text += " -x";
    }
    if (!option.words.empty()) {
        text += " -a " + quoted(fmt::format("{}", fmt::join(option.words, " ")));
    }
    return text;
}

} // namespace

std::string fish_completion(const std::vector<CommandShape>& tree) {
    std::string paths;
    std::string lines;
    for (const CommandShape& command : tree) {
        paths += command.path.empty() ? "" : " " + command.path;
        for (const CommandShape& child : children_of(command, tree)) {
            lines += line_at(command, " -a " + name_of(child) + " -d " + quoted(child.description));
        }
        for (const OptionShape& option : command.options) {
            if (const std::string text = option_text(option); !text.empty()) {
                lines += line_at(command, text + " -d " + quoted(option.description));
            }
        }
    }
    return fmt::format("# fish completion of callctl, made by 'callctl completion fish'\n\n"
                       "function __callctl_is_at\n"
                       "    set -l path\n"
                       "    for word in (commandline -opc)[2..-1]\n"
                       "        if contains -- \"$path/$word\"{}\n"
                       "            set path \"$path/$word\"\n"
                       "        end\n"
                       "    end\n"
                       "    test \"$path\" = \"$argv[1]\"\n"
                       "end\n\n"
                       "complete -c callctl -f\n{}",
                       paths, lines);
}

} // namespace callctl::cmd
