#include "app/transport.hpp"

namespace callctl::app {
namespace {

call::Reason reason_of(std::string_view message) {
    if (message.starts_with("connect:")) {
        return call::Reason::unreachable;
    }
    return message.starts_with("timeout:") ? call::Reason::timeout : call::Reason::provider_error;
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
