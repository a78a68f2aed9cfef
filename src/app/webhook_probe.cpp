#include "app/webhook_probe.hpp"

#include "app/transport.hpp"
#include "base/text.hpp"
#include "twilio/form.hpp"
#include "twilio/webhook.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace callctl::app {
namespace {

using base::HttpResponse;

constexpr std::string_view k_field = "CallctlProbe";
constexpr std::size_t k_nonce_length = 32;
constexpr std::chrono::milliseconds k_timeout{10'000};
constexpr std::size_t k_longest_answer{64U << 10U};
constexpr std::string_view k_refusal = "the signature does not match\n";

// Twilio signs texts that begin with a URL: this is never one of them.
std::string proof(const base::Secret& token, std::string_view nonce) {
    return "callctl " + twilio::sign(token, "callctl-probe:" + std::string{nonce}, {});
}

bool is_nonce(std::string_view text) {
    return text.size() == k_nonce_length && std::ranges::all_of(text, [](char c) {
               return base::is_digit(c) || (c >= 'a' && c <= 'f');
           });
}

struct ProbeFault {
    std::string detail;
    std::string fix;
};

constexpr std::string_view k_fix_of_issuer =
    "get the reverse proxy a certificate of a public authority, and let it send the whole chain; "
    "Twilio refuses this one too";
// By their alert of TLS: nginx when told to, Caddy as long as it has got none.
constexpr std::string_view k_fix_of_no_certificate =
    "see by the log of the reverse proxy why it has no certificate for that name, or correct "
    "CALLCTL_PUBLIC_URL";

// In libcurl's words, which name what it is about; the first that is found.
constexpr std::array<std::pair<std::string_view, std::string_view>, 9> k_transport_fixes{{
    {"resolve host", "give that name a DNS record, or correct CALLCTL_PUBLIC_URL"},
    {"setting certificate", "let SSL_CERT_FILE name a file in PEM form, or unset it and install "
                            "ca-certificates"},
    {"signed certificate", k_fix_of_issuer},
    {"issuer certificate", k_fix_of_issuer},
    {"ertificate", "renew the certificate of the reverse proxy, for that name and with its chain; "
                   "Twilio refuses it too"},
    {"onnection timed out",
     "open the port in the firewall, and let the reverse proxy speak TLS on it"},
    {"alert internal error", k_fix_of_no_certificate},
    {"unrecognized name", k_fix_of_no_certificate},
    {"SSL", "let the reverse proxy speak TLS on that port, or correct CALLCTL_PUBLIC_URL"},
}};

std::string transport_fix(const call::Failure& failure) {
    for (const auto& [words, fix] : k_transport_fixes) {
        if (failure.detail.find(words) != std::string::npos) {
            return std::string{fix};
        }
    }
    switch (failure.reason) {
    case call::Reason::timeout:
        return "see by the logs whether it reaches the reverse proxy and callctl serve-webhooks, "
               "and which of them hangs";
    case call::Reason::unreachable:
        return "start the reverse proxy, and open its port in the firewall";
    default:
        return "look into the log of the reverse proxy, which broke the connection off";
    }
}

std::string location_of(const HttpResponse& response) {
    const auto target = base::find_header(response.headers, "Location");
    return target.empty() ? "elsewhere"
                          : base::printable_url(base::storable_text(base::shortened(target, 200)));
}

// What is amiss by the status alone, whoever answers.
std::optional<ProbeFault> fault_of_status(const HttpResponse& response) {
    const int status = response.status;
    const std::string answer = "HTTP " + std::to_string(status);
    if (status >= 502 && status <= 504) {
        return ProbeFault{answer + ": nobody serves behind the proxy",
                          "start callctl serve-webhooks, or correct where the reverse proxy leads"};
    }
    if (status >= 300 && status < 400) {
        return ProbeFault{
            answer + ": it leads to " + location_of(response),
            "set CALLCTL_PUBLIC_URL, and the URLs in Twilio's console, to where it leads"};
    }
    if (status == 401 || status == 407) {
        return ProbeFault{
            answer + ": a login is wanted",
            "let the reverse proxy pass /webhook/ without a login; the signature is the "
            "login"};
    }
    if (status == 404) {
        return ProbeFault{
            answer + ": the path is not known there",
            "let the reverse proxy pass /webhook/ to callctl with its path untouched"};
    }
    if (status == 405 || status == 411 || status == 413 || status == 415) {
        return ProbeFault{answer + ": the request does not come through as it was sent",
                          "let the reverse proxy pass POST, body and Content-Type untouched"};
    }
    return std::nullopt;
}

ProbeFault probe_fault(const HttpResponse& response) {
    if (response.status == 403 && response.body == k_refusal) {
        return {"the server refuses the signature",
                "give doctor and server the same TWILIO_AUTH_TOKEN and CALLCTL_PUBLIC_URL, reload "
                "the server, and let the reverse proxy leave path and query untouched"};
    }
    if (response.status == 403 && response.body == "the account is not ours\n") {
        return {"the server is of another account",
                "give doctor and server the same TWILIO_ACCOUNT_SID"};
    }
    if (response.status == 400 && response.body.find("CallSid") != std::string::npos) {
        return {"the server is a callctl that knows no probes",
                "restart callctl serve-webhooks, so that it is the version that is installed"};
    }
    if (auto fault = fault_of_status(response)) {
        return *fault;
    }
    return {"HTTP " + std::to_string(response.status) +
                ", and no proof that it comes from a server with that token",
            "correct the name in CALLCTL_PUBLIC_URL, or where the reverse proxy leads"};
}

/// One probe.
struct Sent {
    const WebhookProbe& probe;
    const base::Secret& signed_with;
};

call::Outcome<HttpResponse> send(port::HttpClient& http, const Sent& sent) {
    const WebhookProbe& probe = sent.probe;
    const std::string url =
        probe.public_url + std::string{twilio::path_of(twilio::Route::call_status)};
    const twilio::Form form{{"AccountSid", probe.account.str()},
                            {std::string{k_field}, probe.nonce}};
    return exchange(http,
                    {.method = "POST",
                     .url = url,
                     .headers = {{"Content-Type", twilio::k_form_type},
                                 {"X-Twilio-Signature", twilio::sign(sent.signed_with, url, form)}},
                     .body = twilio::encode_form(form),
                     .timeout = k_timeout,
                     .max_response_bytes = k_longest_answer},
                    "send a webhook");
}

Check judged(const std::string& name, const std::string& shown, const Sent& sent,
             const call::Outcome<HttpResponse>& response) {
    if (!response) {
        return {name, Health::failed, response.error().detail, transport_fix(response.error())};
    }
    if (response->status == 200 &&
        response->body == proof(sent.signed_with, sent.probe.nonce) + "\n") {
        return {name,
                Health::ok,
                "a signed one comes through " + shown + " to our server, and back",
                {}};
    }
    ProbeFault fault = probe_fault(*response);
    return {name, Health::failed, shown + ": " + fault.detail, std::move(fault.fix)};
}

// Nobody has this one.
base::Secret foreign_token(const WebhookProbe& probe) {
    return base::Secret{"not-a-token-" + probe.nonce};
}

Check check_refusal(port::HttpClient& http, const WebhookProbe& probe) {
    const std::string name = "webhook forgery";
    const base::Secret token = foreign_token(probe);
    const auto response = send(http, {probe, token});
    if (!response) {
        return {name, Health::failed, response.error().detail, transport_fix(response.error())};
    }
    if (response->status == 403) {
        return {name, Health::ok, "one that somebody else has signed is refused", {}};
    }
    return {name, Health::failed,
            "one that somebody else has signed is answered with HTTP " +
                std::to_string(response->status) + ", not with 403",
            "see what answers instead of callctl serve-webhooks, and take it away from /webhook/"};
}

} // namespace

std::optional<std::string> answer_to_probe(std::span<const base::Secret> tokens,
                                           const twilio::SignedRequest& request,
                                           const twilio::Form& form) {
    const auto nonce = twilio::field(form, k_field);
    if (!nonce || !is_nonce(*nonce) || twilio::field(form, "CallSid")) {
        return std::nullopt;
    }
    const auto signer = std::ranges::find_if(tokens, [&](const base::Secret& token) {
        return twilio::verify(std::span{&token, 1}, request) == twilio::Verdict::valid;
    });
    return signer == tokens.end() ? std::nullopt : std::optional{proof(*signer, *nonce)};
}

std::vector<Check> check_webhooks(port::HttpClient& http, const WebhookProbe& probe) {
    const std::string shown = base::printable_url(probe.public_url);
    std::vector<Check> checks;
    for (std::size_t i = 0; i < probe.auth_tokens.size(); ++i) {
        const std::string name = i == 0 ? "webhook" : "webhook with token " + std::to_string(i + 1);
        const Sent sent{probe, probe.auth_tokens[i]};
        checks.push_back(judged(name, shown, sent, send(http, sent)));
    }
    const bool all_well =
        std::ranges::all_of(checks, [](const Check& check) { return check.health == Health::ok; });
    if (all_well) { // of another server it would say nothing
        checks.push_back(check_refusal(http, probe));
    }
    return checks;
}

} // namespace callctl::app
