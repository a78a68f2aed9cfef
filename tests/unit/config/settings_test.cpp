#include "unit/config/sandbox.hpp"

#include "config/load.hpp"
#include "config/settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace callctl::config {
namespace {

TEST(Settings, HaveKeysAndVariablesOfTheirOwn) {
    std::set<std::string_view> keys;
    std::set<std::string_view> variables;
    for (const Setting& setting : k_settings) {
        EXPECT_TRUE(keys.insert(setting.key).second) << setting.key;
        EXPECT_TRUE(variables.insert(setting.variable).second) << setting.variable;
        EXPECT_FALSE(setting.description.empty()) << setting.key;
        EXPECT_NE(setting.description.back(), '.') << setting.key;
    }
}

TEST(Settings, FallBackToSettingsThatExistAndAreAsSecret) {
    for (const Setting& with_fall_back : k_settings) {
        if (!with_fall_back.falls_back_to.empty()) {
            EXPECT_EQ(setting(with_fall_back.falls_back_to).secrecy, with_fall_back.secrecy);
            EXPECT_TRUE(with_fall_back.default_text.empty()) << "it would never fall back";
        }
    }
}

TEST(Settings, FallBacksThatDependOnAProviderNameASettingThatMaySayOpenai) {
    for (const Setting& candidate : k_settings) {
        if (!candidate.falls_back_for.empty()) {
            EXPECT_FALSE(candidate.falls_back_to.empty()) << candidate.key;
            EXPECT_EQ(setting(candidate.falls_back_for).default_text, "openai");
        }
    }
}

TEST(Settings, SecretsHaveNoDefault) {
    for (const Setting& candidate : k_settings) {
        if (candidate.secrecy == Secrecy::secret) {
            EXPECT_TRUE(candidate.default_text.empty()) << candidate.key;
        }
    }
}

TEST(Settings, UnknownKeyIsABug) {
    EXPECT_THROW(static_cast<void>(setting("listn")), base::BugError);
}

TEST(Settings, DefaultsAreThoseOfTheStruct) {
    const Config loaded = load(Sandbox{}.sources()).config;
    const Config plain;
    EXPECT_EQ(loaded.listen, plain.listen);
    EXPECT_EQ(loaded.admin_listen, plain.admin_listen);
    EXPECT_EQ(loaded.server.max_connections, plain.server.max_connections);
    EXPECT_EQ(loaded.server.max_connections_per_address, plain.server.max_connections_per_address);
    EXPECT_EQ(loaded.server.request_timeout, plain.server.request_timeout);
    EXPECT_EQ(loaded.server.idle_timeout, plain.server.idle_timeout);
    EXPECT_EQ(loaded.languages, plain.languages);
    EXPECT_EQ(loaded.workers, plain.workers);
    EXPECT_EQ(loaded.upstream.timeout, plain.upstream.timeout);
    EXPECT_EQ(loaded.twilio.base_url, plain.twilio.base_url);
    EXPECT_EQ(loaded.transcript.provider, plain.transcript.provider);
    EXPECT_EQ(loaded.transcript.base_url, plain.transcript.base_url);
    EXPECT_EQ(loaded.transcript.inbound_speakers, plain.transcript.inbound_speakers);
    EXPECT_EQ(loaded.transcript.outbound_speakers, plain.transcript.outbound_speakers);
    EXPECT_EQ(loaded.summary.provider, plain.summary.provider);
    EXPECT_EQ(loaded.summary.base_url, plain.summary.base_url);
    EXPECT_EQ(loaded.summary.max_tokens_field, plain.summary.max_tokens_field);
    EXPECT_EQ(loaded.summary.max_tokens, plain.summary.max_tokens);
    EXPECT_EQ(loaded.summary.timeout, plain.summary.timeout);
    EXPECT_EQ(loaded.pipeline.adoption_horizon, plain.pipeline.adoption_horizon);
    EXPECT_EQ(loaded.pipeline.min_recording, plain.pipeline.min_recording);
    EXPECT_EQ(loaded.pipeline.max_attempts, plain.pipeline.max_attempts);
    EXPECT_EQ(loaded.log.format, plain.log.format);
    EXPECT_EQ(loaded.log.level, plain.log.level);
}

TEST(Settings, TrustTheProxyOnThisHostByDefault) {
    const auto networks = load(Sandbox{}.sources()).config.server.trusted_proxies;
    const auto trusts = [&](const char* text) {
        return std::ranges::any_of(networks, [text](const base::Network& network) {
            return network.contains(*base::IpAddress::parse(text));
        });
    };
    EXPECT_TRUE(trusts("127.0.0.1"));
    EXPECT_TRUE(trusts("::1"));
    EXPECT_FALSE(trusts("10.0.0.1"));
}

TEST(Settings, NothingElseIsSetByDefault) {
    const Config loaded = load(Sandbox{}.sources()).config;
    EXPECT_TRUE(loaded.database_url.empty());
    EXPECT_TRUE(loaded.public_url.empty());
    EXPECT_TRUE(loaded.stream_url.empty());
    EXPECT_TRUE(loaded.twiml_file.empty());
    EXPECT_TRUE(loaded.upstream.url.empty());
    EXPECT_TRUE(loaded.upstream.public_url.empty());
    EXPECT_TRUE(loaded.upstream.fallback_twiml.empty());
    EXPECT_TRUE(loaded.state_dir.empty());
    EXPECT_FALSE(loaded.twilio.account_sid);
    EXPECT_TRUE(loaded.twilio.auth_tokens.empty());
    EXPECT_FALSE(loaded.twilio.api_key);
    EXPECT_TRUE(loaded.transcript.model.empty());
    EXPECT_TRUE(loaded.transcript.api_key.empty());
    EXPECT_FALSE(loaded.transcript.path);
    EXPECT_FALSE(loaded.transcript.query);
    EXPECT_FALSE(loaded.transcript.auth_header);
    EXPECT_FALSE(loaded.transcript.auth_prefix);
    EXPECT_FALSE(loaded.transcript.response_format);
    EXPECT_FALSE(loaded.transcript.language_field);
    EXPECT_FALSE(loaded.transcript.audio_format);
    EXPECT_FALSE(loaded.transcript.max_bytes);
    EXPECT_FALSE(loaded.transcript.max_seconds);
    EXPECT_FALSE(loaded.transcript.min_billed_seconds);
    EXPECT_FALSE(loaded.transcript.timeout);
    EXPECT_TRUE(loaded.transcript.extra_fields.empty());
    EXPECT_TRUE(loaded.transcript.prompt.empty());
    EXPECT_TRUE(loaded.transcript.keywords.empty());
    EXPECT_TRUE(loaded.summary.model.empty());
    EXPECT_TRUE(loaded.call_log_defaults.empty());
}

} // namespace
} // namespace callctl::config
