// What is refused before the handler sees it, and that nothing of it harms the server.
#include "web_handlers.hpp"

#include "support/loopback_client.hpp"
#include "web/server.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <ostream>

namespace callctl::web {
namespace {

using support::LoopbackClient;

struct Refused {
    std::string name;
    std::string bytes;
    int status;
};

void PrintTo(const Refused& refused, std::ostream* out) {
    *out << refused.name;
}

std::string get_with(const std::string& header_lines) {
    return "GET / HTTP/1.1\r\nHost: h\r\n" + header_lines + "\r\n";
}

std::string post_with(const std::string& header_lines, const std::string& body) {
    return "POST / HTTP/1.1\r\nHost: h\r\n" + header_lines + "\r\n" + body;
}

std::string repeated(const std::string& text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) {
        all += text;
    }
    return all;
}

/// `0` and a final chunk after so many chunks of 1000 bytes.
std::string chunks(int count) {
    return repeated("3e8\r\n" + std::string(1000, 'x') + "\r\n", count) + "0\r\n\r\n";
}

ServerOptions small_limits() {
    ServerOptions options;
    options.listen = "127.0.0.1:0";
    options.max_header_bytes = 2048;
    options.max_header_fields = 20;
    options.max_body_bytes = 4096;
    return options;
}

class WebMalformed : public testing::TestWithParam<Refused> {
  protected:
    WebMalformed()
        : m_handler{[this](const port::WebRequest& request) {
              ++m_handled;
              return port::WebResponse{.status = 200, .body = request.body};
          }},
          m_server{small_limits(), m_handler} {}

    std::atomic<int> m_handled{0};
    DirectHandler m_handler;
    Server m_server;
};

TEST_P(WebMalformed, IsRefusedAndTheConnectionClosed) {
    LoopbackClient client{m_server.port()};
    client.send(GetParam().bytes);
    client.finish_sending();
    const auto response = client.response();
    ASSERT_TRUE(response) << "closed without an answer";
    EXPECT_EQ(response->status, GetParam().status);
    EXPECT_TRUE(response->has("Connection: close\r\n")) << response->head;
    EXPECT_EQ(client.rest(), "");
    EXPECT_EQ(m_handled, 0);

    LoopbackClient next{m_server.port()};
    next.send(get_with(""));
    EXPECT_EQ(next.response()->status, 200);
}

std::vector<Refused> malformed() {
    const std::string nul(1, '\0');
    return {
        {"Garbage", "\x16\x03\x01\x02\x00 TLS?\r\n\r\n", 400},
        {"EmptyLines", "\r\n\r\n\r\n\r\n", 400},
        {"NoTarget", "GET\r\n\r\n", 400},
        {"TwoSpaces", "GET  / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        {"SpaceInTarget", "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", 505}, // "b ..." is no version
        {"NulInTarget", "GET /" + nul + " HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        {"AsteriskTarget", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        {"AuthorityTarget", "CONNECT evil.example:443 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        {"RelativeTarget", "GET webhook HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        {"NoHost", "GET / HTTP/1.1\r\n\r\n", 400},
        {"TwoHosts", get_with("Host: other\r\n"), 400},
        {"Http2Preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
        {"Http09", "GET /\r\n\r\n", 400},
        {"Http12", "GET / HTTP/1.2\r\nHost: h\r\n\r\n", 505},
        {"LowerCaseVersion", "GET / http/1.1\r\nHost: h\r\n\r\n", 505},
        {"BareLineFeeds", "GET / HTTP/1.1\nHost: h\n\n", 505}, // nor is "HTTP/1.1\n"
        {"BareLineFeedInHeader", get_with("A: b\nC: d\r\n"), 400},
        {"BareCarriageReturn", get_with("A: b\rC: d\r\n"), 400},
        {"NulInHeaderValue", get_with("A: b" + nul + "c\r\n"), 400},
        {"ControlInHeaderValue", get_with("A: b\x07\r\n"), 400},
        {"EscapeInHeaderValue", get_with("A: \x1b[2J\r\n"), 400},
        {"DeleteInHeaderValue", get_with("A: b\x7f\r\n"), 400},
        {"TabInTarget", "GET /\ta HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        {"SpaceBeforeColon", get_with("A : b\r\n"), 400},
        {"NoColon", get_with("justtext\r\n"), 400},
        {"EmptyName", get_with(": b\r\n"), 400},
        {"ByteAbove7fInName", get_with("\xd7\x90: b\r\n"), 400},
        {"LengthAndChunked",
         post_with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
        {"ChunkedAndLength",
         post_with("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"), 400},
        {"TwoLengths", post_with("Content-Length: 2\r\nContent-Length: 5\r\n", "abcde"), 400},
        {"TwoEqualLengths", post_with("Content-Length: 5\r\nContent-Length: 5\r\n", "abcde"), 400},
        {"LengthTwiceWithoutRegardToCase",
         post_with("Content-Length: 5\r\ncontent-length: 6\r\n", "abcde"), 400},
        {"LengthWithBlankInside", post_with("Content-Length: 1 0\r\n", "abcde"), 400},
        {"LengthList", post_with("Content-Length: 2, 5\r\n", "abcde"), 400},
        {"LengthListOfEqualOnes", post_with("Content-Length: 5, 5\r\n", "abcde"), 400},
        {"LengthListWithoutBlanks", post_with("Content-Length: 5,5\r\n", "abcde"), 400},
        {"LengthWithComma", post_with("Content-Length: 5,\r\n", "abcde"), 400},
        {"LengthWithPlus", post_with("Content-Length: +3\r\n", "abc"), 400},
        {"LengthNegative", post_with("Content-Length: -1\r\n", "abc"), 400},
        {"LengthHex", post_with("Content-Length: 0x3\r\n", "abc"), 400},
        {"LengthEmpty", post_with("Content-Length: \r\n", "abc"), 400},
        {"LengthBeyond64Bit", post_with("Content-Length: 18446744073709551617\r\n", "a"), 400},
        {"LengthHuge", post_with("Content-Length: 18446744073709551615\r\n", "a"), 413},
        {"LengthBeyondLimit", post_with("Content-Length: 4097\r\n", ""), 413},
        {"LengthBeyondLimitWithExpect",
         post_with("Expect: 100-continue\r\nContent-Length: 4097\r\n", ""), 413},
        {"UnknownExpectation", post_with("Expect: miracle\r\nContent-Length: 1\r\n", "a"), 417},
        {"UnknownTransferCoding", post_with("Transfer-Encoding: xchunked\r\n", ""), 501},
        {"ChunkedAndLengthOverLines",
         post_with("Content-Length: 5\r\nA: b\r\ntransfer-encoding:\tchunked\r\n", "0\r\n\r\n"),
         400},
        {"ChunkedList", post_with("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n"), 501},
        {"ChunkedIdentity", post_with("Transfer-Encoding: identity\r\n", "abc"), 501},
        {"ChunkedWithVerticalTab",
         post_with("Transfer-Encoding: \x0b"
                   "chunked\r\n",
                   "0\r\n\r\n"),
         400},
        {"GzipChunked", post_with("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 501},
        {"ChunkedTwice",
         post_with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
         400},
        {"ChunkedOverHttp10", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         400},
        {"ChunkSizeNotHex", post_with("Transfer-Encoding: chunked\r\n", "xyz\r\nabc\r\n"), 400},
        {"ChunkSizeBeyond64Bit",
         post_with("Transfer-Encoding: chunked\r\n", "10000000000000003\r\nabc\r\n"), 400},
        {"ChunkSizeNegative", post_with("Transfer-Encoding: chunked\r\n", "-3\r\nabc\r\n"), 400},
        {"ChunkLongerThanItSays",
         post_with("Transfer-Encoding: chunked\r\n", "3\r\nabcdef\r\n0\r\n\r\n"), 400},
        {"ChunkExtensionWithoutEnd",
         post_with("Transfer-Encoding: chunked\r\n", "3;" + std::string(20'000, 'x')), 400},
        {"TrailersWithoutEnd",
         post_with("Transfer-Encoding: chunked\r\n",
                   "3\r\nabc\r\n0\r\n" + repeated("A: b\r\n", 5000)),
         400},
        {"ChunkedBodyBeyondLimit", post_with("Transfer-Encoding: chunked\r\n", chunks(5)), 413},
        {"ChunkedBodyOf1Megabyte", post_with("Transfer-Encoding: chunked\r\n", chunks(1000)), 413},
        {"OneHugeChunk",
         post_with("Transfer-Encoding: chunked\r\n", "fffffffffffffff0\r\n" + chunks(50)), 413},
        {"RequestLineWithoutEnd", "GET /" + std::string(10'000, 'x'), 431},
        {"HeaderWithoutEnd", "GET / HTTP/1.1\r\nA: " + std::string(100'000, 'x'), 431},
        {"HeaderBeyondLimit", get_with("A: " + std::string(2048, 'x') + "\r\n"), 431},
        {"TooManyFields", get_with(repeated("A: b\r\n", 20)), 431},
        {"MillionFields", get_with(repeated("A: b\r\n", 1'000'000)), 431},
    };
}

INSTANTIATE_TEST_SUITE_P(Table, WebMalformed, testing::ValuesIn(malformed()),
                         [](const auto& row) { return row.param.name; });

struct Taken {
    std::string name;
    std::string bytes;
    std::string body;
};

void PrintTo(const Taken& taken, std::ostream* out) {
    *out << taken.name;
}

class WebAtItsLimits : public testing::TestWithParam<Taken> {};

TEST_P(WebAtItsLimits, IsTaken) {
    DirectHandler handler{[](const port::WebRequest& request) {
        return port::WebResponse{.status = 200, .body = request.body};
    }};
    Server server{small_limits(), handler};
    LoopbackClient client{server.port()};
    client.send(GetParam().bytes);
    const auto response = client.response();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->body, GetParam().body);
}

INSTANTIATE_TEST_SUITE_P(
    Table, WebAtItsLimits,
    testing::Values(
        Taken{"LargestBody", post_with("Content-Length: 4096\r\n", std::string(4096, 'x')),
              std::string(4096, 'x')},
        Taken{"LargestChunkedBody", post_with("Transfer-Encoding: chunked\r\n", chunks(4)),
              std::string(4000, 'x')},
        Taken{"AllFieldsAllowed", get_with(repeated("A: b\r\n", 19)), ""},
        Taken{"LargeHeader", get_with("A: " + std::string(1900, 'x') + "\r\n"), ""},
        Taken{"BinaryBody", post_with("Content-Length: 4\r\n", std::string{"\0\xff\r\n", 4}),
              std::string{"\0\xff\r\n", 4}},
        Taken{"BytesAbove7fInTarget", "GET /\xd7\x90 HTTP/1.1\r\nHost: h\r\n\r\n", ""},
        Taken{"FoldedHeader", get_with("A: b\r\n c\r\n"), ""},
        Taken{"BytesAbove7fInValue", get_with("A: \xd7\x90\r\n"), ""},
        Taken{"UnknownMethod", "FROB / HTTP/1.1\r\nHost: h\r\n\r\n", ""},
        Taken{"EmptyHost", "GET / HTTP/1.1\r\nHost:\r\n\r\n", ""},
        Taken{"CapitalChunked", post_with("Transfer-Encoding: Chunked\r\n", chunks(1)),
              std::string(1000, 'x')},
        Taken{"LengthZero", post_with("Content-Length: 0\r\n", ""), ""}),
    [](const auto& row) { return row.param.name; });

TEST(WebTrailers, DoNotBecomeHeaders) {
    HoldingHandler handler;
    Server server{small_limits(), handler};
    LoopbackClient client{server.port()};
    client.send(post_with("Transfer-Encoding: chunked\r\n",
                          "1\r\na\r\n0\r\nX-Twilio-Signature: forged\r\n\r\n"));
    for (const auto& held : handler.take(1)) {
        EXPECT_EQ(base::find_header(held.request.headers, "X-Twilio-Signature"), "");
        held.reply({.status = 204});
    }
    EXPECT_EQ(client.response()->status, 204);
}

} // namespace
} // namespace callctl::web
