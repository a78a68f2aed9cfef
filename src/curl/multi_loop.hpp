// libcurl's multi interface behind one thread. Internal to src/curl.
#pragma once

#include "curl/handles.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

namespace callctl::curl {

/// Performs the transfers of any number of threads at once, over connections that it keeps.
class MultiLoop {
  public:
    /// As in ClientOptions.
    struct Stop {
        std::function<bool()> asked{};
        std::chrono::milliseconds grace{0};
    };

    MultiLoop(int max_connections_per_host, Stop stop);
    MultiLoop(const MultiLoop&) = delete;
    MultiLoop& operator=(const MultiLoop&) = delete;
    /// As stop().
    ~MultiLoop();

    /// Told how a transfer ended, on the loop's thread, which it must not hold up; it may begin
    /// another.
    using Done = std::function<void(CURLcode)>;

    /// Begins a transfer, whose end the handle's own time-out should bring before `limit`. The
    /// handle is the loop's until `done` is called. False when the loop is to stop: then it is not
    /// called.
    [[nodiscard]] bool start(CURL* easy, std::chrono::milliseconds limit, Done done);
    /// The same, and waits for the end.
    [[nodiscard]] CURLcode perform(CURL* easy, std::chrono::milliseconds limit);
    /// Ends every transfer in hand, and those to come, with CURLE_ABORTED_BY_CALLBACK. Idempotent;
    /// not from two threads at once.
    void stop();

  private:
    using Clock = std::chrono::steady_clock;

    struct Job {
        CURL* easy{nullptr};
        Clock::time_point until{};
        Done done{};
    };

    void run();
    bool take_new_jobs();
    void begin(std::unique_ptr<Job> job);
    void finish_done();
    void finish_all();
    [[nodiscard]] bool stop_is_due();
    [[nodiscard]] Clock::time_point finish_overdue();
    void finish(CURL* easy, CURLcode code);

    Stop m_stop;
    Clock::time_point m_stop_due{Clock::time_point::max()}; ///< the thread's own
    MultiHandle m_multi;
    std::mutex m_mutex;
    std::vector<std::unique_ptr<Job>> m_new_jobs;           ///< guarded by m_mutex
    bool m_stopping{false};                                 ///< guarded by m_mutex
    std::unordered_map<CURL*, std::unique_ptr<Job>> m_jobs; ///< the thread's own
    std::thread m_thread;
};

} // namespace callctl::curl
