#include "sim/curl_sender.hpp"

namespace callctl::sim {
namespace {

/// As many webhooks can hang in a slow server at once; the others wait.
constexpr int k_threads = 256;

} // namespace

CurlSender::CurlSender() : m_client{{.user_agent = "TwilioProxy/1.1"}} {
    for (int i = 0; i < k_threads; ++i) {
        m_threads.emplace_back([this] { work(); });
    }
}

CurlSender::~CurlSender() {
    stop();
}

void CurlSender::stop() {
    {
        const std::scoped_lock lock{m_mutex};
        m_stopping = true;
    }
    m_news.notify_all();
    for (std::thread& thread : m_threads) {
        if (thread.joinable()) {
            thread.join();
        }
    }
}

void CurlSender::send(base::HttpRequest request, Heard done) {
    {
        const std::scoped_lock lock{m_mutex};
        m_queue.push_back({std::move(request), std::move(done)});
    }
    m_news.notify_one();
}

void CurlSender::work() {
    std::unique_lock lock{m_mutex};
    while (true) {
        m_news.wait(lock, [this] { return m_stopping || !m_queue.empty(); });
        if (m_stopping) {
            return;
        }
        Outgoing next = std::move(m_queue.front());
        m_queue.pop_front();
        lock.unlock();
        const auto result = m_client.send(next.request);
        lock.lock();
        if (!m_stopping) {
            lock.unlock();
            next.heard(result);
            lock.lock();
        }
    }
}

} // namespace callctl::sim
