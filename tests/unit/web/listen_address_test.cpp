#include "base/exception.hpp"
#include "web/listen_address.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace callctl::web {
namespace {

TEST(ListenAddress, TakesBothFamiliesAndLocalhost) {
    EXPECT_EQ(parse_listen_address("127.0.0.1:8080").host, "127.0.0.1");
    EXPECT_EQ(parse_listen_address("127.0.0.1:8080").port, 8080);
    EXPECT_EQ(parse_listen_address("[::1]:9464").host, "::1");
    EXPECT_EQ(parse_listen_address("[::1]:9464").port, 9464);
    EXPECT_EQ(parse_listen_address("localhost:1").host, "127.0.0.1");
    EXPECT_EQ(parse_listen_address("0.0.0.0:0").port, 0);
    EXPECT_EQ(parse_listen_address("[::]:65535").port, 65535);
}

TEST(ListenAddress, TakesTheAbsolutePathOfAUnixSocket) {
    EXPECT_EQ(parse_listen_address("unix:/run/a b.sock").path, "/run/a b.sock");
    EXPECT_EQ(parse_listen_address("unix:/run/a.sock").host, "");
    EXPECT_EQ(parse_listen_address("127.0.0.1:1").path, "");
    const std::string longest = "/" + std::string(106, 'x');
    EXPECT_EQ(parse_listen_address("unix:" + longest).path, longest);
    EXPECT_THROW(static_cast<void>(parse_listen_address("unix:" + longest + "x")),
                 base::ConfigError);
}

class ListenAddressRefuses : public testing::TestWithParam<std::string> {};

TEST_P(ListenAddressRefuses, WithAHint) {
    try {
        static_cast<void>(parse_listen_address(GetParam()));
        FAIL() << "taken";
    } catch (const base::ConfigError& error) {
        EXPECT_THAT(error.what(), testing::HasSubstr("'" + GetParam() + "'"));
        EXPECT_THAT(error.hint(), testing::HasSubstr("127.0.0.1:8080"));
    }
}

INSTANTIATE_TEST_SUITE_P(Table, ListenAddressRefuses,
                         testing::Values("", "8080", ":8080", "*:8080", "127.0.0.1",
                                         "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:65536",
                                         "127.0.0.1:-1", "127.0.0.1:+1", "127.0.0.1: 80",
                                         "127.0.0.1:80 ", "::1:8080", "[::1]", "[::1]8080",
                                         "[127.0.0.1]:80", "[localhost]:80", "calls.example.com:80",
                                         "1.2.3:80", "http://127.0.0.1:80", "[::1%lo]:80",
                                         "unix:", "unix:run/a.sock", "unix:~/a.sock"));

} // namespace
} // namespace callctl::web
