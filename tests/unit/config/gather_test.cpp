#include "unit/config/sandbox.hpp"

#include "config/gather.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace callctl::config {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

class GatherTest : public ::testing::Test {
  protected:
    [[nodiscard]] static std::string origin(const Values& values, const char* key) {
        const auto found = values.find(key);
        return found == values.end() ? "unset" : to_string(found->second.origin);
    }
    Sandbox m_box;
};

TEST_F(GatherTest, FlagBeatsEnvironmentBeatsFileBeatsDefault) {
    Sources sources = m_box.with_file("listen = '1.1.1.1:1'\nadmin_listen = '1.1.1.1:2'\n"
                                      "workers = 1\n",
                                      {{"CALLCTL_LISTEN", "2.2.2.2:2"}, {"CALLCTL_WORKERS", "2"}});
    sources.flags = {{"listen", "3.3.3.3:3"}};
    const Values values = gather(sources);
    EXPECT_EQ(values.at("listen").text, "3.3.3.3:3");
    EXPECT_EQ(origin(values, "listen"), "--listen");
    EXPECT_EQ(values.at("workers").text, "2");
    EXPECT_EQ(origin(values, "workers"), "CALLCTL_WORKERS");
    EXPECT_EQ(values.at("admin_listen").text, "1.1.1.1:2");
    EXPECT_THAT(origin(values, "admin_listen"), EndsWith("callctl.toml:2"));
    EXPECT_EQ(origin(values, "log.level"), "default");
    EXPECT_EQ(origin(values, "public_url"), "unset");
}

TEST_F(GatherTest, LaterFileWinsKeyByKey) {
    Sources sources = m_box.sources();
    sources.files = {{m_box.write("a.toml", "workers = 1\nlanguage = 'he'\n")},
                     {m_box.write("b.toml", "workers = 2\nlanguage = ''\n")}};
    const Values values = gather(sources);
    EXPECT_EQ(values.at("workers").text, "2");
    EXPECT_EQ(values.at("language").text, "he") << "empty is unset";
}

TEST_F(GatherTest, EmptyVariableIsUnset) {
    const Values values = gather(m_box.sources({{"CALLCTL_LISTEN", ""}, {"CALLCTL_LANGUAGE", ""}}));
    EXPECT_EQ(origin(values, "listen"), "default");
    EXPECT_EQ(origin(values, "language"), "default");
}

TEST_F(GatherTest, NestedKeysHaveFlagsInWholeWords) {
    Sources sources = m_box.sources();
    sources.flags = {{"pipeline.adoption_horizon", "1d"}};
    EXPECT_EQ(origin(gather(sources), "pipeline.adoption_horizon"), "--pipeline-adoption-horizon");
}

TEST_F(GatherTest, SecretAsFlagAndUnknownFlagAreBugs) {
    Sources sources = m_box.sources();
    sources.flags = {{"twilio.auth_token", "x"}};
    EXPECT_THROW(static_cast<void>(gather(sources)), base::BugError);
    sources.flags = {{"twilio.auth_tokens", "x"}};
    EXPECT_THROW(static_cast<void>(gather(sources)), base::BugError);
}

TEST_F(GatherTest, SecretMayComeFromAFileNamedByAVariable) {
    const auto path = m_box.write("token", "s3cret\n");
    const Values values = gather(m_box.sources({{"TWILIO_AUTH_TOKEN_FILE", path.string()}}));
    EXPECT_EQ(values.at("twilio.auth_token").text, "s3cret");
    EXPECT_EQ(origin(values, "twilio.auth_token"), "TWILIO_AUTH_TOKEN_FILE");
}

TEST_F(GatherTest, SecretFileLosesOnlyTheLineEndsAtItsEnd) {
    const auto path = m_box.write("token", " a b\r\n\n");
    const Values values = gather(m_box.sources({{"TWILIO_AUTH_TOKEN_FILE", path.string()}}));
    EXPECT_EQ(values.at("twilio.auth_token").text, " a b");
}

TEST_F(GatherTest, OpenSettingHasNoFileVariable) {
    const auto path = m_box.write("listen", "1.1.1.1:1");
    const Values values = gather(m_box.sources({{"CALLCTL_LISTEN_FILE", path.string()}}));
    EXPECT_EQ(origin(values, "listen"), "default");
}

TEST_F(GatherTest, BadSecretFilesAreRefusedByName) {
    const auto message = [this](const std::string& path) {
        return refusal([&] {
            static_cast<void>(gather(m_box.sources({{"DATABASE_URL_FILE", path}})));
        });
    };
    EXPECT_THAT(message(m_box.folder() / "none"),
                HasSubstr("DATABASE_URL_FILE: cannot read a secret from"));
    EXPECT_THAT(message(m_box.folder()), HasSubstr("cannot read a secret from"));
    EXPECT_THAT(message(m_box.write("empty", "\n\n")), HasSubstr("cannot read a secret from"));
    EXPECT_THAT(message(m_box.write("huge", std::string(70'000, 'x'))),
                HasSubstr("cannot read a secret from"));
}

TEST_F(GatherTest, VariableAndItsFileTogetherAreAContradiction) {
    const std::string message = refusal([this] {
        static_cast<void>(gather(
            m_box.sources({{"DATABASE_URL", "postgres://x"}, {"DATABASE_URL_FILE", "/none"}})));
    });
    EXPECT_EQ(message, "DATABASE_URL and DATABASE_URL_FILE are both set | unset one of them");
}

TEST_F(GatherTest, CredentialsOfSystemdAreFoundInEitherCase) {
    m_box.write("twilio_auth_token", "lower\n");
    m_box.write("OPENAI_API_KEY", "upper");
    const Values values =
        gather(m_box.sources({{"CREDENTIALS_DIRECTORY", m_box.folder().string()}}));
    EXPECT_EQ(values.at("twilio.auth_token").text, "lower");
    EXPECT_THAT(origin(values, "twilio.auth_token"), EndsWith("/twilio_auth_token"));
    EXPECT_EQ(values.at("openai.api_key").text, "upper");
    EXPECT_EQ(origin(values, "database_url"), "unset");
}

TEST_F(GatherTest, CredentialsThatSystemdLoadsFromAFolderAreFoundUnderItsName) {
    m_box.write("callctl_twilio_auth_token", "of the folder");
    m_box.write("callctl_callctl_summary_api_key", "of the folder too");
    const Values values =
        gather(m_box.sources({{"CREDENTIALS_DIRECTORY", m_box.folder().string()}}));
    EXPECT_EQ(values.at("twilio.auth_token").text, "of the folder");
    EXPECT_EQ(values.at("summary.api_key").text, "of the folder too");
}

TEST_F(GatherTest, AFolderOfCredentialsThatCannotBeReadIsNotAnEmptyOne) {
    const auto message = [this](const std::filesystem::path& folder) {
        return refusal([&] {
            static_cast<void>(gather(m_box.sources({{"CREDENTIALS_DIRECTORY", folder.string()}})));
        });
    };
    const auto missing = m_box.folder() / "none";
    EXPECT_THAT(
        message(missing),
        testing::AllOf(HasSubstr("CREDENTIALS_DIRECTORY: " + missing.string() + " cannot be read"),
                       HasSubstr("run this as the user of callctl")));
    EXPECT_THAT(message(m_box.write("a_file", "text")), HasSubstr("it is no directory"));
}

TEST_F(GatherTest, VariableBeatsCredentialBeatsFile) {
    m_box.write("twilio_auth_token", "credential");
    m_box.write("twilio_api_secret", "credential");
    const Values values = gather(m_box.with_file(
        "[twilio]\nauth_token = 'file'\napi_secret = 'file'\n",
        {{"CREDENTIALS_DIRECTORY", m_box.folder().string()}, {"TWILIO_AUTH_TOKEN", "variable"}}));
    EXPECT_EQ(values.at("twilio.auth_token").text, "variable");
    EXPECT_EQ(values.at("twilio.api_secret").text, "credential");
}

TEST_F(GatherTest, OpenAiSettingsStandInForBothStages) {
    const Values values = gather(m_box.sources({{"OPENAI_API_KEY", "common"},
                                                {"OPENAI_BASE_URL", "http://common/v1"},
                                                {"CALLCTL_SUMMARY_API_KEY", "own"},
                                                {"CALLCTL_TRANSCRIPT_BASE_URL", "http://own/v1"}}));
    EXPECT_EQ(values.at("transcript.api_key").text, "common");
    EXPECT_EQ(origin(values, "transcript.api_key"), "OPENAI_API_KEY");
    EXPECT_EQ(values.at("transcript.base_url").text, "http://own/v1");
    EXPECT_EQ(values.at("summary.api_key").text, "own");
    EXPECT_EQ(values.at("summary.base_url").text, "http://common/v1");
}

TEST_F(GatherTest, KeyAndAddressOfOpenAiStayAwayFromOtherProviders) {
    const Values values = gather(
        m_box.sources({{"OPENAI_API_KEY", "common"}, {"CALLCTL_TRANSCRIPT_PROVIDER", "groq"}}));
    EXPECT_EQ(values.count("transcript.api_key"), 0U);
    EXPECT_EQ(values.count("transcript.base_url"), 0U);
    EXPECT_EQ(values.at("summary.api_key").text, "common");
}

TEST_F(GatherTest, StateDirectoryOfSystemdWinsOverTheRest) {
    Sources sources = m_box.sources({{"STATE_DIRECTORY", "/run/a:/run/b"}, {"HOME", "/home/x"}});
    EXPECT_EQ(default_state_dir(sources), "/run/a");
}

TEST_F(GatherTest, StateDirectoryIsTheSystemsWhenItCanBeWrittenTo) {
    Sources sources = m_box.sources({{"HOME", "/home/x"}});
    sources.system_state_dir = m_box.folder();
    EXPECT_EQ(default_state_dir(sources), m_box.folder().string());
}

TEST_F(GatherTest, StateDirectoryIsElseTheUsers) {
    EXPECT_EQ(default_state_dir(m_box.sources({{"XDG_STATE_HOME", "/x"}, {"HOME", "/home/x"}})),
              "/x/callctl");
    EXPECT_EQ(default_state_dir(m_box.sources({{"HOME", "/home/x"}})),
              "/home/x/.local/state/callctl");
    EXPECT_EQ(default_state_dir(m_box.sources()), std::nullopt);
}

} // namespace
} // namespace callctl::config
