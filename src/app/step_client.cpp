#include "app/step_client.hpp"

namespace callctl::app {

base::Result<base::HttpResponse> StepClient::send(const base::HttpRequest& request) {
    if (!m_pacer.wait_for_turn(m_provider)) {
        return base::fail(base::ErrorKind::transient, "stopped: waiting for the request's turn");
    }
    if (const auto pause = m_pacer.closed_since(m_provider, m_decided_at)) {
        return base::fail(base::ErrorKind::transient,
                          "closed: another request has found out that nothing is to be asked now",
                          pause);
    }
    m_has_asked = true;
    ++m_usage.requests;
    auto response = m_inner.send(request);
    if (response) {
        remember(*response);
    }
    return response;
}

void StepClient::remember(const base::HttpResponse& response) {
    for (const char* name : {"Twilio-Request-Id", "x-request-id", "request-id"}) {
        const auto value = base::find_header(response.headers, name);
        if (!value.empty()) {
            m_usage.request_id = value;
        }
    }
}

} // namespace callctl::app
