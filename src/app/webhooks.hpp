// Twilio's webhooks: verified, read, durable, and only then answered.
#pragma once

#include "app/group_commit.hpp"
#include "base/ids.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"
#include "port/web_handler.hpp"
#include "twilio/webhook.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace callctl::app {

struct WebhookSettings {
    std::string public_url{}; ///< how Twilio sees us, without a slash at the end
    base::AccountSid account;
    std::vector<base::Secret> auth_tokens{}; ///< any of them may have signed
    std::string stream_url{};
    std::string twiml_document{};
};

/// The absolute callback URL, with the overrides that make Twilio try again on any failure
/// (Twilio, "Webhooks: connection overrides"; without them only a failed connection is retried,
/// once).
[[nodiscard]] std::string callback_url(const std::string& public_url, twilio::Route route);

/// How a GET for a webhook's route is refused; doctor knows us by it.
inline constexpr std::string_view k_use_post = "use POST";

class WebhookHandler : public port::WebHandler {
  public:
    /// `now` estimates the database's clock. References must outlive this.
    WebhookHandler(WebhookSettings settings, GroupCommit& commits, std::function<base::Time()> now,
                   std::shared_ptr<spdlog::logger> logger);

    void handle(port::WebRequest request, Reply reply) override;

  private:
    struct Refusal;
    struct Accepted;
    [[nodiscard]] base::Result<Accepted, Refusal> accept(port::WebRequest request) const;
    [[nodiscard]] port::WebResponse answer(twilio::Route route, const Accepted& accepted) const;
    [[nodiscard]] port::WebResponse voice_answer(const Accepted& accepted, bool is_recorded) const;

    WebhookSettings m_settings;
    GroupCommit& m_commits;
    std::function<base::Time()> m_now;
    std::shared_ptr<spdlog::logger> m_logger;
};

} // namespace callctl::app
