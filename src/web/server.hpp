// The HTTP/1.1 server: bounded, one I/O thread, a deadline for each whole request.
#pragma once

#include "port/web_handler.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace callctl::web {

struct ServerOptions {
    std::string listen{"127.0.0.1:8080"}; ///< `address:port`; port 0 takes a free one
    std::size_t max_header_bytes{16UL << 10U};
    std::size_t max_body_bytes{256UL << 10U};
    std::size_t max_connections{8192};
    std::chrono::milliseconds request_deadline{
        10'000}; ///< from the first byte to the last of a request
    std::chrono::milliseconds idle_timeout{60'000};   ///< between requests of one connection
    std::chrono::milliseconds reply_deadline{14'000}; ///< then 503: Twilio waits for 15 s
};

/// Runs in a thread of its own from construction to destruction. Throws base::ConfigError when the
/// address cannot be listened on. `handler` must outlive it.
class Server {
  public:
    Server(const ServerOptions& options, port::WebHandler& handler);
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    ~Server();

    [[nodiscard]] std::uint16_t port() const;
    /// Stops accepting, lets requests in hand finish for at most `grace`, then closes. Idempotent.
    void stop(std::chrono::milliseconds grace);

  private:
    class Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace callctl::web
