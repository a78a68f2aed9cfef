// Replies of Anthropic's Messages (https://platform.claude.com/docs/en/api/messages, errors).
#include "summary/exchange.hpp"
#include "summary/preset.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck/gtest.h>

namespace callctl::summary {
namespace {

using Json = nlohmann::json;
using call::Reason;
using call::Remedy;

Json reply(const Json& content, const Json& stop_reason = "end_turn") {
    return {{"id", "msg_01"},           {"type", "message"},
            {"role", "assistant"},      {"model", "m"},
            {"content", content},       {"stop_reason", stop_reason},
            {"stop_sequence", nullptr}, {"usage", {{"input_tokens", 9}, {"output_tokens", 4}}}};
}

Json text(const std::string& words) {
    return Json::array({{{"type", "text"}, {"text", words}}});
}

call::Outcome<Answer> read(const Json& body, int status = 200) {
    return read_answer(
        *preset("anthropic"),
        {.status = status, .headers = {{"request-id", "req_7"}}, .body = body.dump()});
}

TEST(ReadAnthropic, ReadsTheAnswer) {
    const auto answer = read(reply(text("{}")));
    ASSERT_TRUE(answer) << answer.error().detail;
    EXPECT_EQ(answer->text, "{}");
    EXPECT_EQ(answer->ending, Ending::whole);
    EXPECT_EQ(answer->request_id, "req_7");
}

TEST(ReadAnthropic, JoinsTextAndSkipsOtherBlocks) {
    EXPECT_EQ(read(reply(Json::parse(R"([{"type":"thinking","thinking":"hm","text":"no"},
        {"type":"text","text":"{\"a\""},7,null,{"type":"text","text":":1}"}])")))
                  ->text,
              R"({"a":1})");
}

struct Stop {
    const char* reason;
    bool answered;
    Ending ending;
    Reason failure;
    Remedy remedy;
};

class StopReason : public testing::TestWithParam<Stop> {};

TEST_P(StopReason, MeansThis) {
    const auto answer = read(reply(text("{}"), GetParam().reason));
    ASSERT_EQ(answer.has_value(), GetParam().answered);
    if (answer) {
        EXPECT_EQ(answer->ending, GetParam().ending);
    } else {
        EXPECT_EQ(answer.error().reason, GetParam().failure);
        EXPECT_EQ(answer.error().remedy, GetParam().remedy);
        EXPECT_EQ(answer.error().request_id, "req_7");
        EXPECT_EQ(answer.error().detail.find("{}"), std::string::npos);
    }
}

INSTANTIATE_TEST_SUITE_P(
    All, StopReason,
    testing::Values(Stop{"end_turn", true, Ending::whole, {}, {}},
                    Stop{"stop_sequence", true, Ending::whole, {}, {}},
                    Stop{"max_tokens", true, Ending::cut_off, {}, {}},
                    Stop{"tool_use", false, {}, Reason::bad_reply, Remedy::none},
                    Stop{"pause_turn", false, {}, Reason::bad_reply, Remedy::none},
                    Stop{"refusal", false, {}, Reason::refused, Remedy::none},
                    Stop{"model_context_window_exceeded",
                         false,
                         {},
                         Reason::too_large,
                         Remedy::summarise_in_parts}),
    [](const auto& row) { return std::string{row.param.reason}; });

TEST(ReadAnthropic, ARefusalNeedsNoContent) {
    Json body = reply(Json::array(), "refusal");
    body["stop_details"] = {{"type", "refusal"}, {"category", "x"}, {"explanation", "card 4580"}};
    const auto answer = read(body);
    EXPECT_EQ(answer.error().reason, Reason::refused);
    EXPECT_EQ(answer.error().detail, "summary: the model refused");
}

TEST(ReadAnthropic, WithoutContentIsABadReply) {
    EXPECT_EQ(read(Json::object()).error().reason, Reason::bad_reply);
    EXPECT_EQ(read(reply("{}")).error().detail, "summary: a JSON object without content");
    EXPECT_EQ(read(reply(Json::array())).error().detail, "summary: the answer is empty");
    EXPECT_EQ(read(reply(text(" \n"))).error().detail, "summary: the answer is empty");
    EXPECT_TRUE(read(reply(Json::array(), "max_tokens")));
    EXPECT_TRUE(read(reply(text("{}"), nullptr)));
}

struct Error {
    int status;
    const char* type;
    const char* message;
    Reason reason;
    Remedy remedy{Remedy::none};
};

class AnthropicError : public testing::TestWithParam<Error> {};

TEST_P(AnthropicError, HasItsReason) {
    const auto answer =
        read({{"type", "error"},
              {"error", {{"type", GetParam().type}, {"message", GetParam().message}}},
              {"request_id", "req_7"}},
             GetParam().status);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().reason, GetParam().reason);
    EXPECT_EQ(answer.error().remedy, GetParam().remedy);
    EXPECT_EQ(answer.error().http_status, GetParam().status);
}

INSTANTIATE_TEST_SUITE_P(
    All, AnthropicError,
    testing::Values(
        Error{400, "invalid_request_error", "messages: at least one is required", Reason::rejected},
        Error{400, "invalid_request_error", "output_config: Extra inputs are not permitted",
              Reason::rejected, Remedy::degrade},
        Error{400, "invalid_request_error", "prompt is too long: 208310 tokens > 200000 maximum",
              Reason::too_large, Remedy::summarise_in_parts},
        Error{400, "invalid_request_error", "You have reached your specified API usage limits.",
              Reason::quota},
        Error{401, "authentication_error", "invalid x-api-key", Reason::auth},
        Error{402, "billing_error", "payment", Reason::quota},
        Error{403, "permission_error", "no", Reason::auth},
        Error{404, "not_found_error", "model: m", Reason::provider_config},
        Error{409, "conflict_error", "x", Reason::provider_error},
        Error{413, "request_too_large", "Request exceeds the maximum size", Reason::too_large,
              Remedy::split_smaller},
        Error{429, "rate_limit_error", "x", Reason::quota},
        Error{500, "api_error", "x", Reason::provider_error},
        Error{504, "timeout_error", "x", Reason::timeout},
        Error{529, "overloaded_error", "Overloaded", Reason::provider_error}),
    [](const auto& row) {
        return std::to_string(row.param.status) + "_" + std::to_string(row.index);
    });

RC_GTEST_PROP(ReadAnthropic, NeverThrowsOnRandomBytes, (const std::string& body)) {
    const Server server = *preset("anthropic");
    (void)read_answer(server, {.status = 200, .body = body});
    (void)read_answer(server, {.status = 200, .body = "{\"content\":[" + body + "]}"});
}

} // namespace
} // namespace callctl::summary
