#include "curl/multi_loop.hpp"

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <future>
#include <new>
#include <utility>

namespace callctl::curl {
namespace {

/// libcurl shortens the wait to its own timers, and a new job ends it.
constexpr std::chrono::milliseconds k_longest_wait{60'000};
/// How often it is asked, while a transfer is under way, whether the program is to stop.
constexpr std::chrono::milliseconds k_tick{200};
/// libcurl's own time-out comes first, with a better message.
constexpr std::chrono::milliseconds k_grace{50};

/// Signals are for other threads; SIGPIPE is what OpenSSL's writes would die of.
void block_signals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

} // namespace

MultiLoop::MultiLoop(int max_connections_per_host, Stop stop)
    : m_stop{std::move(stop)}, m_multi{libcurl().multi_init()} {
    if (!m_multi) {
        throw std::bad_alloc{};
    }
    const long per_host = std::max(1, max_connections_per_host);
    libcurl().multi_setopt(m_multi.get(), CURLMOPT_MAX_HOST_CONNECTIONS, per_host);
    // By default the cache shrinks with the number of running transfers: every lull would close
    // connections that the next burst needs.
    libcurl().multi_setopt(m_multi.get(), CURLMOPT_MAXCONNECTS, 2 * per_host);
    m_thread = std::thread{[this] { run(); }};
}

MultiLoop::~MultiLoop() {
    stop();
}

bool MultiLoop::start(CURL* easy, std::chrono::milliseconds limit, Done done) {
    auto job = std::make_unique<Job>();
    job->easy = easy;
    job->until = Clock::now() + limit + k_grace;
    job->done = std::move(done);
    const std::scoped_lock lock{m_mutex};
    if (m_stopping || (m_stop.asked && m_stop.asked())) {
        return false;
    }
    m_new_jobs.push_back(std::move(job));
    libcurl().multi_wakeup(m_multi.get());
    return true;
}

CURLcode MultiLoop::perform(CURL* easy, std::chrono::milliseconds limit) {
    // Shared: the loop may still be within set_value() when the waiting thread goes on.
    const auto result = std::make_shared<std::promise<CURLcode>>();
    auto code = result->get_future();
    const bool started = start(easy, limit, [result](CURLcode ended) { result->set_value(ended); });
    return started ? code.get() : CURLE_ABORTED_BY_CALLBACK;
}

void MultiLoop::stop() {
    {
        const std::scoped_lock lock{m_mutex};
        m_stopping = true;
        libcurl().multi_wakeup(m_multi.get());
    }
    if (m_thread.joinable()) {
        m_thread.join();
    }
}

void MultiLoop::run() {
    block_signals();
    while (take_new_jobs()) {
        int running = 0;
        libcurl().multi_perform(m_multi.get(), &running);
        finish_done();
        if (stop_is_due()) {
            finish_all();
        }
        const auto wait = std::chrono::ceil<std::chrono::milliseconds>(
            std::min(finish_overdue() - Clock::now(), Clock::duration{k_longest_wait}));
        libcurl().multi_poll(m_multi.get(), nullptr, 0,
                             static_cast<int>(std::max<std::int64_t>(0, wait.count())), nullptr);
    }
    finish_all();
}

void MultiLoop::finish_all() {
    while (!m_jobs.empty()) {
        finish(m_jobs.begin()->first, CURLE_ABORTED_BY_CALLBACK);
    }
}

/// A stop was asked for and the transfers in hand had their time.
bool MultiLoop::stop_is_due() {
    const auto now = Clock::now();
    if (m_stop_due == Clock::time_point::max() && m_stop.asked && m_stop.asked()) {
        m_stop_due = now + m_stop.grace;
    }
    return now >= m_stop_due;
}

/// False when the loop is to end; new jobs then become part of m_jobs all the same.
bool MultiLoop::take_new_jobs() {
    std::vector<std::unique_ptr<Job>> jobs;
    bool stopping = false;
    {
        const std::scoped_lock lock{m_mutex};
        jobs = std::exchange(m_new_jobs, {});
        stopping = m_stopping;
    }
    for (auto& job : jobs) {
        begin(std::move(job));
    }
    return !stopping;
}

void MultiLoop::begin(std::unique_ptr<Job> job) {
    CURL* const easy = job->easy;
    const bool added = libcurl().multi_add_handle(m_multi.get(), easy) == CURLM_OK;
    m_jobs.emplace(easy, std::move(job));
    if (!added) {
        finish(easy, CURLE_FAILED_INIT);
    }
}

void MultiLoop::finish_done() {
    int left = 0;
    while (const CURLMsg* message = libcurl().multi_info_read(m_multi.get(), &left)) {
        if (message->msg == CURLMSG_DONE) {
            // Removing the handle invalidates the message.
            finish(message->easy_handle, message->data.result);
        }
    }
}

/// A transfer that waits for a free connection to its host has no time-out in libcurl 7.88: it ends
/// here. The time when the next one will be overdue.
MultiLoop::Clock::time_point MultiLoop::finish_overdue() {
    const auto now = Clock::now();
    auto next = now + (m_stop.asked && !m_jobs.empty() ? k_tick : k_longest_wait);
    std::vector<CURL*> overdue;
    for (const auto& [easy, job] : m_jobs) {
        if (job->until <= now) {
            overdue.push_back(easy);
        } else {
            next = std::min(next, job->until);
        }
    }
    for (CURL* const easy : overdue) {
        finish(easy, CURLE_OPERATION_TIMEDOUT);
    }
    return next;
}

void MultiLoop::finish(CURL* easy, CURLcode code) {
    libcurl().multi_remove_handle(m_multi.get(), easy);
    const auto job = m_jobs.extract(easy);
    job.mapped()->done(code);
}

} // namespace callctl::curl
