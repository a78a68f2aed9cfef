// HTTP requests that no thread waits for.
#pragma once

#include "base/http.hpp"
#include "base/result.hpp"

#include <functional>

namespace callctl::port {

class AsyncHttpClient {
  public:
    using Done = std::function<void(base::Result<base::HttpResponse>)>;

    AsyncHttpClient() = default;
    AsyncHttpClient(const AsyncHttpClient&) = delete;
    AsyncHttpClient& operator=(const AsyncHttpClient&) = delete;
    virtual ~AsyncHttpClient() = default;

    /// Begins a request and returns; `done` is called once, with an answer or an error as of
    /// HttpClient::send: from the client's own thread, or from this one when the request cannot
    /// even be begun. It must neither block nor throw, and may begin another. A 3xx is handed back
    /// as it is, whatever `request.redirects` says. Callable from any thread. Requests in hand fail
    /// before the client is gone.
    virtual void start(base::HttpRequest request, Done done) = 0;
};

} // namespace callctl::port
