// Child processes: started, watched through what they write, waited for with a deadline.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace callctl::e2e {

using Environment = std::map<std::string, std::string>;

/// The least that callctl is started with: the database, a home of its own, and how the tests reach
/// the server.
[[nodiscard]] Environment least_environment(const std::string& database_url,
                                            const std::string& home);

/// Asks every few milliseconds until the answer is yes; false when the time is over before.
[[nodiscard]] bool eventually(const std::function<bool()>& condition,
                              std::chrono::milliseconds limit = std::chrono::seconds{30});

struct Finished {
    int code{-1}; ///< as the shell would say it: 128 + n after signal n
    std::string out{};
    std::string err{};
};

/// Killed at the end of its life, if it still runs.
class Process {
  public:
    /// Output goes to `files`.out and `files`.err. `passed`, if any, is its descriptor 3. Throws
    /// std::runtime_error when it does not start.
    Process(const std::string& program, const std::vector<std::string>& arguments,
            const Environment& environment, std::string files, std::optional<int> passed = {});
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    ~Process();

    void signal(int number) const;
    [[nodiscard]] pid_t pid() const { return m_pid; }
    [[nodiscard]] bool running();
    /// Throws std::runtime_error when it still runs at the end of the time.
    Finished wait(std::chrono::milliseconds limit = std::chrono::minutes{4});
    /// What it has written so far.
    [[nodiscard]] std::string out() const;
    [[nodiscard]] std::string err() const;

  private:
    pid_t m_pid{-1};
    std::optional<int> m_code{};
    std::string m_files;
};

} // namespace callctl::e2e
