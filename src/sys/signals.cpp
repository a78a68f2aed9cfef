#include "sys/signals.hpp"

#include "base/exception.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace callctl::sys {
namespace {

sigset_t our_signals() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    return set;
}

bool is_ignored(int signal) {
    struct sigaction present {};
    return ::sigaction(signal, nullptr, &present) == 0 && present.sa_handler == SIG_IGN;
}

[[noreturn]] void die_of(int signal) {
    ::signal(signal, SIG_DFL);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
    ::raise(signal);
    ::_exit(128 + signal); // unreachable unless the default action was changed under us
}

} // namespace

Signals::Signals(std::function<void(int signal)> on_stop, std::function<void()> on_overdue,
                 std::chrono::milliseconds longest_stop)
    : m_on_stop{std::move(on_stop)}, m_on_overdue{std::move(on_overdue)},
      m_longest_stop{longest_stop}, m_ignores_hangup{is_ignored(SIGHUP)}, m_end{::eventfd(
                                                                              0, EFD_CLOEXEC)} {
    ::signal(SIGPIPE, SIG_IGN);
    const sigset_t set = our_signals();
    pthread_sigmask(SIG_BLOCK, &set, &m_former_mask);
    m_signals = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (m_signals < 0 || m_end < 0) {
        throw base::BugError{"cannot make a descriptor for signals"};
    }
    m_thread = std::thread{[this] { run(); }};
}

Signals::~Signals() {
    const std::uint64_t one{1};
    static_cast<void>(::write(m_end, &one, sizeof one)); // an eventfd takes it
    m_thread.join();
    // Once asked to stop, the process ends with that exit code and not by a repetition.
    signalfd_siginfo info{};
    while (m_received != 0 && ::read(m_signals, &info, sizeof info) == sizeof info) {
    }
    ::close(m_signals);
    ::close(m_end);
    pthread_sigmask(SIG_SETMASK, &m_former_mask, nullptr);
}

// In milliseconds, as poll() takes it: -1 while nobody has asked for a stop.
int Signals::time_left() const {
    if (!m_overdue_at) {
        return -1;
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(
        *m_overdue_at - std::chrono::steady_clock::now());
    return std::max(static_cast<int>(left.count()), 0);
}

void Signals::run() {
    while (true) {
        std::array<pollfd, 2> descriptors{pollfd{m_signals, POLLIN, 0}, pollfd{m_end, POLLIN, 0}};
        const int ready = ::poll(descriptors.data(), descriptors.size(), time_left());
        if (descriptors[1].revents != 0) {
            return;
        }
        if (ready == 0 && time_left() == 0) {
            if (m_on_overdue) {
                m_on_overdue();
            }
            die_of(m_received);
        }
        signalfd_siginfo info{};
        if (descriptors[0].revents == 0 || ::read(m_signals, &info, sizeof info) != sizeof info) {
            continue;
        }
        if (info.ssi_signo == SIGHUP) {
            hung_up();
        } else {
            stop_asked_by(static_cast<int>(info.ssi_signo));
        }
    }
}

void Signals::stop_asked_by(int signal) {
    int none = 0;
    if (m_received.compare_exchange_strong(none, signal)) {
        m_overdue_at = std::chrono::steady_clock::now() + m_longest_stop;
        m_on_stop(signal);
    } else if (signal == SIGINT) {
        die_of(signal);
    }
}

void Signals::hung_up() {
    const std::scoped_lock lock{m_hangup_mutex};
    if (m_on_hangup) {
        m_on_hangup();
    } else if (!m_ignores_hangup) {
        stop_asked_by(SIGHUP);
    }
}

void Signals::on_hangup(std::function<void()> listener) {
    const std::scoped_lock lock{m_hangup_mutex};
    m_on_hangup = std::move(listener);
}

} // namespace callctl::sys
