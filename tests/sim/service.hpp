// A whole simulator at work: clock, speech, sockets and threads. The program, and what tests of
// callctl run beside it in one process.
#pragma once

#include "sim/curl_sender.hpp"
#include "sim/socket_server.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace callctl::sim {

struct ServiceOptions {
    Options simulator{};
    std::string listen{"127.0.0.1:0"};
    std::string media_dir{}; ///< where espeak-ng's speech is kept; empty: tones
};

class Service {
  public:
    /// Listens when it returns. Throws base::ConfigError when it cannot listen or speak.
    explicit Service(const ServiceOptions& options);
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;
    ~Service();

    /// `http://127.0.0.1:41234`: the base URL of Twilio, and with `/v1` that of the AI servers.
    [[nodiscard]] std::string url() const;
    [[nodiscard]] std::uint16_t port() const { return m_server->port(); }

  private:
    void drive();

    WallClock m_clock;
    std::unique_ptr<Speech> m_speech;
    Library m_library;
    CurlSender m_sender;
    Simulator m_simulator;
    std::string m_host;
    std::mutex m_mutex;
    std::condition_variable m_woken;
    bool m_news{false};
    bool m_stopping{false};
    std::thread m_driver;
    std::unique_ptr<SocketServer> m_server;
};

} // namespace callctl::sim
