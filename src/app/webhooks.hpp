// Twilio's webhooks: verified, read, durable, and only then answered.
#pragma once

#include "app/group_commit.hpp"
#include "app/renewable.hpp"
#include "app/reply_deadlines.hpp"
#include "app/server_metrics.hpp"
#include "base/ids.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"
#include "port/web_handler.hpp"
#include "twilio/webhook.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace callctl::app {

class Upstream;

struct WebhookSettings {
    std::string public_url{}; ///< how Twilio sees us, without a slash at the end
    base::AccountSid account;
    std::vector<base::Secret> auth_tokens{}; ///< any of them may have signed
    std::string stream_url{};
    std::string twiml_document{};
    /// How long a call that waits for its TwiML waits for the commit. The caller hears nothing
    /// meanwhile, Twilio gives up after 15 s, and a commit takes milliseconds: what is not done by
    /// then is a database that hangs.
    std::chrono::milliseconds voice_patience{1'500};
};

/// The absolute callback URL, with the overrides that make Twilio try again on any failure
/// (Twilio, "Webhooks: connection overrides"; without them only a failed connection is retried,
/// once).
[[nodiscard]] std::string callback_url(const std::string& public_url, twilio::Route route);

/// How a GET for a webhook's route is refused; doctor knows us by it.
inline constexpr std::string_view k_use_post = "use POST";

/// A delivery is answered once its commit is over: 503 when that failed, so that Twilio sends it
/// again. A voice call gets its TwiML all the same: the commit is waited for no longer than
/// `voice_patience`, and the delivery stays queued for it. With an upstream, which is asked
/// meanwhile, the TwiML is the application's, and what the settings say is what it falls back to.
class WebhookHandler : public port::WebHandler {
  public:
    /// `now` estimates the database's clock. References must outlive this; `upstream` may be null.
    WebhookHandler(WebhookSettings settings, GroupCommit& commits, std::function<base::Time()> now,
                   std::shared_ptr<spdlog::logger> logger, ServerMetrics& metrics,
                   Upstream* upstream = nullptr);

    void handle(port::WebRequest request, Reply reply) override;
    /// For requests that come later; from any thread.
    void renew_auth_tokens(std::vector<base::Secret> tokens) {
        m_auth_tokens.set(std::move(tokens));
    }

  private:
    struct Refusal;
    struct Accepted;
    [[nodiscard]] base::Result<Accepted, Refusal> accept(port::WebRequest request) const;
    void handle_voice(Accepted accepted, const ServerMetrics::Outcome& outcome, Reply reply);
    [[nodiscard]] port::WebResponse voice_answer(const Accepted& accepted, bool is_recorded) const;

    WebhookSettings m_settings;
    Renewable<std::vector<base::Secret>> m_auth_tokens;
    GroupCommit& m_commits;
    ReplyDeadlines m_voice_deadlines;
    std::function<base::Time()> m_now;
    std::shared_ptr<spdlog::logger> m_logger;
    ServerMetrics& m_metrics;
    Upstream* m_upstream;
};

} // namespace callctl::app
