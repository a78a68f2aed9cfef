// HttpClient on libcurl's multi interface: one I/O thread for any number of waiting callers.
#pragma once

#include "port/http_client.hpp"

#include <memory>
#include <string>

namespace callctl::curl {

struct ClientOptions {
    std::string user_agent{"callctl"};
    std::string ca_file{}; ///< empty: the system's
    int max_connections_per_host{64};
};

class CurlHttpClient : public port::HttpClient {
  public:
    explicit CurlHttpClient(ClientOptions options = {});
    ~CurlHttpClient() override;

    [[nodiscard]] base::Result<base::HttpResponse> send(const base::HttpRequest& request) override;

  private:
    class Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace callctl::curl
