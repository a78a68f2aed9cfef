#include "unit/config/sandbox.hpp"

#include "config/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace callctl::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

const std::string k_account = "AC0123456789abcdef0123456789abcdef";
const std::string k_key = "SK0123456789abcdef0123456789abcdef";

class LoadTest : public ::testing::Test {
  protected:
    using Variables = std::map<std::string, std::string>;

    [[nodiscard]] Config config(Variables variables) const {
        return load(m_box.sources(std::move(variables))).config;
    }
    [[nodiscard]] std::string refused(Variables variables) const {
        return refusal([&] { static_cast<void>(config(std::move(variables))); });
    }
    [[nodiscard]] static Entry entry(const Loaded& loaded, const std::string& key) {
        const auto found =
            std::find_if(loaded.entries.begin(), loaded.entries.end(),
                         [&](const Entry& candidate) { return candidate.key == key; });
        return found == loaded.entries.end() ? Entry{} : *found;
    }
    Sandbox m_box;
};

TEST_F(LoadTest, TakesAWholeDeployment) {
    const Config config = load(m_box.with_file(R"(
public_url = "https://calls.example.com/"
language = ["he", "en"]
business_name = "מרפאת השיניים"
state_dir = "/var/lib/callctl"

[twilio]
account_sid = "AC0123456789abcdef0123456789abcdef"
auth_token = ["new", "old"]

[transcript]
model = "gpt-transcribe"
inbound_speakers = ["guest", "bot"]

[price."gpt-5.6-luna"]
input_million = 0.20
output_million = 1.2

[price.gpt-transcribe]
audio_minute = 0.0045

[price.tiny]
audio_minute = 0.000001

[pipeline]
adoption_horizon = "2d"

[call_log.defaults]
business_id = 7
)",
                                               {{"DATABASE_URL", "postgres://u:p@h/d"}}))
                              .config;
    EXPECT_EQ(config.database_url.reveal(), "postgres://u:p@h/d");
    EXPECT_EQ(config.public_url, "https://calls.example.com");
    EXPECT_THAT(config.languages, ElementsAre("he", "en"));
    EXPECT_EQ(config.business_name, "מרפאת השיניים");
    EXPECT_EQ(config.state_dir, "/var/lib/callctl");
    ASSERT_TRUE(config.twilio.account_sid);
    EXPECT_EQ(config.twilio.account_sid->str(), k_account);
    EXPECT_THAT(config.twilio.auth_tokens, ElementsAre(base::Secret{"new"}, base::Secret{"old"}));
    EXPECT_THAT(config.transcript.inbound_speakers, ElementsAre("guest", "bot"));
    EXPECT_EQ(config.prices.at("gpt-transcribe").audio_minute_micros, 4500);
    EXPECT_EQ(config.prices.at("tiny").audio_minute_micros, 1) << "a millionth";
    EXPECT_EQ(config.prices.at("gpt-5.6-luna").input_million_micros, 200'000);
    EXPECT_EQ(config.prices.at("gpt-5.6-luna").output_million_micros, 1'200'000);
    EXPECT_EQ(config.pipeline.adoption_horizon, std::chrono::hours{48});
    EXPECT_THAT(config.call_log_defaults, ElementsAre(Pair("business_id", "7")));
}

TEST_F(LoadTest, RefusesWhatIsNoPriceAndSaysWhere) {
    const auto refused_file = [this](const char* text) {
        return refusal([&] { static_cast<void>(load(m_box.with_file(text))); });
    };
    EXPECT_THAT(refused_file("[price.m]\naudio_minut = 1\n"),
                AllOf(HasSubstr("callctl.toml:2"), HasSubstr("unknown price 'audio_minut'"),
                      HasSubstr("did you mean 'audio_minute'?")));
    EXPECT_THAT(refused_file("[price.m]\naudio_minute = -1\n"), HasSubstr("is not a price"));
    EXPECT_THAT(refused_file("[price]\nm = 1\n"), HasSubstr("'price.m' is a table"));
    EXPECT_THAT(refused_file("[price.m.n]\naudio_minute = 1\n"), HasSubstr("must be text"));
}

TEST_F(LoadTest, TakesNoGraceWhereNoTwimlOfOursIsServed) {
    EXPECT_EQ(config({{"CALLCTL_TWIML_GRACE", "0s"}}).pipeline.twiml_grace,
              std::chrono::milliseconds{0});
    EXPECT_THAT(refused({{"CALLCTL_ADOPTION_HORIZON", "0s"}}), HasSubstr("is not a duration"));
}

TEST_F(LoadTest, RefusesSpeakersThatCannotBeToldApart) {
    for (const char* names : {"agent", "a,a", "a,b,c", "a:,b", "[a],b"}) {
        EXPECT_THAT(refused({{"CALLCTL_TRANSCRIPT_INBOUND_SPEAKERS", names}}),
                    HasSubstr("does not name two speakers"))
            << names;
    }
}

TEST_F(LoadTest, LogWordsBecomeTheirEnumerators) {
    for (const auto& [word, level] : {std::pair{"debug", LogLevel::debug},
                                      {"info", LogLevel::info},
                                      {"warning", LogLevel::warning},
                                      {"error", LogLevel::error}}) {
        EXPECT_EQ(config({{"CALLCTL_LOG_LEVEL", word}}).log.level, level);
    }
    EXPECT_EQ(config({{"CALLCTL_LOG_FORMAT", "json"}}).log.format, LogFormat::json);
}

TEST_F(LoadTest, RefusesWhatCannotBeRead) {
    EXPECT_THAT(refused({{"TWILIO_ACCOUNT_SID", "AC123"}}),
                HasSubstr("TWILIO_ACCOUNT_SID: 'AC123' is not AC and 32 hexadecimal digits"));
    EXPECT_THAT(refused({{"TWILIO_API_KEY", k_account}}),
                HasSubstr("is not SK and 32 hexadecimal digits"));
    EXPECT_THAT(refused({{"CALLCTL_STATE_DIR", "state"}}), HasSubstr("is not an absolute path"));
    EXPECT_THAT(refused({{"CALLCTL_WORKERS", "257"}}), HasSubstr("from 0 to 256"));
    EXPECT_THAT(refused({{"CALLCTL_SUMMARY_MAX_TOKENS", "0"}}), HasSubstr("from 1 to"));
    EXPECT_THAT(refused({{"CALLCTL_MAX_ATTEMPTS", "0"}}), HasSubstr("from 1 to"));
    EXPECT_THAT(refused({{"CALLCTL_TRANSCRIPT_PROVIDER", "openia"}}),
                HasSubstr("did you mean 'openai'?"));
    EXPECT_THAT(refused({{"OPENAI_BASE_URL", "api.openai.com"}}), HasSubstr("OPENAI_BASE_URL: "));
    EXPECT_THAT(refused({{"CALLCTL_STREAM_URL", "https://agent"}}), HasSubstr("wss://"));
    EXPECT_THAT(refused({{"CALLCTL_BUSINESS_NAME", "a\x1B[2Jb"}}),
                HasSubstr("contains a control character"));
}

TEST_F(LoadTest, StreamAndDocumentTogetherAreAContradiction) {
    EXPECT_EQ(refused({{"CALLCTL_STREAM_URL", "wss://a"}, {"CALLCTL_TWIML_FILE", "/t.xml"}}),
              "stream_url (CALLCTL_STREAM_URL) and twiml_file (CALLCTL_TWIML_FILE) are both set | "
              "a call goes on in one way: unset one of them");
}

TEST_F(LoadTest, UpstreamSeesItselfUnderItsUrlUnlessToldOtherwise) {
    const std::string file = "[upstream]\nurl = 'http://127.0.0.1:5000/'\ntimeout = '900ms'\n";
    const auto plain = load(m_box.with_file(file)).config.upstream;
    EXPECT_EQ(plain.url, "http://127.0.0.1:5000");
    EXPECT_EQ(plain.public_url, "http://127.0.0.1:5000");
    EXPECT_EQ(plain.timeout, std::chrono::milliseconds{900});
    const Variables variables{{"CALLCTL_UPSTREAM_PUBLIC_URL", "https://app.example.com"}};
    EXPECT_EQ(load(m_box.with_file(file, variables)).config.upstream.public_url,
              "https://app.example.com");
}

TEST_F(LoadTest, UpstreamIsNotCallctlItselfAndAnswersInTime) {
    const std::string url = "http://127.0.0.1:5000";
    EXPECT_EQ(refused({{"CALLCTL_UPSTREAM_URL", "https://Calls.example.com/"},
                       {"CALLCTL_PUBLIC_URL", "https://calls.example.com"}}),
              "CALLCTL_UPSTREAM_URL: 'https://Calls.example.com/' is the public URL of callctl "
              "itself | write where the application listens, as http://127.0.0.1:5000");
    for (const char* const timeout : {"99ms", "6001ms", "1h", "5", "-1s"}) {
        EXPECT_THAT(refused({{"CALLCTL_UPSTREAM_URL", url}, {"CALLCTL_UPSTREAM_TIMEOUT", timeout}}),
                    HasSubstr("CALLCTL_UPSTREAM_TIMEOUT: '" + std::string{timeout} + "' is not "));
    }
    EXPECT_THAT(refused({{"CALLCTL_UPSTREAM_URL", "wss://app"}}), HasSubstr("http:// or https://"));
    for (const char* const other :
         {"CALLCTL_UPSTREAM_PUBLIC_URL", "CALLCTL_UPSTREAM_FALLBACK_TWIML"}) {
        EXPECT_THAT(refused({{other, "https://app.example.com"}}),
                    HasSubstr("is set, and upstream.url is not"));
    }
}

TEST_F(LoadTest, ColumnDefaultsMustNameColumns) {
    for (const char* column : {"\"a b\"", "\"a;b\"", "BusinessId", "\"\"", "\"1a\""}) {
        EXPECT_THAT(refusal([&] {
                        static_cast<void>(load(m_box.with_file(
                            std::string{"[call_log.defaults]\n"} + column + " = 1\n")));
                    }),
                    HasSubstr("is not a column name"))
            << column;
    }
}

TEST_F(LoadTest, EntriesShowEverySettingWithItsOrigin) {
    const Loaded loaded = load(m_box.with_file("[call_log.defaults]\nbusiness_id = 7\n",
                                               {{"CALLCTL_LISTEN", "0.0.0.0:80"}}));
    ASSERT_EQ(loaded.entries.size(), k_settings.size() + 1);
    EXPECT_EQ(entry(loaded, "listen").shown, "0.0.0.0:80");
    EXPECT_EQ(entry(loaded, "listen").variable, "CALLCTL_LISTEN");
    EXPECT_EQ(to_string(entry(loaded, "listen").origin), "CALLCTL_LISTEN");
    EXPECT_EQ(to_string(entry(loaded, "public_url").origin), "unset");
    EXPECT_EQ(entry(loaded, "call_log.defaults.business_id").shown, "7");
    EXPECT_THAT(to_string(entry(loaded, "call_log.defaults.business_id").origin),
                HasSubstr("callctl.toml:2"));
}

TEST_F(LoadTest, EntriesNeverShowASecret) {
    const Variables variables{{"DATABASE_URL", "postgres://u:hunter2@h/d"},
                              {"TWILIO_AUTH_TOKEN", "hunter2"},
                              {"TWILIO_API_SECRET", "hunter2"},
                              {"OPENAI_API_KEY", "hunter2"},
                              {"CALLCTL_TRANSCRIPT_API_KEY", "hunter2"},
                              {"CALLCTL_SUMMARY_API_KEY", "hunter2"}};
    const Loaded loaded = load(m_box.sources(variables));
    std::size_t hidden = 0;
    for (const Entry& entry : loaded.entries) {
        EXPECT_THAT(entry.shown, Not(HasSubstr("hunter2"))) << entry.key;
        hidden += entry.shown == "***" ? 1U : 0U;
    }
    EXPECT_EQ(hidden, variables.size());
}

TEST_F(LoadTest, WarnsOfAReadableFileWithASecret) {
    Sources sources = m_box.with_file("[twilio]\nauth_token = 'x'\n");
    std::filesystem::permissions(sources.files[0].path, std::filesystem::perms{0644});
    EXPECT_THAT(load(sources).warnings,
                ElementsAre(HasSubstr("holds twilio.auth_token and can be read by everybody")));
    std::filesystem::permissions(sources.files[0].path, std::filesystem::perms{0640});
    EXPECT_THAT(load(sources).warnings, IsEmpty());
}

TEST_F(LoadTest, UsualFilesAreTheSystemsThenTheUsers) {
    const auto paths = [this](Variables variables) {
        std::vector<std::string> found;
        for (const File& file : default_files(m_box.sources(std::move(variables)).environment)) {
            found.push_back(file.path.string() + (file.required ? "!" : ""));
        }
        return found;
    };
    EXPECT_THAT(paths({}), ElementsAre("/etc/callctl/callctl.toml"));
    EXPECT_THAT(paths({{"HOME", "/h"}}),
                ElementsAre("/etc/callctl/callctl.toml", "/h/.config/callctl/callctl.toml"));
    EXPECT_THAT(paths({{"HOME", "/h"}, {"XDG_CONFIG_HOME", "/x"}}),
                ElementsAre("/etc/callctl/callctl.toml", "/x/callctl/callctl.toml"));
    EXPECT_THAT(paths({{"HOME", "/h"}, {"CALLCTL_CONFIG", "/c.toml"}}), ElementsAre("/c.toml!"));
}

TEST_F(LoadTest, ProcessEnvironmentIsRead) {
    EXPECT_TRUE(process_environment()("PATH"));
    EXPECT_FALSE(process_environment()("CALLCTL_NO_SUCH_VARIABLE"));
}

TEST_F(LoadTest, ReadsTheLimitsOfEachProvider) {
    const auto loaded = config({{"CALLCTL_TWILIO_REQUESTS_PER_MINUTE", "600"},
                                {"CALLCTL_TRANSCRIPT_CONCURRENCY", "8"},
                                {"CALLCTL_SUMMARY_REQUESTS_PER_MINUTE", "60"}});
    EXPECT_EQ(loaded.twilio.limits.requests_per_minute, 600);
    EXPECT_EQ(loaded.twilio.limits.concurrency, 0) << "no limit";
    EXPECT_EQ(loaded.transcript.limits.concurrency, 8);
    EXPECT_EQ(loaded.summary.limits.requests_per_minute, 60);
    EXPECT_THROW(static_cast<void>(config({{"CALLCTL_SUMMARY_CONCURRENCY", "0"}})),
                 base::ConfigError);
}

} // namespace
} // namespace callctl::config
