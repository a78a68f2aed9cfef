#include "web/client_address.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <string>

namespace callctl::web {
namespace {

using base::HttpHeader;
using base::IpAddress;
using base::Network;

std::string shown(const std::optional<IpAddress>& address) {
    return address ? address->str() : "none";
}

struct Entry {
    const char* name;
    std::string text;
    std::string address;
};

void PrintTo(const Entry& entry, std::ostream* out) {
    *out << entry.name;
}

class ForwardedEntry : public testing::TestWithParam<Entry> {};

TEST_P(ForwardedEntry, IsRead) {
    EXPECT_EQ(shown(parse_forwarded_entry(GetParam().text)), GetParam().address);
}

INSTANTIATE_TEST_SUITE_P(
    Table, ForwardedEntry,
    testing::Values(
        Entry{"Ipv4", "192.0.2.1", "192.0.2.1"}, Entry{"Blanks", " \t192.0.2.1 \t", "192.0.2.1"},
        Entry{"Ipv4WithPort", "192.0.2.1:5678", "192.0.2.1"},
        Entry{"Ipv6", "2001:db8::1", "2001:db8::1"},
        Entry{"Ipv6InBrackets", "[2001:db8::1]", "2001:db8::1"},
        Entry{"Ipv6WithPort", "[2001:db8::1]:443", "2001:db8::1"},
        Entry{"Mapped", "::ffff:192.0.2.1", "192.0.2.1"},
        Entry{"MappedInBrackets", "[::ffff:192.0.2.1]:80", "192.0.2.1"}, Entry{"Empty", "", "none"},
        Entry{"Unknown", "unknown", "none"}, Entry{"Obfuscated", "_hidden", "none"},
        Entry{"Name", "calls.example.com", "none"}, Entry{"NoPort", "192.0.2.1:", "none"},
        Entry{"Port", ":80", "none"}, Entry{"WordForPort", "192.0.2.1:http", "none"},
        Entry{"LongPort", "192.0.2.1:123456", "none"}, Entry{"OpenBracket", "[2001:db8::1", "none"},
        Entry{"EmptyBrackets", "[]", "none"}, Entry{"BehindBracket", "[2001:db8::1]x", "none"},
        Entry{"NoPortBehindBracket", "[2001:db8::1]:", "none"},
        Entry{"Ipv4InBrackets", "[192.0.2.1]", "none"},
        Entry{"Ipv4InBracketsWithPort", "[192.0.2.1]:80", "none"},
        Entry{"Zone", "fe80::1%eth0", "none"}, Entry{"Quoted", "\"192.0.2.1\"", "none"},
        Entry{"Two", "192.0.2.1 192.0.2.2", "none"},
        Entry{"Nul", std::string{"192.0.2.1\0", 10}, "none"},
        Entry{"Huge", std::string(10'000, '1'), "none"}, Entry{"Markup", "<script>", "none"}),
    [](const auto& row) { return row.param.name; });

struct Forwarded {
    const char* name;
    const char* peer; ///< empty: a Unix socket
    std::vector<std::string> lines;
    std::string client;
};

void PrintTo(const Forwarded& forwarded, std::ostream* out) {
    *out << forwarded.name;
}

class ClientAddress : public testing::TestWithParam<Forwarded> {
  protected:
    static std::vector<Network> trusted() {
        return {*Network::parse("127.0.0.0/8"), *Network::parse("10.0.0.0/8"),
                *Network::parse("2001:db8:1::/48")};
    }
};

TEST_P(ClientAddress, IsTheNearestThatIsNoTrustedProxy) {
    std::vector<HttpHeader> headers{{"Host", "h"}};
    for (const std::string& line : GetParam().lines) {
        headers.push_back({"X-Forwarded-For", line});
        headers.push_back({"Forwarded", "for=203.0.113.99"});
    }
    EXPECT_EQ(shown(client_of(IpAddress::parse(GetParam().peer), headers, trusted())),
              GetParam().client);
}

INSTANTIATE_TEST_SUITE_P(
    Table, ClientAddress,
    testing::Values(
        Forwarded{"NoHeader", "127.0.0.1", {}, "127.0.0.1"},
        Forwarded{"OneProxy", "127.0.0.1", {"203.0.113.7"}, "203.0.113.7"},
        Forwarded{"TwoProxies", "127.0.0.1", {"203.0.113.7, 10.0.0.2"}, "203.0.113.7"},
        Forwarded{"OverLines", "127.0.0.1", {"203.0.113.7", "10.0.0.2"}, "203.0.113.7"},
        Forwarded{"SpoofedPrefix", "127.0.0.1", {"1.1.1.1, 203.0.113.7"}, "203.0.113.7"},
        Forwarded{"SpoofedLine", "127.0.0.1", {"1.1.1.1", "203.0.113.7"}, "203.0.113.7"},
        Forwarded{"SpoofedProxy",
                  "127.0.0.1",
                  {"1.1.1.1, 10.0.0.9, 203.0.113.7, 10.0.0.2"},
                  "203.0.113.7"},
        Forwarded{"FromAStranger", "203.0.113.7", {"1.1.1.1"}, "203.0.113.7"},
        Forwarded{"OnlyProxies", "127.0.0.1", {"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
        Forwarded{"GarbageAtTheEnd", "127.0.0.1", {"203.0.113.7, unknown"}, "127.0.0.1"},
        Forwarded{"GarbageBehindAProxy", "127.0.0.1", {"1.1.1.1, <b>, 10.0.0.2"}, "10.0.0.2"},
        Forwarded{"EmptyEntries", "127.0.0.1", {", 203.0.113.7,, ,"}, "203.0.113.7"},
        Forwarded{"EmptyLine", "127.0.0.1", {"203.0.113.7", ""}, "203.0.113.7"},
        Forwarded{"WithPorts", "127.0.0.1", {"203.0.113.7:1, [2001:db8:1::5]:2"}, "203.0.113.7"},
        Forwarded{"Ipv6Client", "2001:db8:1::5", {"2001:db8:2::1"}, "2001:db8:2::1"},
        Forwarded{"UnixSocket", "", {"203.0.113.7"}, "203.0.113.7"},
        Forwarded{"UnixSocketAlone", "", {}, "none"},
        Forwarded{"UnixSocketWithGarbage", "", {"unknown"}, "none"}),
    [](const auto& row) { return row.param.name; });

TEST(ClientOf, IsThePeerWhereNobodyIsTrusted) {
    const std::vector<HttpHeader> headers{{"x-forwarded-for", "1.1.1.1"}};
    EXPECT_EQ(shown(client_of(IpAddress::parse("127.0.0.1"), headers, {})), "127.0.0.1");
}

TEST(ClientOf, IsReadWhateverTheCaseOfTheName) {
    const std::vector<HttpHeader> headers{{"x-forwarded-FOR", "1.1.1.1"}};
    EXPECT_EQ(shown(client_of(IpAddress::parse("::1"), headers, {*Network::parse("::1")})),
              "1.1.1.1");
}

} // namespace
} // namespace callctl::web
