// Language models of others than OpenAI: what they take, what they refuse and how they say so.
#include "sim/bench.hpp"

#include <gtest/gtest.h>

namespace callctl::sim {
namespace {

Json schema_of_topic() {
    return {{"type", "object"},
            {"additionalProperties", false},
            {"required", {"topic"}},
            {"properties", {{"topic", {{"type", "string"}}}}}};
}

std::string text_of_call() {
    std::string text;
    for (const Line& line : find_dialogue("en-appointment")->lines) {
        text += line.text + "\n";
    }
    return text;
}

Json chat_body(const std::string& model, const std::string& text = text_of_call()) {
    return {{"model", model},
            {"messages", {{{"role", "user"}, {"content", text}}}},
            {"max_tokens", 500},
            {"temperature", 0.2},
            {"some_extension", true},
            {"response_format",
             {{"type", "json_schema"}, {"json_schema", {{"schema", schema_of_topic()}}}}}};
}

Answer post_json(Bench& bench, const std::string& target, const Json& body,
                 std::vector<base::HttpHeader> headers = {}) {
    if (headers.empty()) {
        headers.push_back({"Authorization", std::string{"Bearer "} + k_ai_key});
    }
    return bench.request("POST", target, std::move(headers), body.dump());
}

struct ChatServer {
    const char* name;
    const char* base;
    const char* model;
};

class EveryChatServer : public testing::TestWithParam<ChatServer> {};

TEST_P(EveryChatServer, TakesOldParametersAndFillsASchemaWithoutAName) {
    Bench bench;
    const Answer answer = post_json(bench, std::string{GetParam().base} + "/chat/completions",
                                    chat_body(GetParam().model));
    ASSERT_EQ(answer.response.status, 200) << answer.response.body;
    const std::string content = json_of(answer)["choices"][0]["message"]["content"];
    EXPECT_EQ(Json::parse(content)["topic"], find_dialogue("en-appointment")->gist.topic);
    EXPECT_EQ(json_of(bench.control("GET", "/bills"))[0]["server"], GetParam().name);
}

INSTANTIATE_TEST_SUITE_P(
    All, EveryChatServer,
    testing::Values(ChatServer{"groq", "/groq/openai/v1", "openai/gpt-oss-20b"},
                    ChatServer{"openrouter", "/openrouter/api/v1", "openai/gpt-6-luna"},
                    ChatServer{"vllm", "/vllm/v1", "Qwen/Qwen3-8B"},
                    ChatServer{"localai", "/localai/v1", "llama-3.2-3b-instruct"},
                    ChatServer{"ollama", "/ollama/v1", "llama3.2"},
                    ChatServer{"llamacpp", "/llamacpp/v1", "whatever"}),
    [](const auto& row) { return std::string{row.param.name}; });

TEST(AzureChat, TakesTheModelFromThePath) {
    Bench bench;
    Json body = chat_body("");
    body.erase("model");
    body.erase("temperature");
    body.erase("max_tokens");
    body.erase("some_extension");
    body["response_format"]["json_schema"]["name"] = "summary";
    const Answer answer = post_json(
        bench, "/azure/openai/deployments/gpt-6-luna/chat/completions?api-version=2024-10-21", body,
        {{"api-key", k_ai_key}});
    EXPECT_EQ(answer.response.status, 200) << answer.response.body;
    EXPECT_EQ(json_of(bench.control("GET", "/bills"))[0]["model"], "gpt-6-luna");
}

TEST(LlamaCpp, SaysHowMuchWasTooMuch) {
    Bench bench;
    const Answer answer =
        post_json(bench, "/llamacpp/v1/chat/completions", chat_body("x", std::string(40'000, 'x')));
    EXPECT_EQ(answer.response.status, 400);
    const Json error = json_of(answer)["error"];
    EXPECT_EQ(error["code"], 400);
    EXPECT_EQ(error["type"], "exceed_context_size_error");
    EXPECT_EQ(error["n_ctx"], 8192);
    EXPECT_GT(error["n_prompt_tokens"], 8192);
}

TEST(Ollama, ForgetsTheBeginningWithoutAWord) {
    Bench bench;
    bench.control("POST", "/settings", {{"context_tokens", 500}});
    const std::string text = text_of_call() + std::string(4000, ' ') + "nothing else";
    const Answer answer =
        post_json(bench, "/ollama/v1/chat/completions", chat_body("llama3.2", text));
    ASSERT_EQ(answer.response.status, 200);
    EXPECT_EQ(answer.response.body.find("car inspection"), std::string::npos);
}

TEST(LanguageModel, HasTheContextThatItIsGiven) {
    Bench bench;
    bench.control("POST", "/settings", {{"context_tokens", 500}});
    const Answer answer = post_json(bench, "/vllm/v1/chat/completions",
                                    chat_body("Qwen/Qwen3-8B", std::string(4000, 'x')));
    EXPECT_EQ(answer.response.status, 400);
    EXPECT_EQ(json_of(answer)["error"]["code"], 400); // a number
    EXPECT_NE(answer.response.body.find("maximum context length is 500"), std::string::npos);
}

TEST(LanguageModel, IsRationedByTheMinute) {
    Bench bench;
    bench.control("POST", "/settings", {{"tokens_per_minute", 500}});
    const Answer answer = post_json(bench, "/groq/openai/v1/chat/completions",
                                    chat_body("openai/gpt-oss-20b", std::string(4000, 'x')));
    EXPECT_EQ(answer.response.status, 429);
    EXPECT_EQ(json_of(answer)["error"]["code"], "rate_limit_exceeded");
    EXPECT_NE(answer.response.body.find("Request too large"), std::string::npos);
}

TEST(Groq, HoldsToASchemaWithSomeModelsOnly) {
    Bench bench;
    const Answer answer =
        post_json(bench, "/groq/openai/v1/chat/completions", chat_body("llama-3.3-70b-versatile"));
    EXPECT_EQ(answer.response.status, 400);
    EXPECT_NE(answer.response.body.find("json_schema"), std::string::npos);
}

TEST(OpenRouter, FailsUnder200) {
    Bench bench;
    bench.fault({{"where", "summary"},
                 {"kind", "error_in_200"},
                 {"status", 502},
                 {"message", "Provider returned error"}});
    const Answer answer =
        post_json(bench, "/openrouter/api/v1/chat/completions", chat_body("openai/gpt-6-luna"));
    EXPECT_EQ(answer.response.status, 200);
    EXPECT_EQ(json_of(answer)["error"]["code"], 502);
    EXPECT_TRUE(json_of(answer)["error"].contains("metadata"));
}

Json claude_body() {
    return {
        {"model", "claude-haiku-4-5"},
        {"max_tokens", 1000},
        {"system", "Sum it up."},
        {"messages", {{{"role", "user"}, {"content", text_of_call()}}}},
        {"output_config", {{"format", {{"type", "json_schema"}, {"schema", schema_of_topic()}}}}}};
}

Answer ask_claude(Bench& bench, const Json& body, const std::string& key = k_ai_key) {
    return post_json(bench, "/anthropic/v1/messages", body,
                     {{"x-api-key", key}, {"anthropic-version", "2023-06-01"}});
}

TEST(Anthropic, FillsTheSchema) {
    Bench bench;
    const Answer answer = ask_claude(bench, claude_body());
    ASSERT_EQ(answer.response.status, 200) << answer.response.body;
    const Json body = json_of(answer);
    EXPECT_EQ(body["stop_reason"], "end_turn");
    EXPECT_EQ(Json::parse(body["content"][0]["text"].get<std::string>())["topic"],
              find_dialogue("en-appointment")->gist.topic);
    const Json bill = json_of(bench.control("GET", "/bills"))[0];
    EXPECT_EQ(bill["input_tokens"], body["usage"]["input_tokens"]);
    EXPECT_EQ(bill["request_id"],
              std::string{base::find_header(answer.response.headers, "request-id")});
}

struct ClaudeRefusal {
    const char* name;
    Json patch; ///< of a sound request
    int status;
    const char* type;
    const char* words;
};

class AnthropicRefusal : public testing::TestWithParam<ClaudeRefusal> {};

TEST_P(AnthropicRefusal, IsInItsOwnWords) {
    Bench bench;
    Json body = claude_body();
    body.merge_patch(GetParam().patch);
    const Answer answer = ask_claude(bench, body);
    EXPECT_EQ(answer.response.status, GetParam().status);
    const Json error = json_of(answer);
    EXPECT_EQ(error["type"], "error");
    EXPECT_EQ(error["error"]["type"], GetParam().type);
    EXPECT_NE(error["error"]["message"].get<std::string>().find(GetParam().words),
              std::string::npos)
        << error;
    EXPECT_TRUE(error.contains("request_id"));
}

INSTANTIATE_TEST_SUITE_P(
    All, AnthropicRefusal,
    testing::Values(
        ClaudeRefusal{"NoBudget", Json::parse(R"({"max_tokens":null})"), 400,
                      "invalid_request_error", "max_tokens: Field required"},
        ClaudeRefusal{"Unknown", Json::parse(R"({"response_format":{}})"), 400,
                      "invalid_request_error", "response_format: Extra inputs are not permitted"},
        ClaudeRefusal{"Model", Json::parse(R"({"model":"gpt-6-luna"})"), 404, "not_found_error",
                      "model: gpt-6-luna"},
        ClaudeRefusal{"Role", Json::parse(R"({"messages":[{"role":"system","content":"x"}]})"), 400,
                      "invalid_request_error", "role"},
        ClaudeRefusal{
            "Schema",
            Json::parse(R"({"output_config":{"format":{"schema":{"additionalProperties":true}}}})"),
            400, "invalid_request_error", "additionalProperties"},
        ClaudeRefusal{"Temperature", Json::parse(R"({"temperature":1.5})"), 400,
                      "invalid_request_error", "temperature"}),
    [](const auto& row) { return row.param.name; });

TEST(Anthropic, JudgesKeyAndVersion) {
    Bench bench;
    const Answer wrong = ask_claude(bench, claude_body(), "sk-ant-wrong");
    EXPECT_EQ(wrong.response.status, 401);
    EXPECT_EQ(json_of(wrong)["error"]["type"], "authentication_error");
    const Answer version =
        post_json(bench, "/anthropic/v1/messages", claude_body(), {{"x-api-key", k_ai_key}});
    EXPECT_EQ(json_of(version)["error"]["message"], "anthropic-version: header is required");
}

struct ClaudeEnd {
    const char* fault;
    const char* stop_reason;
};

class AnthropicFault : public testing::TestWithParam<ClaudeEnd> {};

TEST_P(AnthropicFault, EndsAsItWouldEnd) {
    Bench bench;
    bench.fault({{"where", "summary"}, {"kind", GetParam().fault}});
    const Json body = json_of(ask_claude(bench, claude_body()));
    EXPECT_EQ(body["stop_reason"], GetParam().stop_reason);
    EXPECT_EQ(body.contains("stop_details"), body["stop_reason"] == "refusal");
}

INSTANTIATE_TEST_SUITE_P(All, AnthropicFault,
                         testing::Values(ClaudeEnd{"refusal", "refusal"},
                                         ClaudeEnd{"length", "max_tokens"},
                                         ClaudeEnd{"blank", "end_turn"}),
                         [](const auto& row) { return std::string{row.param.fault}; });

TEST(Anthropic, TakesThirtyTwoMegabytes) {
    Bench bench;
    Json body = claude_body();
    body["system"] = std::string(33UL << 20U, 'x');
    const Answer answer = ask_claude(bench, body);
    EXPECT_EQ(answer.response.status, 413);
    EXPECT_EQ(json_of(answer)["error"]["type"], "request_too_large");
}

TEST(Anthropic, IsOverloadedAt529) {
    Bench bench;
    bench.fault({{"where", "summary"}, {"kind", "status"}, {"status", 529}});
    const Answer answer = ask_claude(bench, claude_body());
    EXPECT_EQ(answer.response.status, 529);
    EXPECT_EQ(json_of(answer)["error"]["type"], "overloaded_error");
}

} // namespace
} // namespace callctl::sim
