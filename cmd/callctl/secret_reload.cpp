#include "secret_reload.hpp"

#include "base/exception.hpp"
#include "sys/notify.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <exception>
#include <initializer_list>
#include <map>
#include <string_view>
#include <utility>

namespace callctl::cmd {
namespace {

using Keys = std::vector<std::string>;

// Open, and yet one half of a pair whose other half is secret.
constexpr std::string_view k_api_key = "twilio.api_key";

bool is_compared(const std::string& key) {
    const auto* const setting =
        std::find_if(config::k_settings.begin(), config::k_settings.end(),
                     [&](const config::Setting& candidate) { return candidate.key == key; });
    const bool secret =
        setting != config::k_settings.end() && setting->secrecy == config::Secrecy::secret;
    return !secret && key != k_api_key;
}

std::map<std::string, std::string> shown_by_key(const config::Loaded& loaded) {
    std::map<std::string, std::string> shown;
    for (const config::Entry& entry : loaded.entries) {
        if (is_compared(entry.key)) {
            shown[entry.key] = entry.shown;
        }
    }
    return shown;
}

// Of settings that are no secrets; those of open tables may be in one of the two only.
Keys differing_keys(const config::Loaded& running, const config::Loaded& fresh) {
    const auto before = shown_by_key(running);
    const auto after = shown_by_key(fresh);
    Keys keys;
    for (const auto& [key, shown] : before) {
        const auto found = after.find(key);
        if (found == after.end() || found->second != shown) {
            keys.push_back(key);
        }
    }
    for (const auto& [key, shown] : after) {
        if (!before.contains(key)) {
            keys.push_back(key);
        }
    }
    return keys;
}

// One secret on its way from the fresh configuration into the running one.
class Taking {
  public:
    Taking(SecretChange& change, Keys differing)
        : m_change{change}, m_differing{std::move(differing)} {}

    template <class Value>
    void take(const char* key, Value& running, const Value& fresh,
              std::initializer_list<std::string_view> destination) {
        if (running == fresh) {
            return;
        }
        if (std::any_of(destination.begin(), destination.end(),
                        [this](std::string_view setting) { return differs(setting); })) {
            m_change.ignored.emplace_back(key);
            return;
        }
        running = fresh;
        m_change.changed.emplace_back(key);
    }

  private:
    [[nodiscard]] bool differs(std::string_view key) const {
        return std::find(m_differing.begin(), m_differing.end(), key) != m_differing.end();
    }

    SecretChange& m_change;
    Keys m_differing;
};

std::string listed(const Keys& keys) {
    return fmt::format("{}", fmt::join(keys, ","));
}

} // namespace

SecretChange with_secrets_of(const config::Loaded& running, const config::Loaded& fresh) {
    SecretChange change{.config = running.config};
    change.ignored = differing_keys(running, fresh);
    config::Config& ours = change.config;
    const config::Config& theirs = fresh.config;
    if (ours.database_url != theirs.database_url) {
        change.ignored.emplace_back("database_url");
    }
    Taking taking{change, change.ignored};
    const std::initializer_list<std::string_view> twilio{"twilio.account_sid", "twilio.base_url"};
    taking.take("twilio.auth_token", ours.twilio.auth_tokens, theirs.twilio.auth_tokens, twilio);
    taking.take("twilio.api_key", ours.twilio.api_key, theirs.twilio.api_key, twilio);
    taking.take("twilio.api_secret", ours.twilio.api_secret, theirs.twilio.api_secret, twilio);
    taking.take("transcript.api_key", ours.transcript.api_key, theirs.transcript.api_key,
                {"transcript.provider", "transcript.base_url", "transcript.path",
                 "transcript.query", "transcript.auth_header", "transcript.auth_prefix"});
    taking.take("summary.api_key", ours.summary.api_key, theirs.summary.api_key,
                {"summary.provider", "summary.base_url", "summary.path", "summary.query",
                 "summary.auth_header", "summary.auth_prefix"});
    return change;
}

SecretReload::SecretReload(config::Loaded running, Steps steps,
                           std::shared_ptr<spdlog::logger> logger)
    : m_running{std::move(running)}, m_steps{std::move(steps)}, m_logger{std::move(logger)},
      m_thread{[this] { run(); }} {
    if (m_steps.subscribe) {
        m_steps.subscribe([this] {
            {
                const std::scoped_lock lock{m_mutex};
                m_asked = true;
            }
            m_condition.notify_all();
        });
    }
}

SecretReload::~SecretReload() {
    if (m_steps.subscribe) {
        m_steps.subscribe({});
    }
    {
        const std::scoped_lock lock{m_mutex};
        m_stopping = true;
    }
    m_condition.notify_all();
    m_thread.join();
}

void SecretReload::run() {
    std::unique_lock lock{m_mutex};
    while (true) {
        m_condition.wait(lock, [this] { return m_stopping || m_asked; });
        if (m_stopping) {
            return;
        }
        m_asked = false;
        lock.unlock();
        sys::notify_reloading();
        reload();
        sys::notify_ready();
        lock.lock();
    }
}

void SecretReload::reload() {
    try {
        take_over(m_steps.read());
    } catch (const base::Exception& error) {
        m_logger->error(R"(reload_failed error="{}" hint="{}")", error.what(), error.hint());
    } catch (const std::exception& error) {
        m_logger->error("reload_failed error=\"{}\"", error.what());
    }
}

void SecretReload::take_over(const config::Loaded& fresh) {
    for (const std::string& warning : fresh.warnings) {
        m_logger->warn("reload_warning text=\"{}\"", warning);
    }
    SecretChange change = with_secrets_of(m_running, fresh);
    m_steps.apply(change.config);
    m_running.config = std::move(change.config);
    m_logger->info("secrets_reloaded changed={}",
                   change.changed.empty() ? "none" : listed(change.changed));
    if (!change.ignored.empty()) {
        m_logger->warn("reload_ignored settings={} hint=\"restart to change them\"",
                       listed(change.ignored));
    }
}

} // namespace callctl::cmd
