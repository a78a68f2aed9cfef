#include "e2e/terminal.hpp"

#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <stdexcept>

namespace callctl::e2e {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

std::vector<char*> pointers_into(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (std::string& text : texts) {
        pointers.push_back(text.data());
    }
    pointers.push_back(nullptr);
    return pointers;
}

::winsize window_of(WindowSize size) {
    return {.ws_row = size.lines, .ws_col = size.columns, .ws_xpixel = 0, .ws_ypixel = 0};
}

milliseconds left_until(Clock::time_point end) {
    return std::max(std::chrono::duration_cast<milliseconds>(end - Clock::now()), milliseconds{0});
}

} // namespace

Terminal::Terminal(const std::string& program, std::vector<std::string> arguments,
                   const Environment& environment, WindowSize size) {
    arguments.insert(arguments.begin(), program);
    std::vector<std::string> variables;
    for (const auto& [name, value] : environment) {
        variables.push_back(name + "=" + value);
    }
    // All is made before the fork: the child of a process with threads may allocate nothing.
    const auto argv = pointers_into(arguments);
    const auto envp = pointers_into(variables);
    ::winsize window = window_of(size);
    m_pid = ::forkpty(&m_master, nullptr, nullptr, &window);
    if (m_pid < 0) {
        throw std::runtime_error{"there is no pseudo-terminal to be had"};
    }
    if (m_pid == 0) {
        ::execve(program.c_str(), argv.data(), envp.data());
        ::_exit(127);
    }
}

Terminal::~Terminal() {
    if (m_pid > 0) {
        ::kill(m_pid, SIGKILL);
        ::waitpid(m_pid, nullptr, 0);
    }
    ::close(m_master);
}

bool Terminal::read_more(milliseconds limit) {
    pollfd waited{.fd = m_master, .events = POLLIN, .revents = 0};
    if (::poll(&waited, 1, static_cast<int>(limit.count())) <= 0) {
        return false;
    }
    std::array<char, 4096> bytes{};
    const auto count =
        ::read(m_master, bytes.data(), bytes.size()); // EIO once the other end is gone
    if (count <= 0) {
        return false;
    }
    m_shown.append(bytes.data(), static_cast<std::size_t>(count));
    return true;
}

bool Terminal::shows(const std::string& text, milliseconds limit) {
    const auto end = Clock::now() + limit;
    while (m_shown.find(text) == std::string::npos) {
        if (!read_more(left_until(end))) {
            return false;
        }
    }
    return true;
}

void Terminal::type(const std::string& keys) const {
    if (::write(m_master, keys.data(), keys.size()) != static_cast<ssize_t>(keys.size())) {
        throw std::runtime_error{"the terminal takes no keys"};
    }
}

void Terminal::resize(WindowSize size) const {
    const ::winsize window = window_of(size);
    ::ioctl(m_master, TIOCSWINSZ, &window);
}

int Terminal::wait(milliseconds limit) {
    const auto end = Clock::now() + limit;
    while (read_more(left_until(end))) {
    }
    if (Clock::now() >= end) {
        throw std::runtime_error{"the program goes on; it showed: " + m_shown};
    }
    int status = 0;
    ::waitpid(m_pid, &status, 0);
    m_pid = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

} // namespace callctl::e2e
