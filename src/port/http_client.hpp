// One HTTP request to a provider.
#pragma once

#include "base/http.hpp"
#include "base/result.hpp"

namespace callctl::port {

class HttpClient {
  public:
    HttpClient() = default;
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;
    virtual ~HttpClient() = default;

    /// Sends once and waits for the whole answer; any status is an answer. Without one: an error
    /// `transient` whose message begins with `connect:` when the request cannot have been
    /// processed (no name, no connection, no TLS), `timeout:` or `transfer:` when it may have been;
    /// `local:` when the answer could not be stored on this host, `stopped:` when this process is
    /// about to end, whether or not the request was sent; `closed:` when it was not, since the
    /// provider is to be asked nothing now.
    /// Callable from any thread.
    [[nodiscard]] virtual base::Result<base::HttpResponse>
    send(const base::HttpRequest& request) = 0;
};

} // namespace callctl::port
