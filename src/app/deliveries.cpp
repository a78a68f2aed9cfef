#include "app/deliveries.hpp"

#include "base/digest.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

namespace callctl::app {
namespace {

using nlohmann::json;

// Length-prefixed parts, so that no two deliveries share a digest by sliding bytes between them.
std::string digest_of(std::string_view route, std::string_view token, std::string_view raw) {
    std::string parts;
    for (const std::string_view part : {route, token, raw}) {
        parts += std::to_string(part.size());
        parts += ':';
        parts += part;
    }
    return base::sha256(parts);
}

std::string text_of(const json& record, const char* name) {
    const auto& bytes = record.at(name).get_binary();
    return {bytes.begin(), bytes.end()};
}

json binary(std::string_view text) {
    return json::binary({text.begin(), text.end()});
}

// Reading CBOR recurs into what is nested, and a stack is not as deep as a record is long.
class Shallow : public json::json_sax_t {
  public:
    bool null() override { return true; }
    bool boolean(bool /*value*/) override { return true; }
    bool number_integer(std::int64_t /*value*/) override { return true; }
    bool number_unsigned(std::uint64_t /*value*/) override { return true; }
    bool number_float(double /*value*/, const std::string& /*text*/) override { return true; }
    bool string(std::string& /*value*/) override { return true; }
    bool binary(json::binary_t& /*value*/) override { return true; }
    bool key(std::string& /*value*/) override { return true; }
    bool start_object(std::size_t /*size*/) override { return ++m_depth <= k_deepest; }
    bool end_object() override { return m_depth-- > 0; }
    bool start_array(std::size_t /*size*/) override { return ++m_depth <= k_deepest; }
    bool end_array() override { return m_depth-- > 0; }
    bool parse_error(std::size_t /*at*/, const std::string& /*token*/,
                     const json::exception& /*error*/) override {
        return false;
    }

  private:
    static constexpr int k_deepest = 3; // a header in the list of a record
    int m_depth{0};
};

json shallow_record(std::string_view bytes) {
    Shallow shallow;
    return json::sax_parse(bytes, &shallow, json::input_format_t::cbor) ? json::from_cbor(bytes)
                                                                        : json{};
}

// Of the years that a time can be written in.
base::Time time_at(const json& microseconds) {
    constexpr base::Time k_first{std::chrono::sys_days{std::chrono::year{1} / 1 / 1}};
    constexpr base::Time k_end{std::chrono::sys_days{std::chrono::year{10'000} / 1 / 1}};
    const auto count = microseconds.is_number_integer() ? microseconds.get<std::int64_t>()
                                                        : std::int64_t{INT64_MAX};
    const base::Time time{std::chrono::microseconds{count}};
    if (time < k_first || time >= k_end) {
        throw std::out_of_range{"a time that no delivery has"};
    }
    return time;
}

Received received_from(const json& record) {
    Received received{.route = twilio::parse_route(text_of(record, "route")).value(),
                      .raw = text_of(record, "raw"),
                      .idempotency_token = text_of(record, "token"),
                      .at = time_at(record.at("at_us"))};
    for (const json& header : record.at("headers")) {
        received.headers.push_back({text_of(header, "name"), text_of(header, "value")});
    }
    return received;
}

} // namespace

bool is_voice(twilio::Route route) {
    return route == twilio::Route::incoming_call || route == twilio::Route::outbound_call;
}

call::Delivery delivery_of(Received received, twilio::WebhookNews news) {
    const auto path = twilio::path_of(received.route);
    call::Delivery delivery{.route = std::string{path},
                            .headers = std::move(received.headers),
                            .digest = digest_of(path, received.idempotency_token, received.raw),
                            .sid = std::move(news.sid),
                            .news = std::move(news.news)};
    delivery.raw = std::move(received.raw);
    delivery.idempotency_token = std::move(received.idempotency_token);
    if (is_voice(received.route)) {
        delivery.news.asked_by_twiml_at = received.at;
    }
    return delivery;
}

std::string spooled(const call::Delivery& delivery) {
    json record{{"route", binary(delivery.route)},
                {"raw", binary(delivery.raw)},
                {"token", binary(delivery.idempotency_token)},
                {"at_us", delivery.news.heard_at.value_or(base::Time{}).time_since_epoch().count()},
                {"headers", json::array()}};
    for (const base::HttpHeader& header : delivery.headers) {
        record["headers"].push_back(
            {{"name", binary(header.name)}, {"value", binary(header.value)}});
    }
    std::string bytes;
    json::to_cbor(record, bytes);
    return bytes;
}

base::Result<call::Delivery> delivery_from_spool(std::string_view record) {
    const auto refused = [](const std::string& why) {
        return base::fail(base::ErrorKind::invalid_input, "a record is no delivery: " + why);
    };
    try {
        auto received = received_from(shallow_record(record));
        const auto form = twilio::parse_form(received.raw);
        if (!form) {
            return refused(form.error().message);
        }
        auto news = twilio::read_webhook(received.route, *form, received.at);
        if (!news) {
            return refused(news.error().message);
        }
        return delivery_of(std::move(received), std::move(*news));
    } catch (const std::exception& /*its text may quote what was said*/) {
        return refused("its fields are not those of one");
    }
}

} // namespace callctl::app
