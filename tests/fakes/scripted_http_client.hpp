// An HTTP client that answers from a script and records what it was asked.
#pragma once

#include "port/http_client.hpp"

#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace callctl::fakes {

class ScriptedHttpClient : public port::HttpClient {
  public:
    using Answer = base::Result<base::HttpResponse>;
    using Responder = std::function<Answer(const base::HttpRequest&)>;

    /// The next request of that method whose URL contains `url_part` gets `answer`, once. Answers
    /// for the same route are given in the order in which they were scripted.
    void once(std::string method, std::string url_part, Answer answer);
    /// Every such request for which no single answer is left.
    void always(std::string method, std::string url_part, Answer answer);
    void always(std::string method, std::string url_part, Responder responder);

    /// What nothing was scripted for fails as a refused connection does, and is listed by
    /// `unexpected`. A 2xx body goes to `sink_path` where the request has one.
    [[nodiscard]] Answer send(const base::HttpRequest& request) override;

    [[nodiscard]] std::vector<base::HttpRequest> requests() const;
    /// Requests of that method whose URL contains `url_part`.
    [[nodiscard]] std::size_t count(const std::string& method, const std::string& url_part) const;
    /// `METHOD url` of the requests that nothing was scripted for.
    [[nodiscard]] std::vector<std::string> unexpected() const;
    /// Single answers that nobody has asked for yet.
    [[nodiscard]] std::size_t unused() const;

  private:
    struct Route {
        std::string method;
        std::string url_part;
        Responder responder;
    };

    [[nodiscard]] Responder take(const base::HttpRequest& request);

    mutable std::mutex m_mutex;
    std::deque<Route> m_once;
    std::vector<Route> m_always;
    std::vector<base::HttpRequest> m_requests;
    std::vector<std::string> m_unexpected;
};

/// A response with a body and its content type.
[[nodiscard]] base::HttpResponse http_response(int status, std::string body = {},
                                               std::string content_type = "application/json");

} // namespace callctl::fakes
