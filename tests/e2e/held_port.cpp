#include "e2e/held_port.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <random>
#include <stdexcept>

namespace callctl::e2e {
namespace {

bool bind_to(int socket, std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast) the socket interface
    const auto* const wanted = reinterpret_cast<const sockaddr*>(&address);
    return ::bind(socket, wanted, sizeof address) == 0;
}

} // namespace

// SO_REUSEADDR only once it is bound: with it we would be given what another one holds.
HeldPort::HeldPort() : m_socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    if (m_socket < 0) {
        throw std::runtime_error{"no socket to hold a port with"};
    }
    std::random_device dice;
    std::uniform_int_distribution<int> ports{15'000, 32'000};
    do {
        m_number = static_cast<std::uint16_t>(ports(dice));
    } while (!bind_to(m_socket, m_number));
    const int yes = 1;
    ::setsockopt(m_socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
}

HeldPort::~HeldPort() {
    ::close(m_socket);
}

} // namespace callctl::e2e
