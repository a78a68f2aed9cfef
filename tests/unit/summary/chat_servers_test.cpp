// What each server of chat completions replies and refuses with, in its own shape. The rows are
// broken into lines here; the servers send each as one.
#include "base/text.hpp"
#include "summary/exchange.hpp"
#include "summary/preset.hpp"

#include <gtest/gtest.h>

namespace callctl::summary {
namespace {

using call::Reason;
using call::Remedy;

struct Reply {
    const char* server;
    const char* name;
    const char* body;
    Tokens tokens;
};

std::ostream& operator<<(std::ostream& out, const Reply& reply) {
    return out << reply.name;
}

template <class Row>
std::string name_of(const testing::TestParamInfo<Row>& row) {
    std::string name = std::string{row.param.server} + "_" + row.param.name;
    std::erase(name, '.');
    return name;
}

class ChatReply : public testing::TestWithParam<Reply> {};

TEST_P(ChatReply, IsRead) {
    const base::HttpResponse response{.status = 200, .body = base::one_line(GetParam().body)};
    const auto answer = read_answer(preset(GetParam().server).value(), response);
    ASSERT_TRUE(answer) << answer.error().detail;
    EXPECT_EQ(answer->text, "{}");
    EXPECT_EQ(answer->ending, Ending::whole);
    EXPECT_EQ(tokens_of(response), GetParam().tokens);
}

INSTANTIATE_TEST_SUITE_P(
    Servers, ChatReply,
    testing::Values(Reply{"openai",
                          "whole",
                          R"({"id":"chatcmpl-B","object":"chat.completion",
            "created":1741569952,"model":"m","choices":[{"index":0,"message":{"role":"assistant",
            "content":"{}","refusal":null,"annotations":[]},"logprobs":null,
            "finish_reason":"stop"}],"usage":{"prompt_tokens":19,"completion_tokens":10,
            "total_tokens":29,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},
            "completion_tokens_details":{"reasoning_tokens":0}},"service_tier":"default"})",
                          {19, 10}},
                    Reply{"azure",
                          "with_filter_results",
                          R"({"choices":[{"content_filter_results":{"hate":
            {"filtered":false,"severity":"safe"}},"finish_reason":"stop","index":0,"message":
            {"content":"{}","role":"assistant"}}],"usage":{"completion_tokens":5,
            "prompt_tokens":7,"total_tokens":12}})",
                          {7, 5}},
                    Reply{"groq",
                          "with_times",
                          R"({"choices":[{"index":0,"message":{"role":"assistant",
            "content":"{}"},"logprobs":null,"finish_reason":"stop"}],"usage":{"queue_time":0.01,
            "prompt_tokens":12,"prompt_time":0.002,"completion_tokens":3,"completion_time":0.01,
            "total_tokens":15},"x_groq":{"id":"req_01"}})",
                          {12, 3}},
                    Reply{"openrouter",
                          "with_reasoning",
                          R"({"id":"gen-1","provider":"P","choices":[{
            "finish_reason":"stop","native_finish_reason":"end_turn","message":{"role":"assistant",
            "content":"{}","refusal":"","reasoning":"hm"}}],"usage":{"prompt_tokens":4,
            "completion_tokens":2,"cost":0.0001}})",
                          {4, 2}},
                    Reply{"ollama",
                          "plain",
                          R"({"id":"chatcmpl-1","object":"chat.completion","model":"m",
            "system_fingerprint":"fp_ollama","choices":[{"index":0,"message":{"role":"assistant",
            "content":"{}"},"finish_reason":"stop"}],"usage":{"prompt_tokens":26,
            "completion_tokens":9,"total_tokens":35}})",
                          {26, 9}},
                    Reply{"llama.cpp",
                          "with_timings",
                          R"({"choices":[{"finish_reason":"stop","index":0,
            "message":{"role":"assistant","content":"{}"}}],"usage":{"completion_tokens":8,
            "prompt_tokens":11,"total_tokens":19},"timings":{"prompt_n":11}})",
                          {11, 8}},
                    Reply{"vllm",
                          "with_nulls",
                          R"({"choices":[{"index":0,"message":{"role":"assistant",
            "reasoning_content":null,"content":"{}","tool_calls":[]},"logprobs":null,
            "finish_reason":"stop","stop_reason":null}],"usage":{"prompt_tokens":3,
            "total_tokens":4,"completion_tokens":1,"prompt_tokens_details":null},
            "prompt_logprobs":null})",
                          {3, 1}}),
    name_of<Reply>);

struct Refusal {
    const char* server;
    const char* name;
    int status;
    const char* body;
    Reason reason;
    Remedy remedy{Remedy::none};
};

std::ostream& operator<<(std::ostream& out, const Refusal& refusal) {
    return out << refusal.name;
}

class ChatRefusal : public testing::TestWithParam<Refusal> {};

TEST_P(ChatRefusal, HasItsReasonAndRemedy) {
    const auto answer =
        read_answer(preset(GetParam().server).value(),
                    {.status = GetParam().status, .body = base::one_line(GetParam().body)});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().reason, GetParam().reason) << answer.error().detail;
    EXPECT_EQ(answer.error().remedy, GetParam().remedy) << answer.error().detail;
}

INSTANTIATE_TEST_SUITE_P(
    Servers, ChatRefusal,
    testing::Values(
        Refusal{"openai", "old_limit", 400,
                R"({"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with
                this model. Use 'max_completion_tokens' instead.","type":"invalid_request_error",
                "param":"max_tokens","code":"unsupported_parameter"}})",
                Reason::provider_config, Remedy::degrade},
        Refusal{"openai", "temperature", 400,
                R"({"error":{"message":"Unsupported value: 'temperature' does not support 0.0 with
                this model. Only the default (1) value is supported.",
                "type":"invalid_request_error","param":"temperature","code":"unsupported_value"}})",
                Reason::provider_config, Remedy::degrade},
        Refusal{"openai", "too_long", 400,
                R"({"error":{"message":"This model's maximum context length is 8192 tokens.",
                "type":"invalid_request_error","param":"messages",
                "code":"context_length_exceeded"}})",
                Reason::too_large, Remedy::summarise_in_parts},
        Refusal{"openai", "alone_above_the_rate", 429,
                R"({"error":{"message":"Request too large for m (TPM): Limit 30000, Requested
                34307.","type":"tokens","param":null,"code":"rate_limit_exceeded"}})",
                Reason::too_large, Remedy::summarise_in_parts},
        Refusal{"openai", "rate", 429,
                R"({"error":{"message":"Rate limit reached. Please try again in 1.146s.",
                "type":"tokens","param":null,"code":"rate_limit_exceeded"}})",
                Reason::rate_limited},
        Refusal{"openai", "quota", 429,
                R"({"error":{"message":"You exceeded your current quota","type":
                "insufficient_quota","param":null,"code":"insufficient_quota"}})",
                Reason::quota},
        Refusal{"openai", "key", 401,
                R"({"error":{"message":"Incorrect API key provided: sk-****9900.","type":
                "invalid_request_error","code":"invalid_api_key","param":null},"status":401})",
                Reason::auth},
        Refusal{"openai", "model", 404,
                R"({"error":{"message":"The model `x` does not exist","type":
                "invalid_request_error","param":null,"code":"model_not_found"}})",
                Reason::provider_config},
        Refusal{"openai", "overloaded", 503,
                R"({"error":{"message":"overloaded","type":"service_unavailable_error",
                "param":null,"code":"server_is_overloaded"}})",
                Reason::provider_error},
        Refusal{"openai", "edge", 502, "<html><body>Bad gateway</body></html>",
                Reason::provider_error},
        Refusal{"azure", "filter", 400,
                R"({"error":{"message":"The response was filtered","type":null,"param":"prompt",
                "code":"content_filter","status":400}})",
                Reason::refused},
        Refusal{"groq", "no_capacity", 498,
                R"({"error":{"message":"flex capacity","type":"flex_capacity"}})",
                Reason::provider_error},
        Refusal{"groq", "too_large", 413,
                R"({"error":{"message":"Request too large for model `m`","type":"tokens",
                "code":"rate_limit_exceeded"}})",
                Reason::too_large, Remedy::summarise_in_parts},
        Refusal{"openrouter", "under_200", 200,
                R"({"error":{"code":502,"message":"Provider returned error","metadata":{}}})",
                Reason::provider_error},
        Refusal{"openrouter", "under_200_in_the_choice", 200,
                R"({"choices":[{"error":{"code":429,"message":"slow"},"finish_reason":"error",
                "message":{"role":"assistant","content":""}}]})",
                Reason::rate_limited},
        Refusal{"openrouter", "credits", 402,
                R"({"error":{"code":402,"message":"Insufficient credits"}})", Reason::quota},
        Refusal{"openrouter", "moderation", 403,
                R"({"error":{"code":403,"message":"flagged","metadata":{"reasons":["x"],
                "flagged_input":"x"}}})",
                Reason::refused},
        Refusal{"ollama", "model", 404,
                R"({"error":{"message":"model 'm' not found","type":"not_found_error","param":null,
                "code":null}})",
                Reason::provider_config},
        Refusal{
            "ollama", "queue", 503,
            R"({"error":{"message":"server busy","type":"api_error","param":null,"code":null}})",
            Reason::provider_error},
        Refusal{"llama.cpp", "too_long", 400,
                R"({"error":{"code":400,"type":"exceed_context_size_error","message":"request (9412
                tokens) exceeds the available context size (8192 tokens), try increasing it",
                "n_prompt_tokens":9412,"n_ctx":8192}})",
                Reason::too_large, Remedy::summarise_in_parts},
        Refusal{"llama.cpp", "loading", 503,
                R"({"error":{"code":503,"message":"Loading model","type":"unavailable_error"}})",
                Reason::provider_error},
        Refusal{"vllm", "too_long", 400,
                R"({"error":{"message":"This model's maximum context length is 4096 tokens. However,
                you requested 5000 tokens","type":"BadRequestError","param":null,"code":400}})",
                Reason::too_large, Remedy::summarise_in_parts},
        Refusal{"vllm", "form", 400,
                R"({"object":"error","message":"response_format json_schema is not supported",
                "type":"BadRequestError","param":null,"code":400})",
                Reason::rejected, Remedy::degrade}),
    name_of<Refusal>);

} // namespace
} // namespace callctl::summary
