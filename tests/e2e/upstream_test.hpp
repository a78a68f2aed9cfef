// serve-webhooks before an application that serves the TwiML, with a validator of its own.
#pragma once

#include "e2e/end_to_end_test.hpp"

#include "sim/digest.hpp"
#include "support/scripted_server.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace callctl::e2e {

inline const std::string k_theirs = "<?xml version=\"1.0\"?>\n<Response><!-- theirs -->"
                                    "<Connect><Stream url=\"wss://app.example.com/s\"/></Connect>"
                                    "</Response>\n";
inline const std::string k_xml = "Content-Type: text/xml\r\n";
inline const std::string k_voice_path = "/webhook/incoming_call";

inline std::string header(const std::string& request, const std::string& name) {
    const auto begin = request.find("\r\n" + name + ": ");
    if (begin == std::string::npos) {
        return {};
    }
    const auto value = begin + name.size() + 4;
    return request.substr(value, request.find("\r\n", value) - value);
}

/// As Twilio's tutorials make them: the URL is the one that the request came to, by its Host.
inline bool is_signed(const std::string& request) {
    const auto path = request.find(' ') + 1;
    const std::string url =
        "http://" + header(request, "Host") + request.substr(path, request.find(' ', path) - path);
    const auto form = sim::parse_fields(request.substr(request.find("\r\n\r\n") + 4));
    return header(request, "X-Twilio-Signature") == sim::twilio_signature(k_token, url, form);
}

/// Refuses what is not signed, and otherwise gives its answers one after the other, the last for
/// good.
class Application {
  public:
    explicit Application(std::vector<std::string> answers)
        : m_answers{std::move(answers)}, m_server{[this](const std::string& request) {
              if (!is_signed(request)) {
                  return support::answer(403, "not signed");
              }
              return m_answers.at(std::min(m_next++, m_answers.size() - 1));
          }} {}

    [[nodiscard]] std::string url() const { return m_server.url(""); }
    [[nodiscard]] std::vector<std::string> requests() const { return m_server.requests(); }

  private:
    std::vector<std::string> m_answers;
    std::atomic<std::size_t> m_next{0};
    support::AnsweringServer m_server;
};

inline std::string twiml_answer(const std::string& twiml, const std::string& more_headers = "") {
    return support::answer(200, twiml, k_xml + more_headers);
}

class UpstreamTest : public EndToEndTest {
  protected:
    void serve_before(const std::string& url, const std::vector<std::string>& arguments = {}) {
        m_environment["CALLCTL_UPSTREAM_URL"] = url;
        serve(arguments);
    }

    base::HttpRequest voice(const std::string& sid_digit = "a") const {
        const sim::Fields fields{
            {"AccountSid", k_account}, {"CallSid", "CA" + std::string(32, sid_digit[0])},
            {"CallStatus", "ringing"}, {"Direction", "inbound"},
            {"From", "+972501234567"}, {"To", "+97231234567"}};
        return {.method = "POST",
                .url = "http://127.0.0.1:" + std::to_string(m_port) + k_voice_path,
                .headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                            {"X-Twilio-Signature",
                             sim::twilio_signature(k_token, k_public + k_voice_path, fields)},
                            {"I-Twilio-Idempotency-Token", "token-" + sid_digit},
                            {"Cookie", "session=1"}},
                .body = sim::encode_fields(fields)};
    }

    base::HttpResponse call_comes_in() {
        auto response = m_http.send(voice());
        EXPECT_TRUE(response) << response.error().message;
        return response ? std::move(*response) : base::HttpResponse{};
    }

    std::future<base::Result<base::HttpResponse>> begin(base::HttpRequest request) {
        const auto ended = std::make_shared<std::promise<base::Result<base::HttpResponse>>>();
        m_http.start(std::move(request), [ended](base::Result<base::HttpResponse> result) {
            ended->set_value(std::move(result));
        });
        return ended->get_future();
    }

    /// The built-in answer: the recording, and the stream of the configuration.
    static void expect_fallback(const base::HttpResponse& response) {
        EXPECT_EQ(response.status, 200);
        EXPECT_THAT(response.body, testing::HasSubstr("<Response><Start><Recording"));
        EXPECT_THAT(response.body, testing::HasSubstr("wss://agent.example.com/stream"));
    }
    std::size_t lines_with(const std::string& words) {
        const auto lines = sim::split(m_server->err(), '\n');
        return static_cast<std::size_t>(
            std::ranges::count_if(lines, [&words](const std::string& line) {
                return line.find(words) != std::string::npos;
            }));
    }
};

} // namespace callctl::e2e
