// Internet addresses and networks as values.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace callctl::base {

/// An IPv4 or IPv6 address. An IPv4 client of an IPv6 socket (`::ffff:192.0.2.1`) is the IPv4 one.
class IpAddress {
  public:
    /// Numeric, as in `192.0.2.1` and `2001:db8::1`; nothing for brackets, ports, zones and names.
    [[nodiscard]] static std::optional<IpAddress> parse(std::string_view text);
    /// 4 or 16 bytes in the order of the network; nothing for another number of them.
    [[nodiscard]] static std::optional<IpAddress> from_bytes(std::span<const std::uint8_t> bytes);

    [[nodiscard]] bool is_v4() const;
    [[nodiscard]] std::string str() const;
    /// The address without all but its first bits; of an IPv4 address these are 32.
    [[nodiscard]] IpAddress masked(int bits) const;

    // NOLINTNEXTLINE(modernize-use-nullptr) a mistake of clang-tidy 14 about `<=>`
    friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

  private:
    std::array<std::uint8_t, 16> m_bytes{}; ///< IPv4 as in RFC 4291, 2.5.5.2
};

/// An address, or all that begin like it.
class Network {
  public:
    /// `192.0.2.1`, `10.0.0.0/8`, `2001:db8::/32`; bits behind the prefix are left out. Nothing for
    /// all else.
    [[nodiscard]] static std::optional<Network> parse(std::string_view text);

    /// Never across families: `::/0` has no IPv4 address in it.
    [[nodiscard]] bool contains(const IpAddress& address) const;

  private:
    Network(const IpAddress& first, int bits) : m_first{first.masked(bits)}, m_bits{bits} {}

    IpAddress m_first;
    int m_bits;
};

} // namespace callctl::base
