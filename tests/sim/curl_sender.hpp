// Webhooks sent with libcurl, by a few threads.
#pragma once

#include "curl/http_client.hpp"
#include "sim/simulator.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace callctl::sim {

class CurlSender : public Sender {
  public:
    CurlSender();
    /// Ends what is under way; its answers are not told any more.
    ~CurlSender() override;
    void send(base::HttpRequest request, Heard done) override;
    /// From now on nobody is told of any answer. Waits for those being told.
    void stop();

  private:
    void work();

    curl::CurlHttpClient m_client;
    std::mutex m_mutex;
    std::condition_variable m_news;
    bool m_stopping{false};
    std::deque<Outgoing> m_queue;
    std::vector<std::thread> m_threads;
};

} // namespace callctl::sim
