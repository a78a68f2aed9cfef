#include "app/upstream_request.hpp"

#include "base/text.hpp"
#include "twilio/form.hpp"
#include "twilio/signature.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace callctl::app {
namespace {

constexpr std::array k_passed_on{"Content-Type", "Accept",        "User-Agent",
                                 "Cookie",       "X-Home-Region", "I-Twilio-Idempotency-Token"};
// More than the name of a host, which other proxies use here.
constexpr std::string_view k_via = "1.1 callctl-serve-webhooks";
constexpr std::size_t k_max_cookie_bytes{8U << 10U};
/// What is too long for Twilio is told from what has no end, and a debugger's error page fits.
constexpr std::size_t k_max_answer_bytes{256U << 10U};
/// Time for one lost packet, which is sent again after a second.
constexpr std::chrono::milliseconds k_connect_timeout{2'000};

// A list that a proxy adds itself to.
std::string continued(const port::WebRequest& request, std::string_view header,
                      std::string_view own) {
    std::string list;
    for (const auto& [name, value] : request.headers) {
        if (base::lower_case(name) == base::lower_case(header)) {
            list.append(value).append(", ");
        }
    }
    return list.append(own);
}

} // namespace

base::HttpRequest upstream_request(const port::WebRequest& request, const UpstreamPlace& place) {
    const std::string target = request.target.substr(0, request.target.find('#'));
    base::HttpRequest out{.method = "POST",
                          .url = place.url + target,
                          .body = request.body,
                          .timeout = place.timeout,
                          .connect_timeout = std::min(place.timeout, k_connect_timeout),
                          .max_response_bytes = k_max_answer_bytes};
    for (const char* const name : k_passed_on) {
        if (const auto value = base::find_header(request.headers, name); !value.empty()) {
            out.headers.push_back({name, std::string{value}});
        }
    }
    const std::string scheme = place.public_url.substr(0, place.public_url.find(':'));
    out.headers.push_back(
        {"X-Twilio-Signature", twilio::sign(place.auth_token, place.public_url + target,
                                            twilio::fields_as_sent(request.body))});
    out.headers.push_back({"X-Forwarded-For", continued(request, "X-Forwarded-For", request.peer)});
    out.headers.push_back({"X-Forwarded-Proto", scheme});
    out.headers.push_back({"X-Forwarded-Host", base::host_of(place.public_url)});
    out.headers.push_back({"Via", continued(request, "Via", k_via)});
    return out;
}

bool comes_from_callctl(const port::WebRequest& request) {
    return std::ranges::any_of(request.headers, [](const base::HttpHeader& header) {
        return base::lower_case(header.name) == "via" &&
               header.value.find(k_via) != std::string::npos;
    });
}

std::vector<base::HttpHeader> cookies_of(const base::HttpResponse& response) {
    std::vector<base::HttpHeader> cookies;
    std::size_t bytes = 0;
    for (const auto& [name, value] : response.headers) {
        if (base::lower_case(name) == "set-cookie" && bytes + value.size() <= k_max_cookie_bytes) {
            bytes += value.size();
            cookies.push_back({"Set-Cookie", value});
        }
    }
    return cookies;
}

} // namespace callctl::app
