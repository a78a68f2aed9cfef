#include "unit/config/sandbox.hpp"

#include "config/require.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace callctl::config {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class RequireTest : public ::testing::Test {
  protected:
    [[nodiscard]] std::string missing(std::initializer_list<Need> needs,
                                      std::map<std::string, std::string> variables = {}) const {
        const Config config = load(m_box.sources(std::move(variables))).config;
        return refusal([&] { require(config, needs); });
    }
    Sandbox m_box;
    const std::string m_account = "AC0123456789abcdef0123456789abcdef";
    const std::string m_key = "SK0123456789abcdef0123456789abcdef";
};

TEST_F(RequireTest, NamesTheVariableAndSaysWhatToDo) {
    EXPECT_EQ(
        missing({Need::database}),
        "DATABASE_URL is not set | export DATABASE_URL, name a file that holds it in "
        "DATABASE_URL_FILE, or set database_url in /etc/callctl/callctl.toml: PostgreSQL, as a "
        "libpq URI or conninfo string");
    EXPECT_THAT(missing({Need::public_url}),
                HasSubstr("export CALLCTL_PUBLIC_URL, or set public_url"));
}

TEST_F(RequireTest, NamesAllThatIsMissingAtOnceAndEachOnce) {
    EXPECT_THAT(missing({Need::webhooks, Need::twilio_rest, Need::database}),
                StartsWith("TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, CALLCTL_PUBLIC_URL and "
                           "DATABASE_URL are not set |"));
    EXPECT_THAT(missing({Need::transcription, Need::summary}),
                StartsWith("CALLCTL_TRANSCRIPT_MODEL, OPENAI_API_KEY and CALLCTL_SUMMARY_MODEL are "
                           "not set |"));
}

TEST_F(RequireTest, NothingIsNeededWhereNothingIsAskedFor) {
    EXPECT_EQ(missing({}), "no error");
}

TEST_F(RequireTest, RestTakesTokenOrKeyWithItsSecret) {
    EXPECT_EQ(missing({Need::twilio_rest},
                      {{"TWILIO_ACCOUNT_SID", m_account}, {"TWILIO_AUTH_TOKEN", "t"}}),
              "no error");
    EXPECT_EQ(missing({Need::twilio_rest}, {{"TWILIO_ACCOUNT_SID", m_account},
                                            {"TWILIO_API_KEY", m_key},
                                            {"TWILIO_API_SECRET", "s"}}),
              "no error");
    EXPECT_THAT(missing({Need::twilio_rest},
                        {{"TWILIO_ACCOUNT_SID", m_account}, {"TWILIO_API_KEY", m_key}}),
                StartsWith("TWILIO_API_SECRET is not set"));
    EXPECT_THAT(missing({Need::twilio_rest},
                        {{"TWILIO_ACCOUNT_SID", m_account}, {"TWILIO_API_SECRET", "s"}}),
                StartsWith("TWILIO_API_KEY is not set"));
}

TEST_F(RequireTest, WebhooksNeedTheTokenEvenBesideAKey) {
    EXPECT_THAT(missing({Need::webhooks}, {{"TWILIO_ACCOUNT_SID", m_account},
                                           {"TWILIO_API_KEY", m_key},
                                           {"TWILIO_API_SECRET", "s"},
                                           {"CALLCTL_PUBLIC_URL", "https://a"}}),
                StartsWith("TWILIO_AUTH_TOKEN is not set"));
}

TEST_F(RequireTest, ListOfEmptyTokensIsNoToken) {
    EXPECT_THAT(missing({Need::twilio_rest},
                        {{"TWILIO_ACCOUNT_SID", m_account}, {"TWILIO_AUTH_TOKEN", " , "}}),
                StartsWith("TWILIO_AUTH_TOKEN is not set"));
}

TEST_F(RequireTest, OwnServerNeedsNoKeyButAModel) {
    EXPECT_THAT(missing({Need::transcription}, {{"OPENAI_BASE_URL", "http://127.0.0.1:8000/v1"}}),
                StartsWith("CALLCTL_TRANSCRIPT_MODEL is not set"));
    EXPECT_EQ(missing({Need::transcription, Need::summary},
                      {{"OPENAI_BASE_URL", "http://127.0.0.1:8000/v1"},
                       {"CALLCTL_TRANSCRIPT_MODEL", "m"},
                       {"CALLCTL_SUMMARY_MODEL", "m"}}),
              "no error");
}

TEST_F(RequireTest, EachProviderOfTranscriptsNeedsWhatItWants) {
    const auto missing_for = [this](const char* provider,
                                    std::map<std::string, std::string> variables = {}) {
        variables["CALLCTL_TRANSCRIPT_PROVIDER"] = provider;
        const std::string text = missing({Need::transcription}, std::move(variables));
        return text.substr(0, text.find(" |"));
    };
    const std::string groq = "CALLCTL_TRANSCRIPT_MODEL and CALLCTL_TRANSCRIPT_API_KEY are not set";
    EXPECT_EQ(missing_for("groq"), groq);
    EXPECT_EQ(missing_for("groq", {{"OPENAI_API_KEY", "k"}}), groq);
    EXPECT_EQ(missing_for("deepgram"), groq);
    EXPECT_EQ(missing_for("deepgram", {{"CALLCTL_TRANSCRIPT_BASE_URL", "http://own"},
                                       {"CALLCTL_TRANSCRIPT_MODEL", "m"}}),
              "no error");
    EXPECT_EQ(missing_for("azure"), "CALLCTL_TRANSCRIPT_MODEL, CALLCTL_TRANSCRIPT_BASE_URL and "
                                    "CALLCTL_TRANSCRIPT_API_KEY are not set");
    EXPECT_EQ(missing_for("azure", {{"CALLCTL_TRANSCRIPT_BASE_URL", "https://r.example.com"},
                                    {"CALLCTL_TRANSCRIPT_MODEL", "d"}}),
              "CALLCTL_TRANSCRIPT_API_KEY is not set");
    EXPECT_EQ(missing_for("whisper.cpp"), "no error");
    for (const char* const own : {"speaches", "vllm", "localai"}) {
        EXPECT_EQ(missing_for(own), "CALLCTL_TRANSCRIPT_MODEL is not set") << own;
    }
}

TEST_F(RequireTest, EachProviderOfSummariesNeedsWhatItWants) {
    const auto missing_for = [this](const char* provider,
                                    std::map<std::string, std::string> variables = {}) {
        variables["CALLCTL_SUMMARY_PROVIDER"] = provider;
        const std::string text = missing({Need::summary}, std::move(variables));
        return text.substr(0, text.find(" |"));
    };
    for (const char* const hosted : {"groq", "openrouter", "anthropic"}) {
        const std::string both = "CALLCTL_SUMMARY_MODEL and CALLCTL_SUMMARY_API_KEY are not set";
        EXPECT_EQ(missing_for(hosted), both);
        EXPECT_EQ(missing_for(hosted, {{"OPENAI_API_KEY", "k"}}), both);
    }
    EXPECT_EQ(missing_for("azure", {{"CALLCTL_SUMMARY_MODEL", "d"}}),
              "CALLCTL_SUMMARY_BASE_URL and CALLCTL_SUMMARY_API_KEY are not set");
    for (const char* const own : {"ollama", "llama.cpp", "vllm"}) {
        EXPECT_EQ(missing_for(own), "CALLCTL_SUMMARY_MODEL is not set") << own;
    }
}

TEST_F(RequireTest, StageWithItsOwnKeyDoesNotNeedTheCommonOne) {
    EXPECT_EQ(missing({Need::summary},
                      {{"CALLCTL_SUMMARY_MODEL", "m"}, {"CALLCTL_SUMMARY_API_KEY", "k"}}),
              "no error");
}

TEST_F(RequireTest, StateDirectoryIsAskedForWhereNonePresentsItself) {
    EXPECT_THAT(missing({Need::state_dir}), StartsWith("CALLCTL_STATE_DIR is not set"));
    EXPECT_EQ(missing({Need::state_dir}, {{"HOME", "/home/x"}}), "no error");
}

} // namespace
} // namespace callctl::config
