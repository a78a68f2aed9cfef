// What every failure says of the answer behind it.
#pragma once

#include "base/http.hpp"
#include "call/failure.hpp"

#include <string_view>

namespace callctl::twilio {

/// Status, request id, Retry-After and "`what`: twilio answered 400"; the reason is still open.
[[nodiscard]] call::Failure answered(const base::HttpResponse& response, std::string_view what);

} // namespace callctl::twilio
