#include "cmd_completion.hpp"

#include "completion.hpp"
#include "exit_code.hpp"
#include "options.hpp"

#include <CLI/CLI.hpp>

namespace callctl::cmd {
namespace {

int run_completion(Runner& runner, const CLI::App& app, const std::string& shell) {
    const auto tree = command_tree(app);
    const std::string_view word = parse_word("shell", shell, {k_shells.begin(), k_shells.end()});
    if (word == "bash") {
        runner.out << bash_completion(tree);
    } else {
        runner.out << (word == "zsh" ? zsh_completion(tree) : fish_completion(tree));
    }
    return k_done;
}

} // namespace

void add_completion(CLI::App& app, Runner& runner) {
    auto* const command =
        app.add_subcommand("completion", "print the script that completes callctl in a shell");
    auto shell = std::make_shared<std::string>();
    command->add_option("shell", *shell, "bash, zsh or fish")->type_name("SHELL")->required();
    add_exit_codes(*command, {k_done, k_usage});
    add_examples(*command, "callctl-completion",
                 "  source <(callctl completion bash)\n"
                 "  callctl completion fish > ~/.config/fish/completions/callctl.fish\n");
    command->callback([&runner, &app, shell] {
        runner.action = [&runner, &app, shell] { return run_completion(runner, app, *shell); };
    });
}

} // namespace callctl::cmd
