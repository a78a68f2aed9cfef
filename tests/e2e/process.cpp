#include "e2e/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>
#include <utility>

namespace callctl::e2e {
namespace {

std::string content_of(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (std::string& text : texts) {
        pointers.push_back(text.data());
    }
    pointers.push_back(nullptr);
    return pointers;
}

class FileActions {
  public:
    FileActions(const std::string& files, std::optional<int> passed) {
        constexpr int k_write = O_WRONLY | O_CREAT | O_TRUNC | O_APPEND;
        ::posix_spawn_file_actions_init(&m_actions);
        ::posix_spawn_file_actions_addopen(&m_actions, 0, "/dev/null", O_RDONLY, 0);
        ::posix_spawn_file_actions_addopen(&m_actions, 1, (files + ".out").c_str(), k_write, 0600);
        ::posix_spawn_file_actions_addopen(&m_actions, 2, (files + ".err").c_str(), k_write, 0600);
        if (passed) {
            ::posix_spawn_file_actions_adddup2(&m_actions, *passed, 3);
        }
        // A connection that we close must not live on in a child.
        ::posix_spawn_file_actions_addclosefrom_np(&m_actions, passed ? 4 : 3);
    }
    FileActions(const FileActions&) = delete;
    FileActions& operator=(const FileActions&) = delete;
    ~FileActions() { ::posix_spawn_file_actions_destroy(&m_actions); }
    [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &m_actions; }

  private:
    posix_spawn_file_actions_t m_actions{};
};

} // namespace

Environment least_environment(const std::string& database_url, const std::string& home) {
    Environment environment{{"DATABASE_URL", database_url},
                            {"HOME", home},
                            {"PATH", "/usr/bin:/bin"},
                            {"LC_ALL", "C.UTF-8"}};
    for (const char* const name : {"PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGSSLMODE"}) {
        if (const char* const value = std::getenv(name)) {
            environment[name] = value;
        }
    }
    return environment;
}

bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds limit) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) {
            return false;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
    return true;
}

Process::Process(const std::string& program, const std::vector<std::string>& arguments,
                 const Environment& environment, std::string files, std::optional<int> passed)
    : m_files{std::move(files)} {
    std::vector<std::string> words{program};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<std::string> variables;
    for (const auto& [name, value] : environment) {
        variables.push_back(name + "=" + value);
    }
    const FileActions actions{m_files, passed};
    const int fault = ::posix_spawn(&m_pid, program.c_str(), actions.get(), nullptr,
                                    pointers_to(words).data(), pointers_to(variables).data());
    if (fault != 0) {
        throw std::runtime_error{"cannot start " + program + ": errno " + std::to_string(fault)};
    }
}

Process::~Process() {
    if (running()) {
        signal(SIGKILL);
        ::waitpid(m_pid, nullptr, 0);
    }
}

void Process::signal(int number) const {
    ::kill(m_pid, number);
}

bool Process::running() {
    int status = 0;
    if (!m_code && ::waitpid(m_pid, &status, WNOHANG) == m_pid) {
        m_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    return !m_code;
}

Finished Process::wait(std::chrono::milliseconds limit) {
    if (running()) { // and not yet reaped: the number is still its own
        pollfd ended{.fd = static_cast<int>(::syscall(SYS_pidfd_open, m_pid, 0)),
                     .events = POLLIN,
                     .revents = 0};
        ::poll(&ended, 1, static_cast<int>(limit.count()));
        ::close(ended.fd);
    }
    if (running()) {
        throw std::runtime_error{"the process goes on; it wrote: " + out() + err()};
    }
    return {*m_code, out(), err()};
}

std::string Process::out() const {
    return content_of(m_files + ".out");
}

std::string Process::err() const {
    return content_of(m_files + ".err");
}

} // namespace callctl::e2e
