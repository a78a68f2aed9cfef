#include "twilio/webhook.hpp"

#include "fuzz/claim.hpp"
#include "fuzz/fuzzers.hpp"

#include "app/deliveries.hpp"

#include <array>
#include <chrono>
#include <string>

namespace callctl::fuzz {
namespace {

using call::CallFacts;
using twilio::Route;

constexpr std::array k_routes{Route::incoming_call, Route::outbound_call, Route::handle_recording,
                              Route::call_status, Route::stream_ended};
constexpr base::Time k_received{std::chrono::milliseconds{1'650'498'339'600}};

void check_time(const std::optional<base::Time>& time) {
    must(!time || base::parse_iso8601(base::format_iso8601(*time)) == time,
         "a time that was read can be written");
}

void check_facts(const CallFacts& facts, Route route) {
    must(facts.heard_at == k_received, "a delivery was heard of when it came");
    check_time(facts.answered_at);
    check_time(facts.ended_at);
    check_time(facts.recording.started_at);
    must(!facts.ended_at || call::is_terminal(facts.state), "only what is over has an end");
    must(facts.duration.value_or(std::chrono::seconds{0}).count() >= 0, "no call is negative");
    must(facts.recording.duration.value_or(std::chrono::seconds{0}).count() >= 0,
         "no recording is negative");
    must(facts.recording.channels.value_or(1) > 0, "a recording has channels or says nothing");
    must(facts.recording.error_code.value_or(1) > 0, "0 is no error");
    must(facts.recording.sid.has_value() == (facts.recording_count == 1), "a recording is counted");
    must(route != Route::handle_recording || facts.recording.sid.has_value(),
         "a recording callback is about a recording");
    must(route != Route::incoming_call || facts.direction == call::Direction::inbound,
         "what comes in is inbound");
    must(route != Route::outbound_call || facts.direction == call::Direction::outbound,
         "what goes out is outbound");
}

// Twilio sends things twice, and in any order.
void check_merging(const CallFacts& facts) {
    const CallFacts once = call::merged({}, facts);
    must(call::merged(once, facts) == once, "the same delivery twice changes nothing");
    must(call::merged(once, {}) == once, "no news change nothing");
}

// It waits in the spool as it came, and nothing that differs has its digest.
void check_delivery(const app::Received& received, const twilio::WebhookNews& news) {
    const call::Delivery delivery = app::delivery_of(received, news);
    must(delivery.digest.size() == 32, "a digest has 32 bytes");
    must(app::delivery_of(received, news).digest == delivery.digest, "a digest is always the same");
    const auto again = app::delivery_from_spool(app::spooled(delivery));
    must(again && again->digest == delivery.digest && again->raw == delivery.raw &&
             again->route == delivery.route && again->sid == delivery.sid &&
             again->idempotency_token == delivery.idempotency_token &&
             again->headers.size() == delivery.headers.size() && again->news == delivery.news,
         "a delivery comes out of the spool as it went in");
    app::Received other = received;
    other.idempotency_token += other.raw.front();
    other.raw.erase(0, 1);
    must(app::delivery_of(other, news).digest != delivery.digest,
         "no two deliveries share a digest");
}

void check_refusal(const base::Error& error) {
    must(error.kind == base::ErrorKind::invalid_input, "what cannot be read is bad input");
    must(!error.message.empty() && error.message.size() < 60, "no message quotes a field");
}

} // namespace

void webhook(std::string_view input) {
    const auto form = twilio::parse_form(input);
    if (!form) {
        return;
    }
    for (const Route route : k_routes) {
        must(twilio::parse_route(twilio::path_of(route)) == route, "a route is found by its path");
        const auto read = twilio::read_webhook(route, *form, k_received);
        if (!read) {
            check_refusal(read.error());
            continue;
        }
        must(read->sid.str() == twilio::field(*form, "CallSid"), "the call is the one named");
        must(read->account.str() == twilio::field(*form, "AccountSid"),
             "the account is the one named");
        check_facts(read->news, route);
        check_merging(read->news);
        check_delivery({.route = route,
                        .raw = std::string{input},
                        .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
                        .idempotency_token = "0b1c",
                        .at = k_received},
                       *read);
        const auto again = twilio::read_webhook(route, *form, k_received);
        must(again && again->news == read->news, "the same fields say the same");
    }
}

} // namespace callctl::fuzz
