// An application that serves the TwiML of calls, asked by us in Twilio's place.
#pragma once

#include "app/renewable.hpp"
#include "app/server_metrics.hpp"
#include "app/upstream_request.hpp"
#include "app/voice_reply.hpp"
#include "base/ids.hpp"
#include "port/async_http_client.hpp"

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace spdlog {
class logger;
}

namespace callctl::app {

struct UpstreamSettings {
    UpstreamPlace place{};
    std::string recording_callback{}; ///< of the recording that is put in front
    std::size_t max_in_hand{256};     ///< one more is answered with the fallback at once
    ServerMetrics* metrics{nullptr};  ///< told of each answer, where there is one; outlives all
};

/// Asks the application, once more where no connection came about, no answer came in time, or the
/// answer was a 5xx: the application may get a delivery twice, as it may from Twilio. Whatever else
/// it answers but TwiML, 3xx included, is not asked for again, and nothing is followed: what stands
/// at the other end would be served without a recording in front. One line is logged of each answer
/// that the fallback was given for, and of TwiML that records beside us.
class Upstream {
  public:
    using Answer = VoiceReply::Answer;
    using Done = std::function<void(Answer)>;

    struct Question {
        base::CallSid call;
        port::WebRequest request{}; ///< as Twilio sent it, accepted
        Answer fallback{};
    };

    Upstream(UpstreamSettings settings, std::unique_ptr<port::AsyncHttpClient> http,
             std::shared_ptr<spdlog::logger> logger);
    Upstream(const Upstream&) = delete;
    Upstream& operator=(const Upstream&) = delete;
    /// Those in hand get their fallback.
    ~Upstream();

    /// Never blocks. `done` gets the application's TwiML with the recording in front, or the
    /// fallback: from this thread or from another, within twice the time-out.
    void ask(Question question, Done done);
    /// Signs what is asked later; from any thread.
    void renew_auth_token(base::Secret token);

  private:
    struct Exchange;
    using ExchangePtr = std::shared_ptr<Exchange>;

    void attempt(const ExchangePtr& exchange);
    void judge(const ExchangePtr& exchange, base::Result<base::HttpResponse> result);
    void finish(const ExchangePtr& exchange, const Answer& answer);
    void count(ServerMetrics::UpstreamResult result) const;
    void log_failure(const base::CallSid& call, int tries, const std::string& why) const;
    [[nodiscard]] Answer answer_of(const Exchange& exchange, base::HttpResponse response) const;

    UpstreamSettings m_settings;
    Renewable<UpstreamPlace> m_place;
    std::shared_ptr<spdlog::logger> m_logger;
    std::atomic<std::size_t> m_in_hand{0};
    std::unique_ptr<port::AsyncHttpClient> m_http; ///< last: its end tells those in hand
};

} // namespace callctl::app
