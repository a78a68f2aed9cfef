// What answers under the URLs of the configuration.
#include "app/doctor.hpp"
#include "app/transport.hpp"
#include "app/webhooks.hpp"
#include "base/http.hpp"
#include "twilio/webhook.hpp"

#include <chrono>

namespace callctl::app {
namespace {

constexpr std::chrono::milliseconds k_probe_timeout{10'000};
constexpr std::size_t k_probe_bytes{64U << 10U};

// The statuses of a proxy that reaches nobody.
bool is_gateway_failure(int status) {
    return status >= 502 && status <= 504;
}

} // namespace

Check check_public_url(port::HttpClient& http, const std::string& url) {
    const std::string name = "public url";
    if (url.empty()) {
        return {name, Health::failed, "CALLCTL_PUBLIC_URL is not set",
                "set it to the URL under which Twilio reaches this server"};
    }
    const std::string shown = base::printable_url(url);
    if (!url.starts_with("https://")) {
        return {name, Health::warning, shown + " is not HTTPS",
                "put a reverse proxy with TLS in front; webhooks carry phone numbers"};
    }
    const base::HttpRequest request{
        .url = url + std::string{twilio::path_of(twilio::Route::handle_recording)},
        .timeout = k_probe_timeout,
        .max_response_bytes = k_probe_bytes};
    const auto response = exchange(http, request, "ask " + shown);
    if (!response) {
        return {name, Health::warning, response.error().detail,
                "check DNS, certificate and reverse proxy; from Twilio's side it may differ"};
    }
    if (response->status == 405 && response->body == std::string{k_use_post} + "\n") {
        return {name, Health::ok, shown + " leads to serve-webhooks", {}};
    }
    const std::string status = "HTTP " + std::to_string(response->status);
    if (is_gateway_failure(response->status)) {
        return {name, Health::warning,
                shown + " answers " + status + ": nobody serves behind the proxy",
                "start callctl serve-webhooks, or check where the reverse proxy leads"};
    }
    return {name, Health::warning,
            shown + " answers " + status + ", but not as serve-webhooks does",
            "check that the reverse proxy leads /webhook/ to callctl, path untouched"};
}

Check check_upstream(port::HttpClient& http, const std::string& url) {
    const std::string name = "upstream";
    const std::string shown = base::printable_url(url);
    const base::HttpRequest request{.method = "HEAD",
                                    .url = url + "/",
                                    .timeout = k_probe_timeout,
                                    .max_response_bytes = k_probe_bytes};
    const auto response = exchange(http, request, "ask " + shown);
    const std::string fix = "start the application, or check upstream.url; calls get the fallback "
                            "meanwhile";
    if (!response) {
        return {name, Health::failed, response.error().detail, fix};
    }
    if (is_gateway_failure(response->status)) {
        return {name, Health::warning,
                shown + " answers HTTP " + std::to_string(response->status) +
                    ": nobody serves behind a proxy there",
                fix};
    }
    return {name, Health::ok, shown + " answers", {}};
}

} // namespace callctl::app
