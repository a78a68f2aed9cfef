#include "sim/callbacks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace callctl::sim {

struct Callbacks::Flight {
    Notice notice;
    CallbackUrl url;
    std::string token;
    std::string signing_key;
    std::size_t entry{0};
    std::uint64_t generation{0};
    base::Time departed{};
    int attempts{0};
    int redirects{0};
    bool refuse_first{false};
};

namespace {

constexpr int k_most_redirects = 10; // error 11215

bool is_voice(std::string_view kind) {
    return kind == "voice" || kind == "action";
}

std::optional<AttemptFailure> failure_of(const base::Result<base::HttpResponse>& result) {
    if (!result) {
        const bool connect = result.error().message.starts_with("connect:");
        return connect ? AttemptFailure::connect : AttemptFailure::read;
    }
    if (result->status >= 500) {
        return AttemptFailure::server_error;
    }
    if (result->status >= 400) {
        return AttemptFailure::client_error;
    }
    return std::nullopt;
}

std::string rewritten(const Options& options, const std::string& url) {
    for (const auto& [from, to] : options.rewrites) {
        if (url.starts_with(from)) {
            return to + url.substr(from.size());
        }
    }
    return url;
}

} // namespace

void Callbacks::send(Notice notice) {
    const auto* const call = m_world->find_call(notice.call_sid);
    const Subject subject{.call_sid = notice.call_sid,
                          .ordinal = call != nullptr ? call->ordinal : 0,
                          .target = notice.to.url};
    const auto fault = m_world->faults.strike("callback." + notice.kind, subject);
    DeliveryEntry entry{.kind = notice.kind,
                        .call_sid = notice.call_sid,
                        .recording_sid = notice.recording_sid,
                        .url = notice.to.url};
    if (fault) {
        entry.fault = to_string(fault->kind);
    }
    auto flight = std::make_shared<Flight>();
    flight->notice = std::move(notice);
    flight->entry = m_world->deliveries.size();
    flight->generation = m_world->generation;
    flight->token = m_world->ids.next_uuid();
    flight->signing_key = m_world->options.auth_token;
    flight->departed = m_engine->now();
    entry.token = flight->token;
    m_world->deliveries.push_back(std::move(entry));
    ++m_under_way;
    auto url = parse_callback_url(flight->notice.to.url);
    if (!url) {
        const bool relative = flight->notice.to.url.find("://") == std::string::npos;
        m_world->debug({.time = m_engine->now(),
                        .code = relative ? 11200 : 11100,
                        .call_sid = flight->notice.call_sid,
                        .message = relative ? "HTTP retrieval failure" : "Invalid URL format",
                        .url = flight->notice.to.url});
        finish(flight, base::fail(base::ErrorKind::invalid_input, "url: not an absolute URL"));
        return;
    }
    flight->url = std::move(*url);
    depart(flight, fault ? &*fault : nullptr);
}

void Callbacks::depart(const FlightPtr& flight, const Fault* fault) {
    const auto kind = fault == nullptr ? std::nullopt : std::optional{fault->kind};
    if (kind == FaultKind::drop) {
        finish(flight, base::fail(base::ErrorKind::transient, "connect: dropped by a fault"));
        return;
    }
    if (kind == FaultKind::reorder) {
        m_held[flight->notice.call_sid].push_back(flight);
        m_engine->after_wall(m_world->settings.reorder_patience,
                             [this, sid = flight->notice.call_sid] { let_go(take_held(sid)); });
        return;
    }
    if (kind == FaultKind::delay) {
        m_engine->after_wall(fault->delay, [this, flight] {
            flight->departed = m_engine->now();
            attempt(flight);
        });
        return;
    }
    if (kind == FaultKind::duplicate) {
        auto twin = std::make_shared<Flight>(*flight);
        twin->notice.heard = nullptr;
        ++m_under_way;
        attempt(twin);
    }
    flight->signing_key += kind == FaultKind::bad_signature ? "x" : "";
    flight->refuse_first = kind == FaultKind::connect_failure;
    attempt(flight);
}

base::HttpRequest Callbacks::request_of(const Flight& flight) const {
    const bool get = flight.notice.to.method == "GET";
    const std::string encoded = encode_fields(flight.notice.fields);
    const auto with_query = [&](const std::string& url) {
        return get ? url + (url.find('?') == std::string::npos ? "?" : "&") + encoded : url;
    };
    base::HttpRequest request{.method = get ? "GET" : "POST",
                              .url = rewritten(m_world->options, with_query(flight.url.url))};
    if (!get) {
        request.headers.push_back(
            {"Content-Type", "application/x-www-form-urlencoded; charset=UTF-8"});
        request.body = encoded;
    }
    request.headers.push_back(
        {"X-Twilio-Signature",
         twilio_signature(flight.signing_key, with_query(flight.url.signed_url),
                          get ? Fields{} : flight.notice.fields)});
    request.headers.push_back({"I-Twilio-Idempotency-Token", flight.token});
    request.headers.push_back({"Accept", "*/*"});
    request.headers.push_back({"User-Agent", "TwilioProxy/1.1"});
    request.headers.push_back({"X-Home-Region", "us1"});
    request.headers.push_back({"Connection", "close"});
    const auto spent = std::chrono::duration_cast<milliseconds>(m_engine->now() - flight.departed);
    request.timeout = std::max(std::min(flight.url.read_timeout, flight.url.total_timeout - spent),
                               milliseconds{1});
    request.connect_timeout = flight.url.connect_timeout;
    request.max_response_bytes = 1U << 20U;
    return request;
}

void Callbacks::attempt(const FlightPtr& flight) {
    ++flight->attempts;
    if (std::exchange(flight->refuse_first, false)) {
        landed(flight, base::fail(base::ErrorKind::transient, "connect: refused by a fault"));
        return;
    }
    m_world->count("callback." + flight->notice.kind, flight->notice.call_sid);
    m_engine->send(request_of(*flight), [this, flight](const auto& result) {
        if (flight->generation == m_world->generation) {
            landed(flight, result);
        }
    });
}

bool Callbacks::redirected(const FlightPtr& flight, const base::HttpResponse& response) {
    const auto location = base::find_header(response.headers, "Location");
    const auto next = parse_callback_url(location);
    if (response.status < 300 || response.status > 308 || response.status == 304 || !next ||
        ++flight->redirects > k_most_redirects) {
        return false;
    }
    if (response.status != 307 && response.status != 308) {
        // The parameters are lost on the way, as they are with Twilio.
        flight->notice.to.method = "GET";
        flight->notice.fields.clear();
    }
    flight->url.url = next->url;
    flight->url.signed_url = next->signed_url;
    return true;
}

void Callbacks::landed(const FlightPtr& flight, const base::Result<base::HttpResponse>& result) {
    m_world->deliveries[flight->entry].results.push_back(result ? std::to_string(result->status)
                                                                : result.error().message);
    if (result && redirected(flight, *result)) {
        attempt(flight);
        return;
    }
    const auto failure = failure_of(result);
    if (failure && flight->attempts <= flight->url.retries && flight->url.retries_after(*failure) &&
        m_engine->now() - flight->departed < flight->url.total_timeout) {
        attempt(flight);
        return;
    }
    if (failure) {
        note_failure(*flight, result);
    }
    finish(flight, result);
}

void Callbacks::note_failure(const Flight& flight, const base::Result<base::HttpResponse>& result) {
    DebuggerEntry entry{.time = m_engine->now(),
                        .code = 11200,
                        .call_sid = flight.notice.call_sid,
                        .message = "HTTP retrieval failure",
                        .url = flight.url.url};
    const auto failure = failure_of(result);
    if (failure == AttemptFailure::connect) {
        entry.code = 11205;
        entry.message = "HTTP connection failure";
    } else if (!is_voice(flight.notice.kind) && result) {
        entry.code = 15003;
        entry.error = false;
        entry.message = fmt::format("Got HTTP {} response to a callback", result->status);
    } else if (!is_voice(flight.notice.kind)) {
        entry.code = 15002;
        entry.message = "Call progress: queue timeout";
    }
    m_world->debug(std::move(entry));
}

void Callbacks::finish(const FlightPtr& flight, const base::Result<base::HttpResponse>& result) {
    --m_under_way;
    // Only what was held before: what the answer leads to waits for the next one.
    const auto held = take_held(flight->notice.call_sid);
    if (flight->notice.heard) {
        flight->notice.heard(result);
    }
    let_go(held);
}

std::vector<Callbacks::FlightPtr> Callbacks::take_held(const std::string& call_sid) {
    auto held = m_held.extract(call_sid);
    return held.empty() ? std::vector<FlightPtr>{} : std::move(held.mapped());
}

void Callbacks::let_go(const std::vector<FlightPtr>& held) {
    for (const FlightPtr& flight : held) {
        flight->departed = m_engine->now();
        attempt(flight);
    }
}

void Callbacks::clear() {
    m_held.clear();
    m_under_way = 0;
}

} // namespace callctl::sim
