#include "unit/config/sandbox.hpp"

#include "config/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace callctl::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

class SummarySettings : public ::testing::Test {
  protected:
    [[nodiscard]] Summary summary_of(const std::string& toml) const {
        return load(m_box.with_file(toml)).config.summary;
    }
    [[nodiscard]] std::string summary_refusal(const std::string& toml) const {
        return refusal([&] { static_cast<void>(summary_of("[summary]\n" + toml)); });
    }
    Sandbox m_box;
};

TEST_F(SummarySettings, TakeEveryFieldFromTheFile) {
    const Summary summary = summary_of(R"(
[summary]
provider = "openrouter"
base_url = "https://gateway.example.com/v1/"
path = "/chat"
query = "a=b"
auth_header = "X-Key"
auth_prefix = "none"
api_key = "k"
model = "m"
language = "HE"
response_format = "json_object"
max_tokens_field = "none"
max_tokens = 500
context_tokens = 32000
temperature = 0.2
reasoning_effort = "low"
timeout = "90s"

[summary.headers]
X-Title = "calls, and more"
)");
    EXPECT_EQ(summary.provider, "openrouter");
    EXPECT_EQ(summary.base_url, "https://gateway.example.com/v1");
    EXPECT_EQ(summary.path, "/chat");
    EXPECT_EQ(summary.query, "a=b");
    EXPECT_EQ(summary.auth_header, "X-Key");
    EXPECT_EQ(summary.auth_prefix, "");
    EXPECT_EQ(summary.api_key, base::Secret{"k"});
    EXPECT_EQ(summary.model, "m");
    EXPECT_EQ(summary.language, "he");
    EXPECT_EQ(summary.response_format, "json_object");
    EXPECT_EQ(summary.max_tokens_field, "");
    EXPECT_EQ(summary.max_tokens, 500);
    EXPECT_EQ(summary.context_tokens, 32'000);
    EXPECT_EQ(summary.temperature, 0.2);
    EXPECT_EQ(summary.reasoning_effort, "low");
    EXPECT_EQ(summary.timeout, std::chrono::seconds{90});
    EXPECT_THAT(summary.headers, ElementsAre(Pair("X-Title", "calls, and more")));
}

TEST_F(SummarySettings, TakeEveryFieldFromTheEnvironment) {
    const Summary summary = load(m_box.sources({{"CALLCTL_SUMMARY_PROVIDER", "ollama"},
                                                {"CALLCTL_SUMMARY_PATH", "/api"},
                                                {"CALLCTL_SUMMARY_QUERY", "none"},
                                                {"CALLCTL_SUMMARY_AUTH_HEADER", "none"},
                                                {"CALLCTL_SUMMARY_AUTH_PREFIX", "Key"},
                                                {"CALLCTL_SUMMARY_LANGUAGE", "en"},
                                                {"CALLCTL_SUMMARY_RESPONSE_FORMAT", "none"},
                                                {"CALLCTL_SUMMARY_MAX_TOKENS_FIELD", "max_tokens"},
                                                {"CALLCTL_SUMMARY_MAX_TOKENS", "700"},
                                                {"CALLCTL_SUMMARY_CONTEXT_TOKENS", "8192"},
                                                {"CALLCTL_SUMMARY_TEMPERATURE", "0"},
                                                {"CALLCTL_SUMMARY_REASONING_EFFORT", "none"}}))
                                .config.summary;
    EXPECT_EQ(summary.provider, "ollama");
    EXPECT_EQ(summary.base_url, "") << "OpenAI's does not stand in for another provider's";
    EXPECT_EQ(summary.path, "/api");
    EXPECT_EQ(summary.query, "");
    EXPECT_EQ(summary.auth_header, "");
    EXPECT_EQ(summary.auth_prefix, "Key ");
    EXPECT_EQ(summary.language, "en");
    EXPECT_EQ(summary.response_format, "none");
    EXPECT_EQ(summary.max_tokens_field, "max_tokens");
    EXPECT_EQ(summary.max_tokens, 700);
    EXPECT_EQ(summary.context_tokens, 8192);
    EXPECT_EQ(summary.temperature, 0.0);
    EXPECT_EQ(summary.reasoning_effort, "none") << "a word of the parameter itself";
}

TEST_F(SummarySettings, TheKeyOfOpenAiIsSentToNobodyElse) {
    const std::string common = "[openai]\napi_key = 'k'\n[summary]\nprovider = ";
    EXPECT_EQ(summary_of(common + "'openai'").api_key, base::Secret{"k"});
    EXPECT_TRUE(summary_of(common + "'ollama'").api_key.empty());
    EXPECT_TRUE(summary_of(common + "'anthropic'").api_key.empty());
}

struct Bad {
    const char* name;
    const char* toml;
    const char* said;
};

class SummarySettingsTable : public SummarySettings, public ::testing::WithParamInterface<Bad> {};

TEST_P(SummarySettingsTable, RefuseWithAReason) {
    EXPECT_THAT(summary_refusal(GetParam().toml), HasSubstr(GetParam().said));
}

INSTANTIATE_TEST_SUITE_P(
    Values, SummarySettingsTable,
    ::testing::Values(
        Bad{"provider", "provider = 'antropic'", "did you mean 'anthropic'?"},
        Bad{"nearest_of_short", "provider = 'lama.cpp'", "did you mean 'llama.cpp'?"},
        Bad{"format", "response_format = 'json_shema'", "did you mean 'json_schema'?"},
        Bad{"field", "max_tokens_field = 'max_output_tokens'", "is not one of"},
        Bad{"two_languages", "language = 'he,en'", "names more than one language"},
        Bad{"language", "language = 'hebrew!'", "is not a list of ISO 639 codes"},
        Bad{"context", "context_tokens = 1000", "is not a whole number from 1024"},
        Bad{"temperature", "temperature = 2.5", "is more than 2"},
        Bad{"negative_temperature", "temperature = -1.0", "is not a number from 0 to 2"},
        Bad{"effort_of_anthropic", "provider = 'anthropic'\nreasoning_effort = 'low'",
            "is nothing that anthropic is asked for"},
        Bad{"path_with_query", "path = '/a?b'", "summary.query"},
        Bad{"header_name", "[summary.headers]\n'X Title' = 'a'", "is not the name of a header"},
        Bad{"header_value", "[summary.headers]\nX-Title = \"a\\nb\"", "control character"}),
    [](const auto& row) { return std::string{row.param.name}; });

} // namespace
} // namespace callctl::config
