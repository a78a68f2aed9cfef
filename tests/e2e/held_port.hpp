// Ports of 127.0.0.1 for servers that are stopped and started again.
#pragma once

#include <cstdint>

namespace callctl::e2e {

/// Nobody else is given it as long as this lives, also while the server that it is for is down; a
/// server that sets SO_REUSEADDR, as callctl does, may bind it all the same. Below the range that
/// outgoing connections are given theirs from (ip(7), ip_local_port_range).
class HeldPort {
  public:
    /// Throws std::runtime_error when the machine gives no socket.
    HeldPort();
    HeldPort(const HeldPort&) = delete;
    HeldPort& operator=(const HeldPort&) = delete;
    ~HeldPort();

    [[nodiscard]] std::uint16_t number() const { return m_number; }

  private:
    int m_socket;
    std::uint16_t m_number{0};
};

} // namespace callctl::e2e
