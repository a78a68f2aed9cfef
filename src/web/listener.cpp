#include "web/listener.hpp"

#include "base/exception.hpp"
#include "web/listen_address.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <fmt/format.h>

#include <netinet/in.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace callctl::web {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

std::string hint_for(const error_code& ec) {
    if (ec == asio::error::address_in_use) {
        return "another program listens there (ss -lntxp shows which), or callctl runs already";
    }
    if (ec == asio::error::access_denied) {
        return "ports below 1024 need the capability CAP_NET_BIND_SERVICE, and a path a directory "
               "that callctl may write to";
    }
    return "choose an address of this host (ip address shows them), or a path in a directory that "
           "exists";
}

Endpoint endpoint_of(const ListenAddress& wanted) {
    if (!wanted.path.empty()) {
        return asio::local::stream_protocol::endpoint{wanted.path};
    }
    return asio::ip::tcp::endpoint{asio::ip::make_address(wanted.host), wanted.port};
}

/// A path stays behind when its server is killed: it is taken away when nobody answers there.
void remove_stale(const std::string& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) {
        return;
    }
    if (!S_ISSOCK(status.st_mode)) {
        throw base::ConfigError{
            fmt::format("cannot listen on 'unix:{}': it is there, and no socket", path),
            "choose another path, or remove what is there"};
    }
    asio::io_context io;
    asio::local::stream_protocol::socket probe{io};
    error_code ec;
    probe.connect(asio::local::stream_protocol::endpoint{path}, ec);
    if (ec == asio::error::connection_refused) {
        ::unlink(path.c_str());
    }
}

template <class Address>
Address address_as(const Endpoint& endpoint) {
    Address address{};
    std::memcpy(&address, endpoint.data(), std::min(sizeof address, endpoint.size()));
    return address;
}

int family_of(const Endpoint& endpoint) {
    return endpoint.protocol().family();
}

} // namespace

Listener::Listener(asio::io_context& io, const std::string& listen) : m_acceptor{io} {
    const ListenAddress wanted = parse_listen_address(listen);
    const Endpoint endpoint = endpoint_of(wanted);
    if (!wanted.path.empty()) {
        remove_stale(wanted.path);
    }
    error_code ec;
    m_acceptor.open(endpoint.protocol(), ec);
    if (!ec) {
        m_acceptor.set_option(Acceptor::reuse_address{true}, ec);
    }
    if (!ec) {
        m_acceptor.bind(endpoint, ec);
    }
    if (!ec && !wanted.path.empty()) {
        m_path = wanted.path;
        // As open as loopback is; who may come near is for the directory to say.
        ::chmod(m_path.c_str(), S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP | S_IROTH | S_IWOTH);
    }
    if (!ec) {
        m_acceptor.listen(Acceptor::max_listen_connections, ec);
    }
    if (ec) {
        throw base::ConfigError{fmt::format("cannot listen on '{}': {}", listen, ec.message()),
                                hint_for(ec)};
    }
}

Listener::Listener(asio::io_context& io, int descriptor) : m_acceptor{io}, m_is_handed_over{true} {
    sockaddr_storage bound{};
    socklen_t size = sizeof bound;
    int listening = 0;
    socklen_t flag_size = sizeof listening;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast) the socket interface
    const bool is_socket =
        ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&bound), &size) == 0;
    ::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listening, &flag_size);
    error_code ec = asio::error::not_socket;
    if (is_socket && listening != 0) {
        m_acceptor.assign({bound.ss_family, 0}, descriptor, ec);
    }
    if (ec) {
        throw base::ConfigError{
            fmt::format("descriptor {} is no socket that listens: {}", descriptor, ec.message()),
            "ListenStream= in a socket unit, with Accept=no, makes one"};
    }
}

Listener::~Listener() {
    close();
}

std::uint16_t Listener::port() const {
    error_code ec;
    const Endpoint endpoint = m_acceptor.local_endpoint(ec);
    switch (family_of(endpoint)) {
    case AF_INET:
        return ntohs(address_as<sockaddr_in>(endpoint).sin_port);
    case AF_INET6:
        return ntohs(address_as<sockaddr_in6>(endpoint).sin6_port);
    default:
        return 0;
    }
}

void Listener::close() {
    if (!m_acceptor.is_open()) {
        return;
    }
    if (!m_path.empty()) {
        ::unlink(m_path.c_str()); // while it is ours for sure: nobody takes over a living one
    }
    error_code ignored;
    m_acceptor.close(ignored);
}

std::optional<base::IpAddress> address_of(const Endpoint& endpoint) {
    if (family_of(endpoint) == AF_INET) {
        const auto number = address_as<sockaddr_in>(endpoint).sin_addr.s_addr;
        std::array<std::uint8_t, sizeof number> bytes{};
        std::memcpy(bytes.data(), &number, sizeof number);
        return base::IpAddress::from_bytes(bytes);
    }
    if (family_of(endpoint) == AF_INET6) {
        return base::IpAddress::from_bytes(address_as<sockaddr_in6>(endpoint).sin6_addr.s6_addr);
    }
    return std::nullopt;
}

} // namespace callctl::web
