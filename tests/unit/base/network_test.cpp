#include "base/network.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace callctl::base {
namespace {

using namespace std::string_view_literals;

IpAddress address(std::string_view text) {
    const auto parsed = IpAddress::parse(text);
    EXPECT_TRUE(parsed) << text;
    return parsed.value_or(IpAddress{});
}

TEST(IpAddress, IsWrittenInItsShortForm) {
    EXPECT_EQ(address("192.0.2.1").str(), "192.0.2.1");
    EXPECT_EQ(address("2001:DB8:0:0:0:0:0:1").str(), "2001:db8::1");
    EXPECT_EQ(address("::").str(), "::");
    EXPECT_EQ(address("::1").str(), "::1");
}

TEST(IpAddress, MappedIntoIpv6IsIpv4) {
    EXPECT_EQ(address("::ffff:192.0.2.1"), address("192.0.2.1"));
    EXPECT_EQ(address("::ffff:192.0.2.1").str(), "192.0.2.1");
    EXPECT_TRUE(address("::ffff:192.0.2.1").is_v4());
    EXPECT_FALSE(address("::1").is_v4());
    const std::vector<std::uint8_t> bytes{192, 0, 2, 1};
    EXPECT_EQ(IpAddress::from_bytes(bytes), address("192.0.2.1"));
}

TEST(IpAddress, OfAnotherSizeIsNone) {
    for (const std::size_t size : {0U, 3U, 5U, 15U, 17U}) {
        EXPECT_FALSE(IpAddress::from_bytes(std::vector<std::uint8_t>(size))) << size;
    }
}

TEST(IpAddress, RefusesWhatIsNone) {
    for (const auto text : {""sv,
                            "1.2.3"sv,
                            "1.2.3.4.5"sv,
                            "1.2.3.256"sv,
                            "01.2.3.4x"sv,
                            "1.2.3.4:80"sv,
                            "[::1]"sv,
                            "::1%lo"sv,
                            "fe80::1%eth0"sv,
                            "localhost"sv,
                            " 1.2.3.4"sv,
                            "1.2.3.4 "sv,
                            "1.2.3.4\0"sv,
                            "1.2.3.4\0x"sv,
                            "-"sv,
                            "unknown"sv,
                            ":::"sv,
                            "1::2::3"sv,
                            "12345::"sv,
                            "1111:2222:3333:4444:5555:6666:7777:8888:9999"sv,
                            "0000000000000000000000000000000000000000000000000000000000000001"sv}) {
        EXPECT_FALSE(IpAddress::parse(text)) << text;
    }
}

struct NetworkCase {
    const char* name;
    const char* network;
    std::vector<const char*> inside;
    std::vector<const char*> outside;
};

class Networks : public testing::TestWithParam<NetworkCase> {};

TEST_P(Networks, HoldWhatBeginsLikeThem) {
    const auto network = Network::parse(GetParam().network);
    ASSERT_TRUE(network);
    for (const char* const text : GetParam().inside) {
        EXPECT_TRUE(network->contains(address(text))) << text;
    }
    for (const char* const text : GetParam().outside) {
        EXPECT_FALSE(network->contains(address(text))) << text;
    }
}

INSTANTIATE_TEST_SUITE_P(
    Table, Networks,
    testing::Values(
        NetworkCase{"OneAddress", "192.0.2.1", {"192.0.2.1", "::ffff:192.0.2.1"}, {"192.0.2.2"}},
        NetworkCase{"Loopback",
                    "127.0.0.0/8",
                    {"127.0.0.1", "127.255.255.255"},
                    {"128.0.0.1", "126.255.255.255", "::1"}},
        NetworkCase{"OddPrefix",
                    "10.32.0.0/11",
                    {"10.32.0.0", "10.63.255.255"},
                    {"10.31.255.255", "10.64.0.0"}},
        NetworkCase{"BitsBehindThePrefix", "10.1.2.3/8", {"10.9.9.9"}, {"11.1.2.3"}},
        NetworkCase{"WholeIpv4", "0.0.0.0/0", {"1.2.3.4", "255.255.255.255"}, {"::1", "::"}},
        NetworkCase{"WholeIpv6", "::/0", {"::1", "2001:db8::1"}, {"1.2.3.4"}},
        NetworkCase{"Ipv6", "2001:db8::/32", {"2001:db8:1::1"}, {"2001:db9::1", "32.1.13.184"}},
        NetworkCase{"OneIpv6", "::1/128", {"::1"}, {"::2", "0.0.0.1"}},
        NetworkCase{"Mapped", "::ffff:10.0.0.0/104", {"10.1.2.3"}, {"11.1.2.3"}}),
    [](const auto& row) { return row.param.name; });

TEST(Network, RefusesWhatIsNone) {
    for (const auto* text :
         {"", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8 ",
          "10.0.0.0/8/8", "10.0.0.0/255.0.0.0", "10.0.0/8", "::/129", "::1/x", "::ffff:10.0.0.0/8",
          "10.0.0.0/99999999999999999999", "localhost", "[::1]", "*"}) {
        EXPECT_FALSE(Network::parse(text)) << text;
    }
}

} // namespace
} // namespace callctl::base
