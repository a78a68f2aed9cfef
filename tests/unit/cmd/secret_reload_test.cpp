#include "secret_reload.hpp"
#include "unit/app/quiet_logger.hpp"
#include "unit/config/sandbox.hpp"

#include "support/notify_socket.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <cstdlib>
#include <mutex>

namespace callctl::cmd {
namespace {

using namespace std::chrono_literals;
using config::Sandbox;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;
using Variables = std::map<std::string, std::string>;

const std::string k_account = "AC" + std::string(32, '0');
const std::string k_key = "SK" + std::string(32, '1');

Variables variables(const Variables& more = {}) {
    Variables all{{"TWILIO_ACCOUNT_SID", k_account}, {"TWILIO_AUTH_TOKEN", "old-token"},
                  {"OPENAI_API_KEY", "old-key"},     {"DATABASE_URL", "postgresql:///one"},
                  {"CALLCTL_TRANSCRIPT_MODEL", "m"}, {"CALLCTL_SUMMARY_MODEL", "m"}};
    for (const auto& [name, value] : more) {
        all[name] = value;
    }
    return all;
}

config::Loaded loaded(const Variables& more = {}) {
    return config::load(Sandbox{}.sources(variables(more)));
}

SecretChange change(const Variables& more, const Variables& running = {}) {
    return with_secrets_of(loaded(running), loaded(more));
}

TEST(WithSecretsOf, NothingNewChangesNothing) {
    const auto same = change({});
    EXPECT_THAT(same.changed, IsEmpty());
    EXPECT_THAT(same.ignored, IsEmpty());
}

TEST(WithSecretsOf, TakesTokensAndKeys) {
    const auto fresh = change({{"TWILIO_AUTH_TOKEN", "new-token,old-token"},
                               {"TWILIO_API_KEY", k_key},
                               {"TWILIO_API_SECRET", "new-secret"},
                               {"OPENAI_API_KEY", "new-key"},
                               {"CALLCTL_SUMMARY_API_KEY", "own-key"}});
    EXPECT_THAT(fresh.changed,
                UnorderedElementsAre("twilio.auth_token", "twilio.api_key", "twilio.api_secret",
                                     "transcript.api_key", "summary.api_key"));
    EXPECT_THAT(fresh.ignored, IsEmpty());
    EXPECT_THAT(fresh.config.twilio.auth_tokens,
                ElementsAre(base::Secret{"new-token"}, base::Secret{"old-token"}));
    EXPECT_EQ(fresh.config.twilio.api_key->str(), k_key);
    EXPECT_EQ(fresh.config.twilio.api_secret.reveal(), "new-secret");
    EXPECT_EQ(fresh.config.transcript.api_key.reveal(), "new-key");
    EXPECT_EQ(fresh.config.summary.api_key.reveal(), "own-key");
}

TEST(WithSecretsOf, NamesWhatNeedsARestart) {
    const auto fresh = change({{"CALLCTL_WORKERS", "9"},
                               {"CALLCTL_LISTEN", "127.0.0.1:1"},
                               {"CALLCTL_BUSINESS_NAME", "Other"},
                               {"DATABASE_URL", "postgresql:///two"}});
    EXPECT_THAT(fresh.ignored,
                UnorderedElementsAre("workers", "listen", "business_name", "database_url"));
    EXPECT_THAT(fresh.changed, IsEmpty());
    EXPECT_EQ(fresh.config.workers, 4);
    EXPECT_EQ(fresh.config.database_url.reveal(), "postgresql:///one");
}

TEST(WithSecretsOf, SendsNoKeyToAServerThatItIsNotFor) {
    const auto moved = change({{"CALLCTL_TRANSCRIPT_PROVIDER", "groq"},
                               {"CALLCTL_TRANSCRIPT_API_KEY", "key-of-groq"},
                               {"CALLCTL_SUMMARY_BASE_URL", "https://other.example.com/v1"},
                               {"CALLCTL_SUMMARY_API_KEY", "key-of-other"}});
    EXPECT_EQ(moved.config.transcript.api_key.reveal(), "old-key");
    EXPECT_EQ(moved.config.summary.api_key.reveal(), "old-key");
    EXPECT_THAT(moved.changed, IsEmpty());
    EXPECT_THAT(moved.ignored, testing::IsSupersetOf({"transcript.provider", "transcript.api_key",
                                                      "summary.base_url", "summary.api_key"}));
    const auto other_account = change({{"TWILIO_ACCOUNT_SID", "AC" + std::string(32, '9')},
                                       {"TWILIO_AUTH_TOKEN", "token-of-other"}});
    EXPECT_EQ(other_account.config.twilio.auth_tokens, loaded().config.twilio.auth_tokens);
    EXPECT_THAT(other_account.ignored, ElementsAre("twilio.account_sid", "twilio.auth_token"));
}

TEST(WithSecretsOf, SeesWhatStandsInOpenTables) {
    const Sandbox box;
    const auto with = [&](const std::string& toml) {
        return config::load(box.with_file(toml, variables()));
    };
    const auto one = with("[call_log.defaults]\nbusiness_id = 1\n");
    const auto two = with("[call_log.defaults]\nbusiness_id = 2\n");
    EXPECT_THAT(with_secrets_of(one, two).ignored, ElementsAre("call_log.defaults.business_id"));
    EXPECT_THAT(with_secrets_of(one, with("")).ignored,
                ElementsAre("call_log.defaults.business_id"));
    EXPECT_THAT(with_secrets_of(with(""), one).ignored,
                ElementsAre("call_log.defaults.business_id"));
}

/// Reads from a file that the test writes.
class Reload : public testing::Test {
  protected:
    Reload() {
        m_folder.write("token", "old-token\n");
        ::setenv("NOTIFY_SOCKET", m_systemd.path().c_str(), 1);
        m_reload.emplace(read(),
                         SecretReload::Steps{.subscribe = [this](auto ask) { m_ask = ask; },
                                             .read = [this] { return read(); },
                                             .apply = [this](const auto& fresh) { apply(fresh); }},
                         m_log.logger);
    }
    ~Reload() override {
        m_reload.reset();
        ::unsetenv("NOTIFY_SOCKET");
    }

    config::Loaded read() {
        auto all = variables(
            {{"TWILIO_AUTH_TOKEN", ""}, {"TWILIO_AUTH_TOKEN_FILE", m_folder.path("token")}});
        return config::load(m_box.sources(all));
    }
    void apply(const config::Config& fresh) {
        const std::scoped_lock lock{m_mutex};
        m_tokens = fresh.twilio.auth_tokens;
        m_applied.notify_all();
    }
    [[nodiscard]] bool token_becomes(const std::string& token) {
        std::unique_lock lock{m_mutex};
        return m_applied.wait_for(lock, 10s,
                                  [&] { return m_tokens == std::vector{base::Secret{token}}; });
    }
    /// Until the log has it.
    [[nodiscard]] bool logs(const std::string& text) const {
        const auto end = std::chrono::steady_clock::now() + 10s;
        while (m_log.text().find(text) == std::string::npos) {
            if (std::chrono::steady_clock::now() > end) {
                return false;
            }
        }
        return true;
    }

    support::TemporaryFolder m_folder;
    support::NotifySocket m_systemd;
    Sandbox m_box;
    app::KeptLog m_log;
    std::mutex m_mutex{};
    std::condition_variable m_applied{};
    std::vector<base::Secret> m_tokens{};
    std::function<void()> m_ask{};
    std::optional<SecretReload> m_reload{};
};

TEST_F(Reload, TakesTheSecretOfToday) {
    m_folder.write("token", "new-token\n");
    m_ask();
    EXPECT_TRUE(token_becomes("new-token"));
    EXPECT_TRUE(logs("secrets_reloaded changed=twilio.auth_token"));
    EXPECT_THAT(m_log.text(), Not(HasSubstr("new-token")));
    m_folder.write("token", "newest-token\n");
    m_ask();
    EXPECT_TRUE(token_becomes("newest-token"));
}

TEST_F(Reload, KeepsTheOldOnesWhenTheNewCannotBeRead) {
    m_folder.write("token", "");
    m_ask();
    EXPECT_TRUE(logs("reload_failed error=\"TWILIO_AUTH_TOKEN_FILE: cannot read a secret"));
    EXPECT_THAT(m_log.text(), HasSubstr("hint="));
    {
        const std::scoped_lock lock{m_mutex};
        EXPECT_THAT(m_tokens, IsEmpty()) << "applied";
    }
    m_folder.write("token", "new-token\n");
    m_ask();
    EXPECT_TRUE(token_becomes("new-token")) << "a later one works";
}

TEST_F(Reload, TellsSystemdOfItsBeginningAndItsEnd) {
    m_ask();
    const std::string message = m_systemd.message(2s);
    if (message.empty()) {
        GTEST_SKIP() << "built without libsystemd";
    }
    EXPECT_THAT(message, HasSubstr("RELOADING=1\nMONOTONIC_USEC="));
    EXPECT_EQ(m_systemd.message(10s), "READY=1");
}

TEST_F(Reload, IsNotAskedForAnyMoreAtItsEnd) {
    m_reload.reset();
    EXPECT_FALSE(m_ask);
}

} // namespace
} // namespace callctl::cmd
