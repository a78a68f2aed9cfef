// The HTTP/1.1 server: bounded, one I/O thread, a deadline for each whole request.
#pragma once

#include "base/network.hpp"
#include "port/web_handler.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace callctl::web {

struct ServerOptions {
    /// `address:port`, where port 0 takes a free one, or `unix:/path`.
    std::string listen{"127.0.0.1:8080"};
    /// Sockets that listen already, as systemd hands them over; used instead of `listen`, and
    /// closed by the server.
    std::vector<int> sockets{};
    std::size_t max_header_bytes{16UL << 10U}; ///< request line and header; beyond: 431
    std::size_t max_header_fields{100};        ///< beyond: 431
    std::size_t max_body_bytes{256UL << 10U};  ///< after chunked decoding; beyond: 413
    /// With so many the one that has idled the longest between two requests gives way to a new one;
    /// where none idles, the one whose client has been sending a request, or taking an answer, for
    /// the longest, if that is `slow_after` or more; else the new one is answered 503 and closed.
    std::size_t max_connections{8192};
    /// A webhook comes in one piece, or a second later where a packet of it was lost. Otherwise
    /// slow clients would keep others out, for the whole deadline, through a proxy that passes
    /// bodies on as they come.
    std::chrono::milliseconds slow_after{2'000};
    /// Of one address, or of one /64 of IPv6; beyond: 503. 0: no limit. Trusted proxies have none.
    std::size_t max_connections_per_address{0};
    /// Who is believed about whom a request came from: see client_address.hpp.
    std::vector<base::Network> trusted_proxies{};
    /// From the first byte to the last of a request, however slowly they drip: then 408. The same
    /// time is given to the client for taking the answer.
    std::chrono::milliseconds request_deadline{10'000};
    /// Between requests of one connection. Longer than proxies keep one that they do not use (nginx
    /// and AWS a minute, Caddy two): a request must not meet the close.
    std::chrono::milliseconds idle_timeout{150'000};
    std::chrono::milliseconds reply_deadline{14'000}; ///< then 503: Twilio waits for 15 s
    /// Told of what goes wrong on our side (an exception out of the handler, no descriptor left),
    /// and once a minute of connections that are refused, in a line for the log. Called on the I/O
    /// thread; must not throw.
    std::function<void(std::string_view fault)> on_fault{};
    /// Told of connections, likewise; `why` is `limit` or `address_limit`.
    std::function<void()> on_opened{};
    std::function<void()> on_closed{};
    std::function<void(std::string_view why)> on_refused{};
};

/// Runs in a thread of its own from construction to destruction. Throws base::ConfigError when the
/// address cannot be listened on. `handler` must outlive it; what it throws becomes a 500.
///
/// The server frames the answers: of the handler's headers, Content-Length, Transfer-Encoding,
/// Connection and Date are dropped, and control characters are taken out of every value. A
/// malformed request never reaches the handler. Requests of one connection are handled one after
/// the other.
class Server {
  public:
    Server(const ServerOptions& options, port::WebHandler& handler);
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    /// As stop() without grace.
    ~Server();

    /// The port listened on, also where 0 was asked for; 0 for a Unix socket.
    [[nodiscard]] std::uint16_t port() const;
    /// Runs `work` on the I/O thread as soon as that is free; never, once the server has stopped.
    /// Must be short. Says that the thread is alive.
    void run_soon(std::function<void()> work);
    /// Stops accepting, lets requests in hand finish for at most `grace`, closes the rest, and
    /// returns when the thread has ended. Idempotent; a second call may shorten the grace. Not to
    /// be called by the handler.
    void stop(std::chrono::milliseconds grace);

  private:
    class Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace callctl::web
