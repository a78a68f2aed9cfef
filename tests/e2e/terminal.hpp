// A program on a pseudo-terminal of its own, as a person runs it.
#pragma once

#include "e2e/process.hpp"

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

namespace callctl::e2e {

struct WindowSize {
    unsigned short columns{80};
    unsigned short lines{24};
};

/// Killed at the end of its life, if it still runs.
class Terminal {
  public:
    /// Throws std::runtime_error when there is no pseudo-terminal to be had.
    Terminal(const std::string& program, std::vector<std::string> arguments,
             const Environment& environment, WindowSize size = {});
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;
    ~Terminal();

    /// Reads until `text` is among what was shown since the last forget(); false when it does not
    /// come.
    [[nodiscard]] bool shows(const std::string& text,
                             std::chrono::milliseconds limit = std::chrono::seconds{30});
    void forget() { m_shown.clear(); }
    /// Every byte since then, control sequences among them.
    [[nodiscard]] const std::string& shown() const { return m_shown; }
    /// As from the keyboard: "\x03" is Ctrl-C.
    void type(const std::string& keys) const;
    void resize(WindowSize size) const;
    /// Reads to the end; the exit code as the shell would say it. Throws std::runtime_error when it
    /// still runs at the end of the time.
    int wait(std::chrono::milliseconds limit = std::chrono::seconds{30});

  private:
    /// False: it has closed its terminal, or nothing came in that time.
    bool read_more(std::chrono::milliseconds limit);

    pid_t m_pid{-1};
    int m_master{-1};
    std::string m_shown{};
};

} // namespace callctl::e2e
