// An HTTP client whose requests stay under way until the test lets each of them end.
#pragma once

#include "port/async_http_client.hpp"

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <vector>

namespace callctl::fakes {

class HeldHttpClient : public port::AsyncHttpClient {
  public:
    HeldHttpClient() = default;
    HeldHttpClient(const HeldHttpClient&) = delete;
    HeldHttpClient& operator=(const HeldHttpClient&) = delete;
    /// Those under way fail, as the port promises.
    ~HeldHttpClient() override;

    void start(base::HttpRequest request, Done done) override;

    /// Ends the oldest request under way, on this thread. Throws when there is none.
    void end(base::Result<base::HttpResponse> result);
    [[nodiscard]] std::size_t under_way() const;
    /// All that were begun, in order.
    [[nodiscard]] std::vector<base::HttpRequest> requests() const;
    /// Waits until so many were begun.
    void wait_for_requests(std::size_t count) const;

  private:
    mutable std::mutex m_mutex{};
    mutable std::condition_variable m_begun{};
    std::vector<base::HttpRequest> m_requests{};
    std::deque<Done> m_under_way{};
};

} // namespace callctl::fakes
