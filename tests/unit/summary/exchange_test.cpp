#include "summary/exchange.hpp"

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

call::Failure failure(const Json& body) {
    const auto outcome = read_summary(ok(body));
    EXPECT_FALSE(outcome);
    return outcome ? call::Failure{} : outcome.error();
}

TEST(ReadSummary, ReadsTheAnswer) {
    const auto summary = read_summary(ok(reply(k_answer)));
    ASSERT_TRUE(summary) << summary.error().detail;
    EXPECT_EQ(summary->topic, "Air conditioner");
    EXPECT_EQ(summary->language, "en");
    EXPECT_EQ(summary->request_id, "req_9");
    EXPECT_EQ(Json::parse(summary->document).at("schema"), 1);
}

TEST(ReadSummary, TakesACodeFenceAndContentInParts) {
    EXPECT_TRUE(read_summary(ok(reply("```json\n" + k_answer + "\n```"))));
    EXPECT_TRUE(read_summary(ok(reply(Json::array({{{"type", "text"}, {"text", k_answer}}})))));
    EXPECT_TRUE(
        read_summary(ok(reply(Json::array({{{"type", "text"}, {"text", k_answer.substr(0, 40)}},
                                           {{"type", "text"}, {"text", k_answer.substr(40)}}})))));
}

TEST(ReadSummary, TakesAReplyWithoutWhatIsOptional) {
    Json body;
    body["choices"][0]["message"]["content"] = k_answer;
    EXPECT_TRUE(read_summary(ok(body)));
}

TEST(ReadSummary, ARefusalIsRefused) {
    Json body = reply(nullptr);
    body["choices"][0]["message"]["refusal"] = "I can't help with the caller's card 4580";
    const auto refused = failure(body);
    EXPECT_EQ(refused.reason, Reason::refused);
    EXPECT_EQ(refused.detail, "summary: the model refused");
    EXPECT_EQ(refused.request_id, "req_9");
    body["choices"][0]["message"]["content"] = k_answer; // a refusal beside content is one, too
    EXPECT_EQ(failure(body).reason, Reason::refused);
    body["choices"][0]["message"]["refusal"] = "";
    EXPECT_TRUE(read_summary(ok(body)));
}

TEST(ReadSummary, AContentFilterIsRefused) {
    EXPECT_EQ(failure(reply("", "content_filter")).reason, Reason::refused);
    EXPECT_EQ(failure(reply(k_answer, "content_filter")).reason, Reason::refused);
}

TEST(ReadSummary, AnAnswerThatWasCutOffIsABadReply) {
    const auto cut = failure(reply(k_answer.substr(0, 30), "length"));
    EXPECT_EQ(cut.reason, Reason::bad_reply);
    EXPECT_EQ(cut.detail, "summary: the answer was cut off at max tokens");
    EXPECT_EQ(failure(reply(nullptr, "length")).reason, Reason::bad_reply);
}

TEST(ReadSummary, AFailedGenerationIsTheProvidersError) {
    EXPECT_EQ(failure(reply("half", "error")).reason, Reason::provider_error);
    Json body = reply("half", "error");
    body["choices"][0]["error"] = {{"code", 429}, {"message", "slow down"}};
    EXPECT_EQ(failure(body).reason, Reason::rate_limited);
}

TEST(ReadSummary, AnEmptyAnswerIsABadReply) {
    for (const Json& content : {Json(nullptr), Json(""), Json(" \n"), Json(7), Json::array(),
                                Json::array({7, {{"type", "image"}}}), Json::object()}) {
        EXPECT_EQ(failure(reply(content)).detail, "summary: the answer is empty") << content;
    }
}

TEST(ReadSummary, AReplyWithoutAChoiceIsABadReply) {
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

TEST(ReadSummary, AnAnswerThatDoesNotHoldIsABadReplyThatQuotesNothing) {
    for (const char* const answer :
         {"The caller's card is 4580", R"({"topic":"The caller's card is 4580"})",
          R"({"topic":7,"card":"4580"})", "```json\n4580\n```"}) {
        const auto bad = failure(reply(answer));
        EXPECT_EQ(bad.reason, Reason::bad_reply);
        EXPECT_EQ(bad.detail.find("4580"), std::string::npos) << bad.detail;
    }
}

TEST(ReadSummary, RefusalsOfTheServerHaveTheirReason) {
    const auto outcome = read_summary(
        {.status = 400,
         .body = R"({"error":{"message":"too long","code":"context_length_exceeded"}})"});
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().reason, Reason::too_large);
    EXPECT_EQ(outcome.error().detail, "summary: HTTP 400 context_length_exceeded: too long");
    EXPECT_EQ(read_summary({.status = 200, .body = "<html>"}).error().reason, Reason::bad_reply);
    EXPECT_EQ(read_summary({.status = 200, .body = ""}).error().reason, Reason::bad_reply);
    EXPECT_EQ(read_summary({.status = 200, .body = R"({"choices":[{"mess)"}).error().reason,
              Reason::bad_reply);
}

RC_GTEST_PROP(ReadSummary, NeverThrowsOnRandomBytes, (const std::string& body)) {
    (void)read_summary({.status = 200, .body = body});
    (void)read_summary({.status = 200, .body = "{\"choices\":[" + body + "]}"});
    (void)read_summary(ok(reply(body)));
}

RC_GTEST_PROP(ReadSummary, SurvivesAnyChangedByte, ()) {
    auto response = ok(reply(k_answer));
    response.body[*rc::gen::inRange<std::size_t>(0, response.body.size())] =
        *rc::gen::arbitrary<char>();
    const auto outcome = read_summary(response);
    const bool sound = outcome.has_value() || !outcome.error().detail.empty();
    RC_ASSERT(sound);
}

} // namespace
} // namespace callctl::summary
