// The one place where adapters are made and the process meets its surroundings.
#include "command_line.hpp"
#include "exit_code.hpp"
#include "logging.hpp"
#include "runner.hpp"

#include "curl/http_client.hpp"
#include "pg/call_store.hpp"
#include "pg/migrator.hpp"
#include "sys/clock.hpp"
#include "sys/signals.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>

namespace {

// main() is outside of every namespace, and so is what only it uses.
using namespace callctl; // NOLINT(google-build-using-namespace)

pg::ConnectOptions connect_options(const config::Config& config, const std::string& name) {
    return {.conninfo = config.database_url, .application_name = "callctl." + name};
}

// A request takes longer than that: another host's refusal may as well have come too late for it.
constexpr std::chrono::milliseconds k_providers_known_for{100};

// What became due behind a claim's back has its turn after that.
constexpr std::chrono::milliseconds k_claims_go_on_for{1'000};

// What threads write at a time shares a transaction: more connections would only share the server.
constexpr std::size_t k_most_connections{16};

struct OwnedPool {
    pg::Pool pool;
};

// The store with the pool it works on, which has to be there first and to go last.
class PooledCallStore : private OwnedPool, public pg::PgCallStore {
  public:
    PooledCallStore(pg::ConnectOptions connect, std::size_t connections,
                    const pg::PgCallStoreOptions& options)
        : OwnedPool{pg::Pool{std::move(connect),
                             {.max_connections = std::min(connections, k_most_connections)}}},
          PgCallStore{pool, options} {}
};

// Where OpenSSL and its programs look as well.
std::string ca_file(const config::Environment& environment) {
    return environment("SSL_CERT_FILE").value_or("");
}

cmd::Adapters make_adapters(sys::SystemClock& clock, const config::Environment& environment) {
    return {
        .open_store =
            [](const config::Config& config, const std::string& name, int connections) {
                const pg::PgCallStoreOptions options{
                    .account_sid =
                        config.twilio.account_sid ? config.twilio.account_sid->str() : "",
                    .insert_defaults = config.call_log_defaults,
                    .providers_known_for = k_providers_known_for,
                    .claims_go_on_for = k_claims_go_on_for};
                return std::make_unique<PooledCallStore>(
                    connect_options(config, name), static_cast<std::size_t>(connections), options);
            },
        .open_http =
            [&clock, environment](int requests) {
                return std::make_unique<curl::CurlHttpClient>(
                    curl::ClientOptions{.ca_file = ca_file(environment),
                                        .stopping = [&clock] { return clock.stopping(); },
                                        .max_connections_per_host = requests});
            },
        .open_async_http =
            [&clock, environment](int connections) {
                return std::make_unique<curl::CurlHttpClient>(
                    curl::ClientOptions{.ca_file = ca_file(environment),
                                        .stopping = [&clock] { return clock.stopping(); },
                                        .max_connections_per_host = connections});
            },
        .open_migrator =
            [&clock](const config::Config& config, pg::MigrateOptions options) {
                return std::make_unique<pg::Migrator>(connect_options(config, "migrate"), clock,
                                                      std::move(options));
            },
    };
}

// `callctl status | head` is nobody's mistake. SIGPIPE is ignored for the sockets' sake.
bool nobody_reads(int file) {
    ::pollfd waited{.fd = file, .events = 0, .revents = 0};
    return ::poll(&waited, 1, 0) == 1 && (waited.revents & (POLLERR | POLLHUP)) != 0;
}

cmd::TerminalSize terminal_size() {
    ::winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) {
        return {};
    }
    return {size.ws_col, size.ws_row};
}

// Reading could not be interrupted: the signal goes to a thread of its own.
bool input_comes(const sys::SystemClock& clock) {
    constexpr int k_look_every_ms = 50;
    ::pollfd waited{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
    while (!clock.stopping()) {
        if (::poll(&waited, 1, k_look_every_ms) == 1) {
            return true;
        }
    }
    return false;
}

// What is opened next must not become a standard file that the caller has closed: the database
// would be sent what is told there. Such a file fails as a closed one does.
void keep_closed_files_closed() {
    for (const int file : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(file, F_GETFD) < 0) {
            static_cast<void>(::open("/dev/null", file == STDIN_FILENO ? O_WRONLY : O_RDONLY));
        }
    }
}

} // namespace

int main(int argc, char** argv) {
    keep_closed_files_closed();
    try {
        const auto environment = config::process_environment();
        const bool terminal = ::isatty(STDOUT_FILENO) == 1;
        if (cmd::is_journal(environment("JOURNAL_STREAM"), STDERR_FILENO)) {
            cmd::mark_as_journal(std::cerr);
        }
        sys::SystemClock clock;
        // Before any other thread, so that all of them leave signals to this one.
        sys::Signals signals{
            [&clock](int /*signal*/) { clock.stop(); },
            [] {
                std::cerr
                    << "callctl: error: the stop takes too long, ending at once\n"
                       "  does the database hang? 'callctl doctor' asks it; calls in hand are "
                       "taken up again when their lease ends\n";
            }};
        cmd::Runner runner{
            .out = std::cout,
            .err = std::cerr,
            .in = std::cin,
            .terminal = terminal,
            .colour = cmd::takes_colours(cmd::ColourWhen::automatic, terminal, environment),
            .shows_progress = cmd::takes_controls(::isatty(STDERR_FILENO) == 1, environment),
            .asks = ::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1,
            .width = cmd::shown_width(terminal, terminal_size().columns, environment),
            .environment = environment,
            .clock = clock,
            .adapters = make_adapters(clock, environment),
            .stop_signal = [&signals] { return signals.received(); },
            .on_hangup =
                [&signals](std::function<void()> listener) {
                    signals.on_hangup(std::move(listener));
                },
            .terminal_size = terminal_size,
            .input_comes = [&clock] { return input_comes(clock); }};
        const int code = cmd::run_command_line(runner, {argv + 1, argv + argc});
        std::cout.flush();
        if (!std::cout && nobody_reads(STDOUT_FILENO)) {
            return cmd::k_broken_pipe;
        }
        if (!std::cout) {
            cmd::print_error(std::cerr, "the output cannot be written", "is the disk full?");
            return cmd::k_failed;
        }
        return code;
    } catch (const std::exception& error) {
        std::cerr << "callctl: error: " << error.what() << '\n';
        return cmd::k_failed;
    }
}
