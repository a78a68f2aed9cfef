#include "app/webhooks.hpp"

#include "app/deliveries.hpp"
#include "app/upstream.hpp"
#include "app/voice_reply.hpp"
#include "app/webhook_probe.hpp"
#include "base/text.hpp"
#include "twilio/form.hpp"
#include "twilio/signature.hpp"
#include "twilio/twiml.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace callctl::app {
namespace {

using port::WebRequest;
using port::WebResponse;
using twilio::Route;

constexpr const char* k_foreign_account = "the account is not ours";
/// Why there is nothing to store of what is right.
constexpr std::string_view k_probe = "probe";

std::string_view path_part(std::string_view target) {
    return target.substr(0, target.find_first_of("?#"));
}

WebResponse text(int status, std::string body) {
    return {.status = status,
            .content_type = "text/plain; charset=utf-8",
            .body = std::move(body) + "\n"};
}

WebResponse xml(std::string body) {
    return {.status = 200, .content_type = "text/xml; charset=utf-8", .body = std::move(body)};
}

// The <Connect> of a live call asks how the call goes on. A call that is over asks nothing any
// more, and neither does a status callback of the stream (StreamEvent), should one be registered
// here.
bool expects_twiml(Route route, const twilio::Form& form, call::CallState state) {
    return is_voice(route) || (route == Route::stream_ended && !call::is_terminal(state) &&
                               !twilio::field(form, "StreamEvent"));
}

std::vector<base::HttpHeader> headers_that_matter(const WebRequest& request) {
    std::vector<base::HttpHeader> kept;
    for (const char* name :
         {"Content-Type", "I-Twilio-Idempotency-Token", "User-Agent", "X-Home-Region"}) {
        const auto value = base::find_header(request.headers, name);
        if (!value.empty()) {
            kept.push_back({name, base::storable_text(base::shortened(value, 512))});
        }
    }
    return kept;
}

ServerMetrics::Answer answer_of(GroupCommit::Result result, Route route) {
    using Answer = ServerMetrics::Answer;
    switch (result) {
    case GroupCommit::Result::durable:
        return Answer::accepted;
    case GroupCommit::Result::spooled:
        return Answer::spooled;
    case GroupCommit::Result::failed:
        break;
    }
    return is_voice(route) ? Answer::unsaved : Answer::failed;
}

} // namespace

struct WebhookHandler::Refusal {
    WebResponse response;
    std::string_view why;
};

struct WebhookHandler::Accepted {
    Route route;
    call::Delivery delivery;
    bool expects_twiml{false};
    WebRequest request{}; ///< without its body, which the delivery has
};

std::string callback_url(const std::string& public_url, Route route) {
    return public_url + std::string{twilio::path_of(route)} + "#rc=3&rp=all";
}

WebhookHandler::WebhookHandler(WebhookSettings settings, GroupCommit& commits,
                               std::function<base::Time()> now,
                               std::shared_ptr<spdlog::logger> logger, ServerMetrics& metrics,
                               Upstream* upstream)
    : m_settings{std::move(settings)}, m_auth_tokens{m_settings.auth_tokens}, m_commits{commits},
      m_voice_deadlines{m_settings.voice_patience}, m_now{std::move(now)},
      m_logger{std::move(logger)}, m_metrics{metrics}, m_upstream{upstream} {}

base::Result<WebhookHandler::Accepted, WebhookHandler::Refusal>
WebhookHandler::accept(WebRequest request) const {
    const auto refuse = [](int status, const std::string& body, std::string_view why) {
        return base::fail(Refusal{text(status, body), why});
    };
    const auto route = twilio::parse_route(path_part(request.target));
    if (!route) {
        return refuse(404, "not found", "no_such_route");
    }
    if (request.method != "POST") {
        auto response = text(405, std::string{k_use_post});
        response.headers.push_back({"Allow", "POST"});
        return base::fail(Refusal{std::move(response), "method"});
    }
    const auto content_type = base::find_header(request.headers, "Content-Type");
    if (!twilio::is_form_type(content_type)) {
        return refuse(415, std::string{"send "} + twilio::k_form_type, "content_type");
    }
    const twilio::SignedRequest signed_request{
        .url = m_settings.public_url + request.target,
        .content_type = std::string{content_type},
        .body = request.body,
        .signature = std::string{base::find_header(request.headers, "X-Twilio-Signature")}};
    const auto tokens = m_auth_tokens.get();
    switch (twilio::verify(*tokens, signed_request)) {
    case twilio::Verdict::valid:
        break;
    case twilio::Verdict::missing:
        return refuse(403, "the request is not signed", "signature_missing");
    case twilio::Verdict::invalid:
        return refuse(403, "the signature does not match", "signature_invalid");
    }
    const auto form = twilio::parse_form(request.body);
    if (!form) {
        return refuse(400, form.error().message, "form");
    }
    if (auto answer = answer_to_probe(*tokens, signed_request, *form)) {
        return twilio::field(*form, "AccountSid") == m_settings.account.str()
                   ? refuse(200, *answer, k_probe)
                   : refuse(403, k_foreign_account, "account");
    }
    const base::Time now = m_now();
    auto news = twilio::read_webhook(*route, *form, now);
    if (!news) {
        return refuse(400, news.error().message, "fields");
    }
    if (news->account != m_settings.account) {
        return refuse(403, k_foreign_account, "account");
    }
    const auto token = base::find_header(request.headers, "I-Twilio-Idempotency-Token");
    auto delivery =
        delivery_of({.route = *route,
                     .raw = std::move(request.body),
                     .headers = headers_that_matter(request),
                     .idempotency_token = base::storable_text(base::shortened(token, 128)),
                     .at = now},
                    std::move(*news));
    const bool asks = expects_twiml(*route, *form, delivery.news.state);
    return Accepted{*route, std::move(delivery), asks, std::move(request)};
}

WebResponse WebhookHandler::voice_answer(const Accepted& accepted, bool is_recorded) const {
    const call::CallFacts& facts = accepted.delivery.news;
    const twilio::VoicePlan plan{
        .recording_callback = callback_url(m_settings.public_url, Route::handle_recording),
        .stream_url = m_settings.stream_url,
        .stream_action = callback_url(m_settings.public_url, Route::stream_ended),
        .stream_parameters = {{"CallSid", accepted.delivery.sid.str()},
                              {"From", facts.from},
                              {"To", facts.to},
                              {"Direction", std::string{call::to_string(facts.direction)}}},
        .document = m_settings.twiml_document,
        .is_recorded = is_recorded};
    auto twiml = twilio::voice_twiml(plan);
    if (!twiml) {
        m_logger->error("twiml_failed call={} error=\"{}\"", accepted.delivery.sid.str(),
                        twiml.error().message);
        // The call must not suffer: it is recorded and kept up, whatever was to follow.
        twiml = twilio::voice_twiml(
            {.recording_callback = plan.recording_callback, .is_recorded = is_recorded});
    }
    if (!twiml) {
        return text(500, "the TwiML cannot be made");
    }
    return xml(*twiml);
}

void WebhookHandler::handle(WebRequest request, Reply reply) {
    using Answer = ServerMetrics::Answer;
    const auto arrived = m_metrics.now();
    const std::string peer = request.peer;
    const std::string path{path_part(request.target).substr(0, 128)};
    auto accepted = accept(std::move(request));
    if (!accepted && accepted.error().why == k_probe) {
        m_logger->info("webhook_probe peer={}", peer);
        reply(accepted.error().response);
        return;
    }
    if (!accepted) {
        m_logger->warn("webhook_refused path=\"{}\" peer={} status={} why={}",
                       base::storable_text(path), peer, accepted.error().response.status,
                       accepted.error().why);
        m_metrics.webhook_refused(twilio::parse_route(path), accepted.error().why);
        reply(accepted.error().response);
        return;
    }
    const Route route = accepted->route;
    const auto outcome = std::make_shared<std::atomic<Answer>>(Answer::accepted);
    reply = m_metrics.counted(route, arrived, outcome, std::move(reply));
    if (is_voice(route)) {
        handle_voice(std::move(*accepted), outcome, std::move(reply));
        return;
    }
    const std::string sid = accepted->delivery.sid.str();
    WebResponse answer{.status = 204};
    if (accepted->expects_twiml) {
        answer = xml(twilio::hangup_twiml());
    }
    // The commit may outlive this handler: nothing of it is used there.
    m_commits.submit(std::move(accepted->delivery),
                     [logger = m_logger, outcome, route, sid, answer = std::move(answer),
                      reply = std::move(reply)](GroupCommit::Told told) {
                         const bool kept = told.result != GroupCommit::Result::failed;
                         logger->info("webhook call={} route={} result={}", sid,
                                      twilio::path_of(route), to_string(told.result));
                         *outcome = answer_of(told.result, route);
                         reply(kept ? answer : text(503, "try again"));
                     });
}

// The caller on the line comes first: the recording starts with the TwiML. The call is known once a
// later callback of it is durable, or by the host's own row.
void WebhookHandler::handle_voice(Accepted accepted, const ServerMetrics::Outcome& outcome,
                                  Reply reply) {
    const base::CallSid call = accepted.delivery.sid;
    VoiceReply::Answer own = [fresh = voice_answer(accepted, /*is_recorded=*/false),
                              recorded = voice_answer(accepted, /*is_recorded=*/true)](
                                 bool is_recorded) { return is_recorded ? recorded : fresh; };
    const auto pending = std::make_shared<VoiceReply>(std::move(reply));
    m_voice_deadlines.watch([logger = m_logger, call, outcome, pending] {
        pending->commit_is_late([&] {
            logger->error("webhook_commit_late call={}", call.str());
            *outcome = ServerMetrics::Answer::late;
        });
    });
    if (m_upstream == nullptr) {
        pending->answer_with(std::move(own));
    } else {
        accepted.request.body = accepted.delivery.raw;
        m_upstream->ask(
            {call, std::move(accepted.request), std::move(own)},
            [pending](VoiceReply::Answer answer) { pending->answer_with(std::move(answer)); });
    }
    m_commits.submit(std::move(accepted.delivery), [logger = m_logger, route = accepted.route, call,
                                                    outcome, pending](GroupCommit::Told told) {
        logger->info("webhook call={} route={} result={}", call.str(), twilio::path_of(route),
                     to_string(told.result));
        *outcome = answer_of(told.result, route);
        pending->commit_told(told.is_taken);
    });
}

} // namespace callctl::app
