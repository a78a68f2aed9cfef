// HttpClient on libcurl's multi interface: one I/O thread for any number of requests, waited for or
// not.
#pragma once

#include "port/async_http_client.hpp"
#include "port/http_client.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace callctl::curl {

struct ClientOptions {
    std::string user_agent{"callctl"};
    std::string ca_file{}; ///< certificates in PEM form; empty: the system's
    /// Asked now and then, from any thread: once it says yes, no request is begun any more, and
    /// what is under way has `stop_grace` to end by itself.
    std::function<bool()> stopping{};
    std::chrono::milliseconds stop_grace{3'000};
    int max_connections_per_host{64}; ///< further requests wait; the wait counts for their time-out
};

/// Speaks HTTP/1.1 over connections that it keeps. A time-out is for the whole exchange, redirects
/// included; connecting takes 10 s of it at most. Never sends a POST or PATCH twice, not even when
/// a kept connection turns out to be dead.
///
/// Redirects::drop_auth follows GET and HEAD only, and never from https to http. On another scheme,
/// host or port neither credentials nor headers other than Accept, Accept-Language and Range go
/// along, and they stay away for the rest of the exchange.
///
/// Errors beyond the port's: `invalid_input`, with a message that begins with `connect:`, for a URL
/// or a header that can never be sent. No message holds a query string or credentials.
class CurlHttpClient : public port::HttpClient, public port::AsyncHttpClient {
  public:
    /// Throws base::ConfigError when `ca_file` cannot be read.
    explicit CurlHttpClient(const ClientOptions& options = {});
    CurlHttpClient(const CurlHttpClient&) = delete;
    CurlHttpClient& operator=(const CurlHttpClient&) = delete;
    /// Requests in hand fail with an error.
    ~CurlHttpClient() override;

    [[nodiscard]] base::Result<base::HttpResponse> send(const base::HttpRequest& request) override;
    void start(base::HttpRequest request, Done done) override;

  private:
    class Impl;
    /// Shared with callers that are on their way out of send().
    std::shared_ptr<Impl> m_impl;
};

} // namespace callctl::curl
