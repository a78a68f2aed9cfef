#include "base/network.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>

namespace callctl::base {
namespace {

constexpr std::array<std::uint8_t, 12> k_mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr int k_mapped_bits = 96;
// Beyond it inet_pton would be given a text that no address has.
constexpr std::size_t k_longest_text = INET6_ADDRSTRLEN;

} // namespace

std::optional<IpAddress> IpAddress::from_bytes(std::span<const std::uint8_t> bytes) {
    IpAddress address;
    if (bytes.size() == 4) {
        auto* const rest = std::copy(k_mapped.begin(), k_mapped.end(), address.m_bytes.begin());
        std::copy(bytes.begin(), bytes.end(), rest);
        return address;
    }
    if (bytes.size() != address.m_bytes.size()) {
        return std::nullopt;
    }
    std::copy(bytes.begin(), bytes.end(), address.m_bytes.begin());
    return address;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    // A NUL would end the text for inet_pton, whatever stands behind it.
    if (text.size() >= k_longest_text || text.find('\0') != std::string_view::npos) {
        return std::nullopt;
    }
    const std::string terminated{text};
    std::array<std::uint8_t, 16> bytes{};
    if (::inet_pton(AF_INET, terminated.c_str(), bytes.data()) == 1) {
        return from_bytes(std::span{bytes}.first(4));
    }
    if (::inet_pton(AF_INET6, terminated.c_str(), bytes.data()) == 1) {
        return from_bytes(bytes);
    }
    return std::nullopt;
}

bool IpAddress::is_v4() const {
    return std::equal(k_mapped.begin(), k_mapped.end(), m_bytes.begin());
}

std::string IpAddress::str() const {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const auto* const bytes = m_bytes.data() + (is_v4() ? k_mapped.size() : 0);
    return ::inet_ntop(is_v4() ? AF_INET : AF_INET6, bytes, text.data(), text.size());
}

IpAddress IpAddress::masked(int bits) const {
    int kept = is_v4() ? bits + k_mapped_bits : bits;
    IpAddress address = *this;
    for (std::uint8_t& byte : address.m_bytes) {
        const int of_byte = std::clamp(kept, 0, 8);
        byte &= static_cast<std::uint8_t>(0xff00U >> static_cast<unsigned>(of_byte));
        kept -= 8;
    }
    return address;
}

std::optional<Network> Network::parse(std::string_view text) {
    const auto slash = text.find('/');
    const auto address = IpAddress::parse(text.substr(0, slash));
    if (!address) {
        return std::nullopt;
    }
    const int whole = address->is_v4() ? 32 : 128;
    if (slash == std::string_view::npos) {
        return Network{*address, whole};
    }
    const std::string_view prefix = text.substr(slash + 1);
    int bits = 0;
    const auto* const end = prefix.data() + prefix.size();
    const auto [rest, fault] = std::from_chars(prefix.data(), end, bits);
    if (address->is_v4() && text.find(':') != std::string_view::npos) {
        bits -= k_mapped_bits; // `::ffff:10.0.0.0/104`
    }
    if (fault != std::errc{} || rest != end || bits < 0 || bits > whole) {
        return std::nullopt;
    }
    return Network{*address, bits};
}

bool Network::contains(const IpAddress& address) const {
    return address.is_v4() == m_first.is_v4() && address.masked(m_bits) == m_first;
}

} // namespace callctl::base
