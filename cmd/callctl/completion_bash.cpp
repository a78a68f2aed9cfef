#include "completion.hpp"

#include <fmt/format.h>

#include <iterator>

namespace callctl::cmd {
namespace {

// Needs nothing of the package bash-completion.
constexpr std::string_view k_function{R"sh(
_callctl() {
  local word=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD-1]} path= values i
  # Bash takes --stage=recording apart at the =.
  if [[ $word == = ]]; then
    word=
  elif [[ $option == = ]]; then
    option=${COMP_WORDS[COMP_CWORD-2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    [[ $_callctl_paths != *" $path/${COMP_WORDS[i]} "* ]] || path+=/${COMP_WORDS[i]}
  done
  COMPREPLY=()
  if values=$(_callctl_values "$path $option"); then
    if [[ $values == FILE ]]; then
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$word")
    else
      mapfile -t COMPREPLY < <(compgen -W "$values" -- "$word")
    fi
  elif [[ $word == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_callctl_options "$path")" -- "$word")
  else
    mapfile -t COMPREPLY < <(compgen -W "$(_callctl_words "$path")" -- "$word")
  fi
}

complete -F _callctl callctl
)sh"};

std::string joined(const std::vector<std::string>& words) {
    return fmt::format("{}", fmt::join(words, " "));
}

// A line of a `case` that prints text.
std::string branch(const std::string& patterns, const std::string& text) {
    return fmt::format("  {}) echo '{}' ;;\n", patterns, text);
}

std::string options_of(const CommandShape& command) {
    std::vector<std::string> names;
    for (const OptionShape& option : command.options) {
        names.insert(names.end(), option.names.begin(), option.names.end());
    }
    return branch("'" + command.path + "'", joined(names));
}

// Commands, and arguments of which there is a closed list.
std::string words_of(const CommandShape& command, const std::vector<CommandShape>& tree) {
    std::vector<std::string> words;
    for (const CommandShape& child : children_of(command, tree)) {
        words.push_back(name_of(child));
    }
    for (const OptionShape& option : command.options) {
        if (option.names.empty()) {
            words.insert(words.end(), option.words.begin(), option.words.end());
        }
    }
    return words.empty() ? "" : branch("'" + command.path + "'", joined(words));
}

std::string values_of(const CommandShape& command) {
    std::string text;
    for (const OptionShape& option : command.options) {
        if (option.takes == Takes::nothing || option.names.empty()) {
            continue;
        }
        std::vector<std::string> patterns;
        for (const std::string& name : option.names) {
            patterns.push_back("'" + command.path + " " + name + "'");
        }
        text += branch(fmt::format("{}", fmt::join(patterns, " | ")),
                       option.takes == Takes::file ? "FILE" : joined(option.words));
    }
    return text;
}

} // namespace

std::string bash_completion(const std::vector<CommandShape>& tree) {
    std::string paths;
    std::string options;
    std::string words;
    std::string values;
    for (const CommandShape& command : tree) {
        paths += command.path + " ";
        options += options_of(command);
        words += words_of(command, tree);
        values += values_of(command);
    }
    return fmt::format("# bash completion of callctl, made by 'callctl completion bash'\n\n"
                       "_callctl_paths='{}'\n\n"
                       "_callctl_options() {{\n  case $1 in\n{}  esac\n}}\n\n"
                       "_callctl_words() {{\n  case $1 in\n{}  esac\n}}\n\n"
                       "# Fails for what takes no value.\n"
                       "_callctl_values() {{\n  case $1 in\n{}  *) return 1 ;;\n  esac\n}}\n{}",
                       paths, options, words, values, k_function);
}

} // namespace callctl::cmd
