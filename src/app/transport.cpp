#include "app/transport.hpp"

#include <array>
#include <utility>

namespace callctl::app {
namespace {

constexpr std::array<std::pair<std::string_view, call::Reason>, 5> k_reasons{{
    {"connect:", call::Reason::unreachable},
    {"timeout:", call::Reason::timeout},
    {"local:", call::Reason::local_fault},
    {"stopped:", call::Reason::interrupted},
    {"closed:", call::Reason::provider_closed},
}};

call::Reason reason_of(std::string_view message) {
    for (const auto& [stage, reason] : k_reasons) {
        if (message.starts_with(stage)) {
            return reason;
        }
    }
    return call::Reason::provider_error;
}

} // namespace

call::Outcome<base::HttpResponse> exchange(port::HttpClient& http, const base::HttpRequest& request,
                                           std::string_view what) {
    auto response = http.send(request);
    if (response) {
        return std::move(*response);
    }
    const base::Error& error = response.error();
    return base::fail(call::Failure{.reason = reason_of(error.message),
                                    .detail = std::string{what} + ": " + error.message,
                                    .retry_after = error.retry_after});
}

} // namespace callctl::app
