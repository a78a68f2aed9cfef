// What the tests of each kind of server have in common.
#pragma once

#include "transcript/deepgram.hpp"
#include "transcript/exchange.hpp"
#include "transcript/preset.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

namespace callctl::transcript {

/// As configured with nothing but a model, a key and the languages of the calls.
inline Server configured(std::string_view provider, std::string model,
                         std::vector<std::string> languages = {"he"}) {
    Server server = preset(provider).value();
    server.model = std::move(model);
    server.api_key = base::Secret{"key-1"};
    if (!languages.empty()) {
        server.languages = std::move(languages);
    }
    return settled(std::move(server));
}

/// The form as lines `name=content`; of a file part its name, type and length.
inline std::vector<std::string> form_of(const base::HttpRequest& request) {
    std::vector<std::string> lines;
    for (const base::MultipartField& field : std::get<base::Multipart>(request.body)) {
        lines.push_back(field.file_name.empty()
                            ? field.name + "=" + field.content
                            : field.name + "@" + field.file_name + ";" + field.content_type + ";" +
                                  std::to_string(field.content.size()));
    }
    return lines;
}

/// The header line that carries the key; empty without one.
inline std::string auth_line(const base::HttpRequest& request) {
    const auto* const auth = std::get_if<base::HeaderAuth>(&request.auth);
    return auth == nullptr ? "" : auth->name + ": " + auth->prefix + auth->value.reveal();
}

inline base::HttpResponse reply(std::string body) {
    return {.status = 200,
            .headers = {{"Content-Type", "application/json"}, {"x-request-id", "req_1"}},
            .body = std::move(body)};
}

inline Transcription heard_in(const std::string& body) {
    auto outcome = read_transcription(reply(body));
    EXPECT_TRUE(outcome) << outcome.error().detail;
    return outcome ? *outcome : Transcription{};
}

/// A recorded refusal and what it is to us.
struct Refusal {
    const char* name;
    int status;
    const char* body;
    call::Reason reason;
    call::Remedy remedy{call::Remedy::none};
    std::vector<base::HttpHeader> headers{};
    std::optional<std::chrono::milliseconds> retry_after{};
};

inline std::ostream& operator<<(std::ostream& out, const Refusal& refusal) {
    return out << refusal.name;
}

inline std::string refusal_name(const testing::TestParamInfo<Refusal>& info) {
    return info.param.name;
}

inline base::HttpResponse response_of(const Refusal& refusal) {
    return {.status = refusal.status, .headers = refusal.headers, .body = refusal.body};
}

template <class Outcome>
void expect_refusal(const Outcome& outcome, const Refusal& refusal) {
    ASSERT_FALSE(outcome);
    const call::Failure& failure = outcome.error();
    EXPECT_EQ(to_string(failure.reason), to_string(refusal.reason)) << failure.detail;
    EXPECT_EQ(failure.remedy, refusal.remedy) << failure.detail;
    EXPECT_EQ(failure.retry_after, refusal.retry_after);
    EXPECT_EQ(failure.http_status, refusal.status);
    EXPECT_THAT(failure.detail, testing::StartsWith("transcription: HTTP "));
}

} // namespace callctl::transcript
