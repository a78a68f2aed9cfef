#include "fakes/held_http_client.hpp"

#include <stdexcept>
#include <utility>

namespace callctl::fakes {

HeldHttpClient::~HeldHttpClient() {
    while (under_way() > 0) {
        end(base::fail(base::ErrorKind::transient, "stopped: the client is going"));
    }
}

void HeldHttpClient::start(base::HttpRequest request, Done done) {
    {
        const std::scoped_lock lock{m_mutex};
        m_requests.push_back(std::move(request));
        m_under_way.push_back(std::move(done));
    }
    m_begun.notify_all();
}

void HeldHttpClient::end(base::Result<base::HttpResponse> result) {
    Done done;
    {
        const std::scoped_lock lock{m_mutex};
        if (m_under_way.empty()) {
            throw std::logic_error{"no request is under way"};
        }
        done = std::move(m_under_way.front());
        m_under_way.pop_front();
    }
    done(std::move(result));
}

std::size_t HeldHttpClient::under_way() const {
    const std::scoped_lock lock{m_mutex};
    return m_under_way.size();
}

std::vector<base::HttpRequest> HeldHttpClient::requests() const {
    const std::scoped_lock lock{m_mutex};
    return m_requests;
}

void HeldHttpClient::wait_for_requests(std::size_t count) const {
    std::unique_lock lock{m_mutex};
    m_begun.wait(lock, [this, count] { return m_requests.size() >= count; });
}

} // namespace callctl::fakes
