// Twilio as a receiver of webhooks sees it: many connections, and a few tries for each delivery.
#pragma once

#include "e2e/chaos/ack_log.hpp"

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace callctl::chaos {

struct SendersPlan {
    std::uint16_t port{0};
    int connections{16};
    double rate{1'500}; ///< deliveries a second, at the most
    int voice_every{3}; ///< each third is a call that waits for its TwiML; 0: none
    std::uint64_t seed{1};
};

class Senders {
  public:
    /// Send until they are stopped.
    Senders(const SendersPlan& plan, AckLog& log);
    Senders(const Senders&) = delete;
    Senders& operator=(const Senders&) = delete;
    ~Senders() { stop(); }

    void stop();
    /// Tries that were refused, or that nothing came back to.
    [[nodiscard]] std::uint64_t failed_tries() const { return m_failed_tries; }
    /// Deliveries that no try was accepted of.
    [[nodiscard]] std::uint64_t given_up() const { return m_given_up; }

  private:
    void send_all();

    SendersPlan m_plan;
    AckLog& m_log;
    std::atomic<bool> m_stopping{false};
    std::atomic<std::uint64_t> m_next{0};
    std::atomic<std::uint64_t> m_failed_tries{0};
    std::atomic<std::uint64_t> m_given_up{0};
    std::vector<std::thread> m_threads{};
};

} // namespace callctl::chaos
