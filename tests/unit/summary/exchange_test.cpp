#include "summary/exchange.hpp"
#include "summary/preset.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck/gtest.h>

namespace callctl::summary {
namespace {

using Json = nlohmann::json;
using call::Reason;

const std::string k_answer =
    R"({"language":"en","topic":"Air conditioner","outcome":"Visit on Sunday","agreed":[],)"
    R"("follow_ups":[],"sentiment":"neutral","customer_name":null})";

base::HttpResponse ok(const Json& body) {
    return {.status = 200,
            .headers = {{"x-request-id", "req_9"}},
            .body = body.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

// A reply as chat completions sends it.
Json reply(const Json& content, const std::string& finish_reason = "stop") {
    return {{"id", "chatcmpl-1"},
            {"object", "chat.completion"},
            {"choices",
             Json::array(
                 {{{"index", 0},
                   {"message", {{"role", "assistant"}, {"content", content}, {"refusal", nullptr}}},
                   {"logprobs", nullptr},
                   {"finish_reason", finish_reason}}})},
            {"usage", {{"total_tokens", 29}}}};
}

call::Outcome<Answer> read(const base::HttpResponse& response) {
    return read_answer(*preset("openai"), response);
}

call::Failure failure(const Json& body) {
    const auto outcome = read(ok(body));
    EXPECT_FALSE(outcome);
    return outcome ? call::Failure{} : outcome.error();
}

TEST(ReadChat, ReadsTheAnswer) {
    const auto answer = read(ok(reply(k_answer)));
    ASSERT_TRUE(answer) << answer.error().detail;
    EXPECT_EQ(answer->text, k_answer);
    EXPECT_EQ(answer->ending, Ending::whole);
    EXPECT_EQ(answer->request_id, "req_9");
}

TEST(ReadChat, HasNoNulInItsAnswer) {
    EXPECT_EQ(read(ok(reply(std::string{"call \0back", 10})))->text, "call \uFFFDback");
}

TEST(ReadChat, TakesContentInParts) {
    EXPECT_EQ(read(ok(reply(Json::array({{{"type", "text"}, {"text", k_answer}}}))))->text,
              k_answer);
    EXPECT_EQ(read(ok(reply(Json::array({{{"type", "text"}, {"text", k_answer.substr(0, 40)}},
                                         {{"type", "text"}, {"text", k_answer.substr(40)}}}))))
                  ->text,
              k_answer);
}

TEST(ReadChat, TakesAReplyWithoutWhatIsOptional) {
    Json body;
    body["choices"][0]["message"]["content"] = k_answer;
    EXPECT_TRUE(read(ok(body)));
}

TEST(ReadChat, ARefusalIsRefused) {
    Json body = reply(nullptr);
    body["choices"][0]["message"]["refusal"] = "I can't help with the caller's card 4580";
    const auto refused = failure(body);
    EXPECT_EQ(refused.reason, Reason::refused);
    EXPECT_EQ(refused.detail, "summary: the model refused");
    EXPECT_EQ(refused.request_id, "req_9");
    body["choices"][0]["message"]["content"] = k_answer; // a refusal beside content is one, too
    EXPECT_EQ(failure(body).reason, Reason::refused);
    body["choices"][0]["message"]["refusal"] = "";
    EXPECT_TRUE(read(ok(body)));
}

TEST(ReadChat, AContentFilterIsRefused) {
    EXPECT_EQ(failure(reply("", "content_filter")).reason, Reason::refused);
    EXPECT_EQ(failure(reply(k_answer, "content_filter")).reason, Reason::refused);
}

TEST(ReadChat, AnAnswerThatWasCutOffSaysSoEvenWhenItIsEmpty) {
    const auto cut = read(ok(reply(k_answer.substr(0, 30), "length")));
    ASSERT_TRUE(cut);
    EXPECT_EQ(cut->ending, Ending::cut_off);
    EXPECT_EQ(read(ok(reply(nullptr, "length")))->ending, Ending::cut_off);
}

TEST(ReadChat, AFailedGenerationIsTheProvidersError) {
    EXPECT_EQ(failure(reply("half", "error")).reason, Reason::provider_error);
    Json body = reply("half", "error");
    body["choices"][0]["error"] = {{"code", 429}, {"message", "slow down"}};
    EXPECT_EQ(failure(body).reason, Reason::rate_limited);
}

TEST(ReadChat, AnEmptyAnswerIsABadReply) {
    for (const Json& content : {Json(nullptr), Json(""), Json(" \n"), Json(7), Json::array(),
                                Json::array({7, {{"type", "image"}}}), Json::object()}) {
        EXPECT_EQ(failure(reply(content)).detail, "summary: the answer is empty") << content;
    }
}

TEST(ReadChat, AReplyWithoutAChoiceIsABadReply) {
    for (const char* const body : {"{}", R"({"choices":[]})", R"({"choices":null})",
                                   R"({"choices":{"0":{}}})", R"({"output":[]})"}) {
        EXPECT_EQ(failure(Json::parse(body)).detail, "summary: a JSON object without choices");
    }
    for (const char* const body :
         {R"({"choices":[null]})", R"({"choices":[[]]})", R"({"choices":[{"message":null}]})",
          R"({"choices":["x"]})", R"({"choices":[{"message":"x","finish_reason":7}]})"}) {
        EXPECT_EQ(failure(Json::parse(body)).reason, Reason::bad_reply) << body;
    }
}

TEST(ReadChat, RefusalsOfTheServerHaveTheirReason) {
    const auto outcome =
        read({.status = 400,
              .body = R"({"error":{"message":"too long","code":"context_length_exceeded"}})"});
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().reason, Reason::too_large);
    EXPECT_EQ(outcome.error().detail, "summary: HTTP 400 context_length_exceeded: too long");
    EXPECT_EQ(read({.status = 200, .body = "<html>"}).error().reason, Reason::provider_error);
    EXPECT_EQ(read({.status = 200, .body = ""}).error().reason, Reason::bad_reply);
    EXPECT_EQ(read({.status = 200, .body = R"({"choices":[{"mess)"}).error().reason,
              Reason::bad_reply);
}

RC_GTEST_PROP(ReadChat, NeverThrowsOnRandomBytes, (const std::string& body)) {
    (void)read({.status = 200, .body = body});
    (void)read({.status = 200, .body = "{\"choices\":[" + body + "]}"});
    (void)read(ok(reply(body)));
}

RC_GTEST_PROP(ReadChat, SurvivesAnyChangedByte, ()) {
    auto response = ok(reply(k_answer));
    response.body[*rc::gen::inRange<std::size_t>(0, response.body.size())] =
        *rc::gen::arbitrary<char>();
    const auto outcome = read(response);
    const bool sound = outcome.has_value() || !outcome.error().detail.empty();
    RC_ASSERT(sound);
}

TEST(TokensOf, ReadsTheUsageOfBothKindsOfServers) {
    EXPECT_EQ(tokens_of(ok(Json::parse(R"({"usage":{"prompt_tokens":19,"completion_tokens":10,
        "total_tokens":29,"prompt_tokens_details":{"cached_tokens":5}}})"))),
              (Tokens{19, 10}));
    EXPECT_EQ(tokens_of(ok(Json::parse(R"({"usage":{"input_tokens":100,"output_tokens":7,
        "cache_creation_input_tokens":20,"cache_read_input_tokens":3}})"))),
              (Tokens{123, 7}));
}

TEST(TokensOf, IsNothingWhereThereIsNoUsage) {
    for (const char* const body : {"", "<html>", "[]", "{}", R"({"usage":null})", R"({"usage":7})",
                                   R"({"usage":{"prompt_tokens":-3,"completion_tokens":"9"}})",
                                   R"({"usage":{"prompt_tokens":1e300}})",
                                   R"({"usage":{"prompt_tokens":18446744073709551615}})"}) {
        EXPECT_EQ(tokens_of({.status = 200, .body = body}), Tokens{}) << body;
    }
}

} // namespace
} // namespace callctl::summary
