// The exact request to each kind of server that has a preset.
#include "summary/exchange.hpp"
#include "summary/preset.hpp"
#include "summary/schema.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace callctl::summary {
namespace {

using Json = nlohmann::json;

struct Kind {
    const char* name;
    const char* base_url; ///< where the preset has none: as configured
    const char* url;
    const char* auth;
    std::vector<std::pair<std::string, std::string>> headers;
    Json body; ///< beside messages, model, and the form of the answer
    int minutes;
    int context_tokens;
};

std::ostream& operator<<(std::ostream& out, const Kind& kind) {
    return out << kind.name;
}

const std::vector<std::pair<std::string, std::string>> k_json{{"Content-Type", "application/json"},
                                                              {"Accept", "application/json"}};
const std::vector<std::pair<std::string, std::string>> k_json_of_anthropic{
    {"Content-Type", "application/json"},
    {"Accept", "application/json"},
    {"anthropic-version", "2023-06-01"}};
const Json k_new_limit{{"max_completion_tokens", 2000}};
const Json k_old_limit{{"max_tokens", 2000}};
const Json k_small_limit{{"max_tokens", 1000}};

class PresetRequest : public testing::TestWithParam<Kind> {
  protected:
    static Server server() {
        Server server = preset(GetParam().name).value();
        if (server.base_url.empty()) {
            server.base_url = GetParam().base_url;
        }
        server.api_key = base::Secret{"k-1"};
        server.model = "m/1";
        return server;
    }

    static base::HttpRequest request() {
        return summary_request(server(), {.instructions = "Summarise.", .data = R"({"a":"b"})"});
    }

    static Json body() { return Json::parse(std::get<std::string>(request().body)); }
};

TEST_P(PresetRequest, GoesWhereTheServerListens) {
    EXPECT_EQ(request().method, "POST");
    EXPECT_EQ(request().url, GetParam().url);
    EXPECT_EQ(request().timeout, std::chrono::minutes{GetParam().minutes});
    EXPECT_EQ(request().redirects, base::Redirects::refuse);
    EXPECT_EQ(server().context_tokens, GetParam().context_tokens);
}

TEST_P(PresetRequest, CarriesTheKeyAsTheServerWantsItAndNowhereElse) {
    const auto sent = request();
    const auto* const auth = std::get_if<base::HeaderAuth>(&sent.auth);
    ASSERT_NE(auth, nullptr);
    EXPECT_EQ(auth->name + ": " + auth->prefix + auth->value.reveal(), GetParam().auth);
    std::vector<std::pair<std::string, std::string>> headers;
    for (const auto& [name, value] : sent.headers) {
        headers.emplace_back(name, value);
    }
    EXPECT_EQ(headers, GetParam().headers);
    EXPECT_EQ(std::get<std::string>(sent.body).find("k-1"), std::string::npos);
}

TEST_P(PresetRequest, HasExactlyThisBody) {
    Json expected = GetParam().body;
    expected["model"] = "m/1";
    if (server().kind == ServerKind::anthropic) {
        expected["system"] = "Summarise.";
        expected["messages"] = Json::parse(R"([{"role":"user","content":"{\"a\":\"b\"}"}])");
        expected["output_config"]["format"] = {{"type", "json_schema"},
                                               {"schema", Json::parse(schema())}};
    } else {
        expected["messages"] = Json::parse(R"([{"role":"system","content":"Summarise."},
                                               {"role":"user","content":"{\"a\":\"b\"}"}])");
        expected["response_format"] = {
            {"type", "json_schema"},
            {"json_schema",
             {{"name", "call_summary"}, {"strict", true}, {"schema", Json::parse(schema())}}}};
    }
    EXPECT_EQ(body(), expected);
}

TEST_P(PresetRequest, SendsWhatIsConfiguredAndOnlyThen) {
    Server configured = server();
    configured.temperature = 0.25;
    configured.reasoning_effort = "low";
    const Json sent = Json::parse(std::get<std::string>(summary_request(configured, {}).body));
    EXPECT_EQ(sent.at("temperature"), 0.25);
    EXPECT_EQ(sent.contains("reasoning_effort"), configured.kind == ServerKind::chat);
    EXPECT_FALSE(body().contains("temperature"));
    EXPECT_FALSE(body().contains("reasoning_effort"));
}

INSTANTIATE_TEST_SUITE_P(
    Servers, PresetRequest,
    testing::Values(Kind{"openai", "", "https://api.openai.com/v1/chat/completions",
                         "Authorization: Bearer k-1", k_json, k_new_limit, 2, 200'000},
                    Kind{
                        "azure", "https://example.openai.azure.com",
                        "https://example.openai.azure.com/openai/deployments/m%2F1/chat/completions"
                        "?api-version=2024-10-21",
                        "api-key: k-1", k_json, k_new_limit, 2, 128'000},
                    Kind{"groq", "", "https://api.groq.com/openai/v1/chat/completions",
                         "Authorization: Bearer k-1", k_json, k_new_limit, 2, 128'000},
                    Kind{"openrouter", "", "https://openrouter.ai/api/v1/chat/completions",
                         "Authorization: Bearer k-1", k_json, k_old_limit, 2, 128'000},
                    Kind{"ollama", "", "http://localhost:11434/v1/chat/completions",
                         "Authorization: Bearer k-1", k_json, k_small_limit, 10, 4096},
                    Kind{"llama.cpp", "", "http://localhost:8080/v1/chat/completions",
                         "Authorization: Bearer k-1", k_json, k_small_limit, 10, 4096},
                    Kind{"vllm", "", "http://localhost:8000/v1/chat/completions",
                         "Authorization: Bearer k-1", k_json, k_small_limit, 10, 8192},
                    Kind{"anthropic", "", "https://api.anthropic.com/v1/messages", "x-api-key: k-1",
                         k_json_of_anthropic, k_old_limit, 2, 200'000}),
    [](const auto& row) {
        std::string name = row.param.name;
        std::erase(name, '.');
        return name;
    });

TEST(Preset, HasNoModelAndNoKey) {
    for (const std::string_view name : preset_names()) {
        const auto server = preset(name);
        ASSERT_TRUE(server) << name;
        EXPECT_TRUE(server->model.empty()) << name;
        EXPECT_TRUE(server->api_key.empty()) << name;
    }
    EXPECT_FALSE(preset("openia"));
}

TEST(SummaryRequest, WithoutAKeyHasNoAuthorization) {
    EXPECT_TRUE(std::holds_alternative<base::NoAuth>(summary_request(*preset("ollama"), {}).auth));
    Server silent = *preset("openai");
    silent.api_key = base::Secret{"k"};
    silent.auth_header.clear();
    EXPECT_TRUE(std::holds_alternative<base::NoAuth>(summary_request(silent, {}).auth));
}

TEST(SummaryRequest, AsksForASimplerFormAsTheServerKnowsIt) {
    Server server = *preset("openai");
    const auto format = [&server] {
        const Json body = Json::parse(std::get<std::string>(summary_request(server, {}).body));
        return body.value("response_format", Json{});
    };
    server.answer_form = AnswerForm::json_object;
    EXPECT_EQ(format(), Json::parse(R"({"type":"json_object"})"));
    server.answer_form = AnswerForm::none;
    EXPECT_TRUE(format().is_null());
    Server other = *preset("anthropic");
    other.answer_form = AnswerForm::none;
    EXPECT_FALSE(Json::parse(std::get<std::string>(summary_request(other, {}).body))
                     .contains("output_config"));
}

TEST(SummaryRequest, TellsTheSchemaWhereTheServerIsNotAskedToHoldIt) {
    Server server = *preset("openai");
    const auto instructions = [&server] {
        const Json body = Json::parse(std::get<std::string>(summary_request(server, {}).body));
        return body.at("messages").at(0).at("content").get<std::string>();
    };
    EXPECT_EQ(instructions().find(schema()), std::string::npos);
    server.answer_form = AnswerForm::json_object;
    EXPECT_NE(instructions().find(schema()), std::string::npos);
    server.answer_form = AnswerForm::none;
    EXPECT_NE(instructions().find(schema()), std::string::npos);
}

TEST(SummaryRequest, WithoutALimitSendsNone) {
    Server server = *preset("openai");
    server.max_tokens_field.clear();
    const Json body = Json::parse(std::get<std::string>(summary_request(server, {}).body));
    EXPECT_FALSE(body.contains("max_completion_tokens") || body.contains("max_tokens"));
}

} // namespace
} // namespace callctl::summary
