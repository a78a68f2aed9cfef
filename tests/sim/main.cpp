// callctl-sim: Twilio and the AI servers on one address, for tests and for the quick start.
#include "base/exception.hpp"
#include "sim/service.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <pthread.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>

namespace callctl::sim {
namespace {

constexpr int k_usage = 2;

struct Flags {
    ServiceOptions service{};
    std::string api_key{};
    std::string port_file{};
    std::vector<std::string> rewrites{};
    bool allow_tones{false};
};

void declare(CLI::App& app, Flags& flags) {
    Options& options = flags.service.simulator;
    options.account_sid = "AC00000000000000000000000000000000";
    options.auth_token = "sim-auth-token";
    options.ai_key = "sk-sim";
    app.add_option("--listen", flags.service.listen, "address:port; port 0 takes a free one")
        ->capture_default_str();
    app.add_option("--account", options.account_sid, "account SID")->capture_default_str();
    app.add_option("--auth-token", options.auth_token, "REST password, and key of the signatures")
        ->capture_default_str();
    app.add_option("--api-key", flags.api_key, "SK..:secret, besides the account's own");
    app.add_option("--ai-key", options.ai_key, "key of the AI servers")->capture_default_str();
    app.add_option("--media-dir", flags.service.media_dir, "folder where speech is kept");
    app.add_flag("--allow-tones", flags.allow_tones, "tones instead of speech without espeak-ng");
    app.add_option("--port-file", flags.port_file, "file that gets the port, once it listens");
    app.add_option("--time-scale", options.time_scale, "how much faster calls pass than the clock")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.add_option("--seed", options.seed, "of the dice of faults")->capture_default_str();
    app.add_option("--rewrite", flags.rewrites,
                   "FROM=TO: webhooks under FROM are signed so and sent to TO");
}

void complete(Flags& flags) {
    Options& options = flags.service.simulator;
    const std::size_t colon = flags.api_key.find(':');
    if (colon != std::string::npos) {
        options.api_key_sid = flags.api_key.substr(0, colon);
        options.api_key_secret = flags.api_key.substr(colon + 1);
    }
    for (const std::string& rewrite : flags.rewrites) {
        const std::size_t equals = rewrite.find('=');
        if (equals == std::string::npos) {
            throw base::UsageError{fmt::format("--rewrite '{}' has no '='", rewrite)};
        }
        options.rewrites.emplace_back(rewrite.substr(0, equals), rewrite.substr(equals + 1));
    }
    if (!flags.service.media_dir.empty() && EspeakSpeech::installed()) {
        return;
    }
    if (!flags.allow_tones) {
        throw base::UsageError{flags.service.media_dir.empty() ? "--media-dir is missing"
                                                               : "espeak-ng is not installed",
                               "install espeak-ng, or allow tones with --allow-tones"};
    }
    std::cerr << "callctl-sim: warning: no espeak-ng or no --media-dir, calls consist of tones\n";
    flags.service.media_dir.clear();
}

// A file that appears whole: who waits for it must not read half a number.
void write_port(const std::string& path, std::uint16_t port) {
    const std::string fresh = path + ".new";
    std::ofstream{fresh} << port << '\n';
    if (std::rename(fresh.c_str(), path.c_str()) != 0) {
        throw base::UsageError{fmt::format("cannot write {}", path)};
    }
}

int run(int argc, char** argv) {
    CLI::App app{
        "Simulates Twilio's voice API and OpenAI's servers. Calls are placed and faults set "
        "over HTTP under /sim/."};
    Flags flags;
    declare(app, flags);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : k_usage;
    }
    complete(flags);
    // Blocked before any thread starts, so that all inherit it and only sigwait sees them.
    sigset_t signals{};
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    const Service service{flags.service};
    std::cout << service.url() << std::endl;
    if (!flags.port_file.empty()) {
        write_port(flags.port_file, service.port());
    }
    int signal = 0;
    sigwait(&signals, &signal);
    return 0;
}

} // namespace
} // namespace callctl::sim

int main(int argc, char** argv) {
    try {
        return callctl::sim::run(argc, argv);
    } catch (const callctl::base::Exception& failure) {
        std::cerr << "callctl-sim: " << failure.what() << '\n';
        if (!failure.hint().empty()) {
            std::cerr << "hint: " << failure.hint() << '\n';
        }
        return failure.exit_code();
    } catch (const std::exception& failure) {
        std::cerr << "callctl-sim: " << failure.what() << '\n';
        return 1;
    }
}
