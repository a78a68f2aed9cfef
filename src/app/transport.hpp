// An exchange with a provider that may fail before there is an answer.
#pragma once

#include "base/http.hpp"
#include "call/failure.hpp"
#include "port/http_client.hpp"

#include <string_view>

namespace callctl::app {

/// Sends; no answer becomes `unreachable` (the request cannot have been processed), `timeout` or
/// `provider_error` (it may have been), `local_fault` or `interrupted` (our own side), or
/// `provider_closed` (nothing was sent). `what` names the request for the failure's detail.
[[nodiscard]] call::Outcome<base::HttpResponse>
exchange(port::HttpClient& http, const base::HttpRequest& request, std::string_view what);

} // namespace callctl::app
