#include "completion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace callctl::cmd {
namespace {

// For text between single quotes in which _arguments and _describe give a meaning to some
// characters.
std::string zsh_quoted(const std::string& text) {
    std::string safe;
    for (const char c : text) {
        if (c == '\'') {
            safe += "'\\''";
            continue;
        }
        if (c == '[' || c == ']' || c == ':' || c == '\\') {
            safe += '\\';
        }
        safe += c;
    }
    return safe;
}

std::string function_of(const CommandShape& command) {
    std::string name = "_callctl" + command.path;
    std::replace(name.begin(), name.end(), '/', '_');
    return name;
}

// `:message:action` of a value.
std::string value_of(const OptionShape& option) {
    switch (option.takes) {
    case Takes::nothing:
        return "";
    case Takes::word_of_list:
        return fmt::format(":{}:({})", option.value_name, fmt::join(option.words, " "));
    case Takes::file:
        return fmt::format(":{}:_files", option.value_name);
    case Takes::anything:
        break;
    }
    return fmt::format(":{}: ", zsh_quoted(option.value_name));
}

// One line of _arguments.
std::string line_of(const OptionShape& option) {
    if (option.names.empty()) {
        return fmt::format("    '{}{}' \\\n", option.repeats ? "*" : "", value_of(option));
    }
    const bool several = option.names.size() > 1;
    std::vector<std::string> names;
    for (const std::string& name : option.names) {
        const std::string_view value_mark = name.starts_with("--") ? "=" : "+";
        names.push_back(name + std::string{option.takes == Takes::nothing ? "" : value_mark});
    }
    const std::string exclusion =
        option.repeats ? "*" : fmt::format("({})", fmt::join(option.names, " "));
    return fmt::format("    '{}'{}{}{}'[{}]{}' \\\n", exclusion, several ? "{" : "",
                       fmt::join(names, ","), several ? "}" : "", zsh_quoted(option.description),
                       value_of(option));
}

constexpr std::string_view k_goes_on{R"sh(  local curcontext=$curcontext state line
  typeset -A opt_args
  _arguments -C \
{}    '1: :->command' \
    '*:: :->rest'
  case $state in
  command)
    local -a commands=(
{}    )
    _describe command commands
    ;;
  rest)
    case $line[1] in
{}    esac
    ;;
  esac
)sh"};

std::string function_text(const CommandShape& command, const std::vector<CommandShape>& tree) {
    std::string lines;
    for (const OptionShape& option : command.options) {
        lines += line_of(option);
    }
    std::string commands;
    std::string branches;
    for (const CommandShape& child : children_of(command, tree)) {
        commands += fmt::format("      '{}:{}'\n", zsh_quoted(name_of(child)),
                                zsh_quoted(child.description));
        branches += fmt::format("    {}) {} ;;\n", name_of(child), function_of(child));
    }
    const std::string body = commands.empty()
                                 ? "  _arguments \\\n" + lines.substr(0, lines.rfind(" \\")) + "\n"
                                 : fmt::format(k_goes_on, lines, commands, branches);
    return fmt::format("{}() {{\n{}}}\n\n", function_of(command), body);
}

} // namespace

std::string zsh_completion(const std::vector<CommandShape>& tree) {
    std::string text{"#compdef callctl\n"
                     "# zsh completion of callctl, made by 'callctl completion zsh'\n\n"};
    for (const CommandShape& command : tree) {
        text += function_text(command, tree);
    }
    // Loaded by name it completes at once; read by `source` it only announces itself.
    text += "if [[ $funcstack[1] == _callctl ]]; then\n"
            "  _callctl \"$@\"\n"
            "else\n"
            "  compdef _callctl callctl\n"
            "fi\n";
    return text;
}

} // namespace callctl::cmd
