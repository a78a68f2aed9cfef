// Deliveries as they are received, for tests of the spool.
#pragma once

#include "app/deliveries.hpp"
#include "pipeline/news.hpp"

#include <chrono>
#include <string>

namespace callctl::app {

inline base::CallSid call_sid(int number) {
    const std::string digits = std::to_string(number);
    return *base::CallSid::parse("CA" + std::string(32 - digits.size(), '0') + digits);
}

inline call::Delivery received_delivery(int number, twilio::Route route, const std::string& body) {
    const std::string raw =
        "AccountSid=AC0123456789abcdef0123456789abcdef&CallSid=" + call_sid(number).str() + body;
    const base::Time at{std::chrono::seconds{1'700'000'000} + std::chrono::microseconds{number}};
    return delivery_of({.route = route,
                        .raw = raw,
                        .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
                        .idempotency_token = "token " + std::to_string(number),
                        .at = at},
                       twilio::read_webhook(route, twilio::parse_form(raw).value(), at).value());
}

inline call::Delivery status_delivery(int number) {
    return received_delivery(number, twilio::Route::call_status, "&CallStatus=ringing");
}

inline call::Change decide_for_test(const call::Call& call, const call::CallFacts& news,
                                    base::Time now) {
    return pipeline::on_news(call, news, now, pipeline::Policy{});
}

} // namespace callctl::app
