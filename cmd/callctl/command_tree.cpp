#include "command_tree.hpp"

#include "completion.hpp"
#include "screen.hpp"

#include "call/reason.hpp"
#include "call/stage.hpp"
#include "config/config.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <iterator>

namespace callctl::cmd {
namespace {

template <class Values>
std::vector<std::string> spelled(const Values& values) {
    std::vector<std::string> words;
    words.reserve(std::size(values));
    for (const auto value : values) {
        words.emplace_back(to_string(value));
    }
    return words;
}

std::vector<std::string> reason_codes() {
    std::vector<std::string> codes;
    for (const call::ReasonInfo& reason : call::all_reasons()) {
        codes.emplace_back(reason.code);
    }
    return codes;
}

// The closed lists, by the name that options give to their value.
std::vector<std::string> words_for(const std::string& value_name) {
    if (value_name == "STAGE") {
        return spelled(call::k_stages);
    }
    if (value_name == "STATUS") {
        return spelled(call::k_statuses);
    }
    if (value_name == "REASON") {
        return reason_codes();
    }
    if (value_name == "LEVEL") {
        return {config::k_log_levels.begin(), config::k_log_levels.end()};
    }
    if (value_name == "FORMAT") {
        return {config::k_log_formats.begin(), config::k_log_formats.end()};
    }
    if (value_name == "SHELL") {
        return {k_shells.begin(), k_shells.end()};
    }
    if (value_name == "WHEN") {
        return spelled(k_colour_whens);
    }
    return {};
}

OptionShape shape_of(const CLI::Option& option) {
    OptionShape shape{.description = option.get_description()};
    for (const std::string& name : option.get_snames()) {
        shape.names.push_back("-" + name);
    }
    for (const std::string& name : option.get_lnames()) {
        shape.names.push_back("--" + name);
    }
    shape.repeats = option.get_items_expected_max() > 1;
    if (option.get_items_expected_min() == 0) { // a flag, or a value that may be left out
        return shape;
    }
    shape.value_name = option.get_type_name();
    shape.words = words_for(shape.value_name);
    shape.takes = Takes::anything;
    if (!shape.words.empty()) {
        shape.takes = Takes::word_of_list;
    } else if (shape.value_name == "FILE" || shape.value_name == "PATH") {
        shape.takes = Takes::file;
    }
    return shape;
}

void walk(const CLI::App& app, const std::string& path, const std::vector<OptionShape>& inherited,
          std::vector<CommandShape>& tree) {
    CommandShape command{.path = path, .description = app.get_description(), .options = inherited};
    std::vector<OptionShape> for_children = inherited;
    for (const CLI::Option* option : app.get_options()) {
        command.options.push_back(shape_of(*option));
        // Each command has a --help of its own, and the version is the program's.
        if (app.get_fallthrough() && option->nonpositional() && path.empty() &&
            option != app.get_help_ptr() && option != app.get_version_ptr()) {
            for_children.push_back(command.options.back());
        }
    }
    tree.push_back(std::move(command));
    for (const CLI::App* child : app.get_subcommands({})) {
        walk(*child, path + "/" + child->get_name(), for_children, tree);
    }
}

} // namespace

std::vector<CommandShape> command_tree(const CLI::App& app) {
    std::vector<CommandShape> tree;
    walk(app, "", {}, tree);
    return tree;
}

std::string name_of(const CommandShape& command) {
    return command.path.substr(command.path.rfind('/') + 1);
}

std::vector<CommandShape> children_of(const CommandShape& parent,
                                      const std::vector<CommandShape>& tree) {
    std::vector<CommandShape> children;
    std::copy_if(tree.begin(), tree.end(), std::back_inserter(children),
                 [&parent](const CommandShape& command) {
                     return command.path.starts_with(parent.path + "/") &&
                            command.path.rfind('/') == parent.path.size();
                 });
    return children;
}

} // namespace callctl::cmd
