#include "summary_server.hpp"
#include "unit/config/sandbox.hpp"

#include "config/summary_provider.hpp"
#include "summary/preset.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace callctl::cmd {
namespace {

class SummaryServerSettings : public testing::Test {
  protected:
    [[nodiscard]] summary::Server server(const std::string& toml) const {
        return summary_server(config::load(m_box.with_file(toml)).config);
    }
    [[nodiscard]] config::Entry shown(const std::string& toml, const std::string& key) const {
        auto loaded = config::load(m_box.with_file(toml));
        show_summary_preset(loaded.config, loaded.entries);
        const auto found = std::ranges::find(loaded.entries, key, &config::Entry::key);
        return found == loaded.entries.end() ? config::Entry{} : *found;
    }
    config::Sandbox m_box;
};

TEST_F(SummaryServerSettings, HaveAPresetForEveryProvider) {
    std::vector<std::string_view> known;
    for (const config::SummaryProvider& provider : config::k_summary_providers) {
        known.push_back(provider.name);
        const auto preset = summary::preset(provider.name);
        ASSERT_TRUE(preset) << provider.name;
        EXPECT_EQ(!preset->base_url.empty(), provider.has_address) << provider.name;
    }
    EXPECT_TRUE(std::ranges::equal(known, summary::preset_names()));
}

TEST_F(SummaryServerSettings, AreThePresetWhereNothingElseIsWritten) {
    const auto anthropic =
        server("[summary]\nprovider = 'anthropic'\nmodel = 'm'\napi_key = 'k'\n");
    EXPECT_EQ(anthropic.kind, summary::ServerKind::anthropic);
    EXPECT_EQ(anthropic.base_url, "https://api.anthropic.com/v1");
    EXPECT_EQ(anthropic.model, "m");
    EXPECT_EQ(anthropic.api_key, base::Secret{"k"});
    EXPECT_EQ(base::find_header(anthropic.headers, "anthropic-version"), "2023-06-01");
    EXPECT_EQ(server("[openai]\nbase_url = 'http://127.0.0.1:9/v1'\n").base_url,
              "http://127.0.0.1:9/v1");
}

TEST_F(SummaryServerSettings, OverrideEveryField) {
    const auto own = server(R"(
[summary]
provider = "anthropic"
base_url = "http://gateway:9000"
path = "/v1/messages"
query = "a=b"
auth_header = "Authorization"
auth_prefix = "Bearer"
api_key = "k"
model = "m"
response_format = "none"
max_tokens_field = "max_tokens"
max_tokens = 300
context_tokens = 5000
temperature = 0.5
timeout = "5s"
[summary.headers]
Anthropic-Version = "2030-01-01"
X-Title = "calls"
)");
    EXPECT_EQ(summary::request_url(own), "http://gateway:9000/v1/messages?a=b");
    EXPECT_EQ(own.auth_header, "Authorization");
    EXPECT_EQ(own.auth_prefix, "Bearer ");
    EXPECT_EQ(own.answer_form, summary::AnswerForm::none);
    EXPECT_EQ(own.max_tokens_field, "max_tokens");
    EXPECT_EQ(own.max_tokens, 300);
    EXPECT_EQ(own.context_tokens, 5000);
    EXPECT_EQ(own.temperature, 0.5);
    EXPECT_EQ(own.timeout, std::chrono::seconds{5});
    ASSERT_EQ(own.headers.size(), 2U);
    EXPECT_EQ(base::find_header(own.headers, "anthropic-version"), "2030-01-01");
    EXPECT_EQ(base::find_header(own.headers, "x-title"), "calls");
}

TEST_F(SummaryServerSettings, AnEmptyHeaderTakesThePresetsOut) {
    EXPECT_TRUE(server("[summary]\nprovider = 'anthropic'\n[summary.headers]\n"
                       "anthropic-version = ''\n")
                    .headers.empty());
}

TEST_F(SummaryServerSettings, AreShownAsThePresetHasThem) {
    const std::string toml = "[summary]\nprovider = 'ollama'\nmax_tokens = 700\n";
    EXPECT_EQ(shown(toml, "summary.base_url").shown, "http://localhost:11434/v1");
    EXPECT_EQ(shown(toml, "summary.base_url").origin.kind, config::OriginKind::default_value);
    EXPECT_EQ(shown(toml, "summary.context_tokens").shown, "4096");
    EXPECT_EQ(shown(toml, "summary.auth_prefix").shown, "Bearer");
    EXPECT_EQ(shown(toml, "summary.query").shown, "none");
    EXPECT_EQ(shown(toml, "summary.response_format").shown, "json_schema");
    EXPECT_EQ(shown(toml, "summary.timeout").shown, "10m");
    EXPECT_EQ(shown(toml, "summary.max_tokens").shown, "700");
    EXPECT_EQ(shown(toml, "summary.temperature").shown, "");
}

} // namespace
} // namespace callctl::cmd
