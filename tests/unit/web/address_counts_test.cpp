#include "web/address_counts.hpp"

#include <gtest/gtest.h>

namespace callctl::web {
namespace {

using base::IpAddress;
using base::Network;

const std::vector<Network>& loopback() {
    static const std::vector<Network> k_loopback{*Network::parse("127.0.0.0/8")};
    return k_loopback;
}

TEST(AddressCounts, HoldTheLimitForEachAddress) {
    AddressCounts counts{2, loopback()};
    const auto one = IpAddress::parse("192.0.2.1");
    const auto other = IpAddress::parse("192.0.2.2");
    EXPECT_TRUE(counts.enter(one));
    EXPECT_TRUE(counts.enter(one));
    EXPECT_FALSE(counts.enter(one));
    EXPECT_TRUE(counts.enter(other));
    counts.leave(one);
    EXPECT_TRUE(counts.enter(one));
    EXPECT_FALSE(counts.enter(one));
}

TEST(AddressCounts, TakeANetworkOf64BitsForOneIpv6Address) {
    AddressCounts counts{1, loopback()};
    EXPECT_TRUE(counts.enter(IpAddress::parse("2001:db8:0:1::1")));
    EXPECT_FALSE(counts.enter(IpAddress::parse("2001:db8:0:1:ffff::2")));
    EXPECT_TRUE(counts.enter(IpAddress::parse("2001:db8:0:2::1")));
}

TEST(AddressCounts, SpareTrustedProxiesAndUnixSockets) {
    AddressCounts counts{1, loopback()};
    for (int i = 0; i < 100; ++i) {
        EXPECT_TRUE(counts.enter(IpAddress::parse("127.0.0.1")));
        EXPECT_TRUE(counts.enter(std::nullopt));
    }
    counts.leave(IpAddress::parse("127.0.0.1"));
    counts.leave(std::nullopt);
    EXPECT_EQ(counts.size(), 0U);
}

TEST(AddressCounts, RememberNobodyWhoHasLeft) {
    AddressCounts counts{1, loopback()};
    for (int i = 0; i < 256; ++i) {
        const auto address = IpAddress::parse("192.0.2." + std::to_string(i));
        EXPECT_TRUE(counts.enter(address));
        EXPECT_FALSE(counts.enter(address));
        counts.leave(address);
    }
    EXPECT_EQ(counts.size(), 0U);
}

TEST(AddressCounts, HaveNoLimitThatIsZero) {
    AddressCounts counts{0, loopback()};
    const auto one = IpAddress::parse("192.0.2.1");
    for (int i = 0; i < 1'000; ++i) {
        EXPECT_TRUE(counts.enter(one));
    }
    EXPECT_EQ(counts.size(), 0U);
}

} // namespace
} // namespace callctl::web
