#include "app/upstream.hpp"

#include "twilio/twiml_upstream.hpp"

#include <spdlog/spdlog.h>

#include <optional>
#include <string_view>
#include <utility>

namespace callctl::app {
namespace {

constexpr int k_tries = 2;

struct Fault {
    std::string why{};
    bool may_pass{false}; ///< worth another try
};

// Nothing for an answer that may be TwiML.
std::optional<Fault> fault_of(const base::Result<base::HttpResponse>& result) {
    if (!result) {
        const std::string& message = result.error().message;
        const bool may_pass = result.error().kind == base::ErrorKind::transient &&
                              (message.starts_with("connect:") || message.starts_with("timeout:") ||
                               message.starts_with("transfer:"));
        return Fault{message, may_pass};
    }
    if (result->status >= 200 && result->status <= 299) {
        return std::nullopt;
    }
    return Fault{"HTTP " + std::to_string(result->status), result->status >= 500};
}

} // namespace

using UpstreamResult = ServerMetrics::UpstreamResult;

struct Upstream::Exchange {
    base::CallSid call;
    Answer fallback;
    base::HttpRequest request;
    Done done;
    int tries{0};
};

Upstream::Upstream(UpstreamSettings settings, std::unique_ptr<port::AsyncHttpClient> http,
                   std::shared_ptr<spdlog::logger> logger)
    : m_settings{std::move(settings)}, m_place{m_settings.place}, m_logger{std::move(logger)},
      m_http{std::move(http)} {}

Upstream::~Upstream() = default;

void Upstream::renew_auth_token(base::Secret token) {
    UpstreamPlace place = *m_place.get();
    place.auth_token = std::move(token);
    m_place.set(std::move(place));
}

void Upstream::count(ServerMetrics::UpstreamResult result) const {
    if (m_settings.metrics != nullptr) {
        m_settings.metrics->upstream(result);
    }
}

void Upstream::ask(Question question, Done done) {
    if (comes_from_callctl(question.request)) {
        log_failure(question.call, 0, "upstream.url leads back to callctl");
        done(std::move(question.fallback));
        return;
    }
    if (m_in_hand.fetch_add(1) >= m_settings.max_in_hand) {
        --m_in_hand;
        log_failure(question.call, 0,
                    std::to_string(m_settings.max_in_hand) + " requests are in hand");
        done(std::move(question.fallback));
        return;
    }
    attempt(std::make_shared<Exchange>(
        Exchange{.call = question.call,
                 .fallback = std::move(question.fallback),
                 .request = upstream_request(question.request, *m_place.get()),
                 .done = std::move(done)}));
}

void Upstream::attempt(const ExchangePtr& exchange) {
    ++exchange->tries;
    m_http->start(exchange->request, [this, exchange](base::Result<base::HttpResponse> result) {
        judge(exchange, std::move(result));
    });
}

void Upstream::judge(const ExchangePtr& exchange, base::Result<base::HttpResponse> result) {
    const auto fault = fault_of(result);
    if (!fault) {
        finish(exchange, answer_of(*exchange, std::move(*result)));
        return;
    }
    if (fault->may_pass && exchange->tries < k_tries) {
        m_logger->info("upstream_again call={} why=\"{}\"", exchange->call.str(), fault->why);
        attempt(exchange);
        return;
    }
    log_failure(exchange->call, exchange->tries, fault->why);
    finish(exchange, exchange->fallback);
}

void Upstream::finish(const ExchangePtr& exchange, const Answer& answer) {
    --m_in_hand;
    exchange->done(answer);
}

void Upstream::log_failure(const base::CallSid& call, int tries, const std::string& why) const {
    count(UpstreamResult::fallback);
    m_logger->error("upstream_failed call={} tries={} answer=fallback why=\"{}\"", call.str(),
                    tries, why);
}

// Judged when it is sent: only then is it known what goes in front. It may outlive this.
Upstream::Answer Upstream::answer_of(const Exchange& exchange, base::HttpResponse response) const {
    const auto result = exchange.tries > 1 ? UpstreamResult::retried : UpstreamResult::ok;
    return [metrics = m_settings.metrics, result, logger = m_logger, call = exchange.call.str(),
            fallback = exchange.fallback, callback = m_settings.recording_callback,
            response = std::move(response)](bool is_recorded) {
        auto fronted = twilio::with_recording_in_front(
            response.body, {.recording_callback = callback, .is_recorded = is_recorded});
        if (metrics != nullptr) {
            metrics->upstream(fronted ? result : UpstreamResult::fallback);
        }
        if (!fronted) {
            logger->error("upstream_failed call={} answer=fallback why=\"{}\"", call,
                          fronted.error().message);
            return fallback(is_recorded);
        }
        if (!fronted->also_records.empty()) {
            logger->warn("upstream_records_too call={} element={} hint=\"Twilio bills a second "
                         "recording: callctl records the whole call\"",
                         call, fronted->also_records);
        }
        return port::WebResponse{.status = 200,
                                 .content_type = "text/xml; charset=utf-8",
                                 .body = std::move(fronted->twiml),
                                 .headers = cookies_of(response)};
    };
}

} // namespace callctl::app
