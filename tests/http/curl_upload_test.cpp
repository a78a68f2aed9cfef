// A file as the body of a request, and how large a form really is.
#include "curl/http_client.hpp"
#include "support/scripted_server.hpp"
#include "support/temporary_folder.hpp"
#include "transcript/exchange.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <future>

namespace callctl::curl {
namespace {

using support::answer;
using support::AnsweringServer;
using support::Conversation;
using support::ScriptedServer;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string body_of(const std::string& request) {
    return request.substr(request.find("\r\n\r\n") + 4);
}

/// Every byte value, so that none of them is changed on the way.
std::string many_bytes(std::size_t size) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i) {
        bytes[i] = static_cast<char>(i * 7 + i / 251);
    }
    return bytes;
}

class CurlUpload : public testing::Test {
  protected:
    [[nodiscard]] base::HttpRequest upload(const std::string& url, const std::string& name,
                                           const std::string& method = "POST") const {
        return {.method = method,
                .url = url,
                .headers = {{"Content-Type", "audio/wav"}},
                .body = base::FileBody{m_folder.path(name)}};
    }

    support::TemporaryFolder m_folder;
};

TEST_F(CurlUpload, SendsTheFileAsItIsWithItsLength) {
    const std::string bytes = many_bytes(3'000'001);
    m_folder.write("a.wav", bytes);
    AnsweringServer server{[](const std::string&) { return answer(200, "{}"); }};
    CurlHttpClient client;
    for (int i = 0; i < 2; ++i) {
        const auto response = client.send(upload(server.url("/listen"), "a.wav"));
        ASSERT_TRUE(response) << response.error().message;
    }
    ASSERT_EQ(server.requests().size(), 2U);
    for (const std::string& request : server.requests()) {
        EXPECT_THAT(request.substr(0, 400),
                    AllOf(StartsWith("POST /listen HTTP/1.1\r\n"),
                          HasSubstr("Content-Length: 3000001\r\n"),
                          HasSubstr("Content-Type: audio/wav\r\n"), Not(HasSubstr("Expect")),
                          Not(HasSubstr("Transfer-Encoding"))));
        EXPECT_TRUE(body_of(request) == bytes) << "the bytes changed on the way";
    }
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(CurlUpload, SendsAnEmptyFile) {
    m_folder.write("a.wav", "");
    AnsweringServer server{[](const std::string&) { return answer(200, "{}"); }};
    CurlHttpClient client;
    ASSERT_TRUE(client.send(upload(server.url(), "a.wav")));
    EXPECT_THAT(server.requests().at(0), HasSubstr("Content-Length: 0\r\n"));
}

TEST_F(CurlUpload, HandsBackARefusalThatComesBeforeTheEndOfTheFile) {
    m_folder.write("a.wav", many_bytes(20'000'000));
    ScriptedServer server{[](Conversation& conversation) {
        conversation.send(answer(413, "too large", "Connection: close\r\n"));
        conversation.wait_for_close();
    }};
    CurlHttpClient client;
    const auto response = client.send(upload(server.url(), "a.wav"));
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->status, 413);
}

TEST_F(CurlUpload, BeginsAnewWhereARequestMayBeRepeated) {
    const std::string bytes = many_bytes(100'000);
    m_folder.write("a.wav", bytes);
    std::atomic<int> connections{0};
    std::promise<std::string> repeated;
    ScriptedServer server{[&](Conversation& conversation) {
        if (++connections == 1) {
            static_cast<void>(conversation.request());
            conversation.send(answer(200, "one"));
            static_cast<void>(conversation.request()); // taken whole, and then the connection ends
            return;
        }
        repeated.set_value(conversation.request().value_or(""));
        conversation.send(answer(200, "two"));
    }};
    CurlHttpClient client;
    ASSERT_TRUE(client.send(upload(server.url(), "a.wav", "PUT")));
    const auto again = client.send(upload(server.url(), "a.wav", "PUT"));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->body, "two");
    EXPECT_TRUE(body_of(repeated.get_future().get()) == bytes) << "not from the beginning";
}

TEST_F(CurlUpload, OfAFileThatIsNotThereIsThisHostsFault) {
    AnsweringServer server{[](const std::string&) { return answer(200, "{}"); }};
    CurlHttpClient client;
    for (const char* const name : {"absent.wav", "."}) {
        const auto response = client.send(upload(server.url(), name));
        ASSERT_FALSE(response) << name;
        EXPECT_EQ(response.error().kind, base::ErrorKind::transient);
        EXPECT_THAT(response.error().message,
                    AllOf(StartsWith("local: cannot read "), HasSubstr(name)));
    }
    EXPECT_EQ(server.connections(), 0);
}

TEST_F(CurlUpload, OfAFileThatShrinksIsThisHostsFault) {
    m_folder.write("a.wav", many_bytes(30'000'000)); // more than the sockets' buffers hold
    const std::string path = m_folder.path("a.wav");
    ScriptedServer server{[path](Conversation& conversation) {
        static_cast<void>(conversation.closed_within(std::chrono::minutes{1})); // the first bytes
        std::filesystem::resize_file(path, 0);
        conversation.wait_for_close();
    }};
    CurlHttpClient client;
    const auto response = client.send(upload(server.url(), "a.wav"));
    ASSERT_FALSE(response);
    EXPECT_THAT(response.error().message, AllOf(StartsWith("local: "), HasSubstr("shorter")));
}

TEST(CurlForm, IsNeverLargerThanTheRoomForAudioAllows) {
    AnsweringServer server{[](const std::string&) { return answer(200, "{}"); }};
    transcript::Server plain{.base_url = server.url("/v1"), .model = "m", .max_bytes = 300'000};
    transcript::Server full = plain;
    full.response_format = "verbose_json";
    full.language_field = "languages[]";
    full.languages = {"he", "en"};
    full.prompt = std::string(3000, '"');
    full.keywords = {"a \"quoted\" word", "כתר"};
    full.extra_fields = {{"a\"b", "c"}, {"no_language_probabilities", "true"}};
    CurlHttpClient client;
    for (const transcript::Server& asked : {plain, full}) {
        const auto request = transcript::transcription_request(
            asked, std::string(transcript::audio_room(asked), 'x'), "channel0_0001.wav");
        ASSERT_TRUE(client.send(request));
    }
    for (const std::string& request : server.requests()) {
        EXPECT_LE(body_of(request).size(), 300'000U);
        EXPECT_GT(body_of(request).size(), 296'000U) << "more room was left than is needed";
    }
}

} // namespace
} // namespace callctl::curl
