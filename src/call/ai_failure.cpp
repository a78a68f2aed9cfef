#include "call/ai_failure.hpp"

#include "base/text.hpp"
#include "call/ai_error.hpp"
#include "call/ai_reason.hpp"
#include "call/ai_remedy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace callctl::call {
namespace {

using std::chrono::milliseconds;

double milliseconds_of_unit(std::string_view unit) {
    constexpr std::array<std::pair<std::string_view, double>, 12> units{{{"ms", 1.0},
                                                                         {"s", 1000.0},
                                                                         {"m", 60'000.0},
                                                                         {"h", 3'600'000.0},
                                                                         {"us", 0.001},
                                                                         {"ns", 0.000'001},
                                                                         {"second", 1000.0},
                                                                         {"seconds", 1000.0},
                                                                         {"minute", 60'000.0},
                                                                         {"minutes", 60'000.0},
                                                                         {"hour", 3'600'000.0},
                                                                         {"hours", 3'600'000.0}}};
    const auto* const found = std::ranges::find(units, unit, [](const auto& u) { return u.first; });
    return found == units.end() ? 0.0 : found->second;
}

// A Go duration (`1.146s`, `6m0s`) or words (`6 seconds`) at the front of `text`.
std::optional<milliseconds> leading_duration(std::string_view text) {
    constexpr double k_longest = 86'400'000.0; // as base::retry_after
    double total = 0.0;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
        double number = 0.0;
        const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number,
                                                   std::chars_format::fixed);
        if (error != std::errc{}) {
            break;
        }
        text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
        if (text.starts_with(' ')) {
            text.remove_prefix(1);
        }
        const std::size_t length =
            std::min(text.find_first_not_of("abcdefghijklmnopqrstuvwxyz"), text.size());
        const double unit = milliseconds_of_unit(text.substr(0, length));
        if (unit == 0.0) {
            break;
        }
        total += number * unit;
        text.remove_prefix(length);
    }
    if (total <= 0.0) { // none, or "0s", which is no wait either
        return std::nullopt;
    }
    return milliseconds{static_cast<std::int64_t>(std::ceil(std::min(total, k_longest)))};
}

// OpenAI and Groq: "Please try again in 1.146s"; Azure: "Please retry after 6 seconds".
std::optional<milliseconds> wait_in_words(std::string_view message) {
    const std::string text = base::lower_case(message);
    for (const std::string_view lead : {"try again in ", "retry after ", "retry in "}) {
        const std::size_t found = text.find(lead);
        if (found != std::string::npos) {
            return leading_duration(std::string_view{text}.substr(found + lead.size()));
        }
    }
    return std::nullopt;
}

bool is_success(int status) {
    return status >= 200 && status <= 299;
}

Reason reason_of(const base::HttpResponse& response, const std::optional<AiError>& error,
                 bool names_time) {
    const int status = response.status;
    if (is_success(status)) {
        if (!error) { // a page is nobody's answer to this call: the next one would get it too
            return is_html_page(response) ? Reason::provider_error : Reason::bad_reply;
        }
        return error->number != 0 ? ai_reason(error->number, *error, names_time)
                                  : ai_reason(*error);
    }
    if (status < 300 || status > 599) {
        return Reason::bad_reply;
    }
    if (status < 400) { // we follow no redirect with a key in hand
        return Reason::provider_config;
    }
    return ai_reason(status, error.value_or(AiError{}), names_time);
}

// The server's own word on whether the same request may work later. Of a fault of the server's own
// it means this moment, as the providers' clients take it: no call is given up for an outage.
Reason corrected(Reason reason, int status, std::string_view should_retry) {
    if (should_retry == "true" && reason == Reason::rejected) {
        return Reason::provider_error;
    }
    const bool ours_to_repeat = reason == Reason::provider_error && status < 500;
    return should_retry == "false" && ours_to_repeat ? Reason::rejected : reason;
}

std::string detail_of(const base::HttpResponse& response, const std::optional<AiError>& error,
                      std::string_view what) {
    std::string detail = fmt::format("{}: HTTP {}", what, response.status);
    if (!error || (error->message.empty() && error->code.empty() && error->type.empty())) {
        return detail + " with " + kind_of_body(response);
    }
    const bool named = !error->code.empty() && error->number == 0;
    const std::string label = quotable(named ? error->code : error->type);
    const std::string message = quotable(error->message);
    if (error->number != 0 && error->number != response.status) {
        detail += fmt::format(", error {}", error->number);
    }
    detail += label.empty() ? "" : " " + label;
    detail += message.empty() ? "" : ": " + message;
    return detail;
}

std::string plain_word(std::string_view text) {
    constexpr std::size_t k_longest = 128;
    const bool plain = text.size() <= k_longest && std::ranges::all_of(text, [](char c) {
                           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                  (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' ||
                                  c == ':';
                       });
    return plain ? std::string{text} : std::string{};
}

} // namespace

std::string ai_request_id(const std::vector<base::HttpHeader>& headers) {
    const std::string_view id = base::find_header(headers, "x-request-id");
    return plain_word(id.empty() ? base::find_header(headers, "request-id") : id);
}

std::optional<Failure> ai_failure(const base::HttpResponse& response, std::string_view what) {
    const auto [error, is_object] = read_ai_body(response);
    if (is_success(response.status) && !error && is_object) {
        return std::nullopt;
    }
    // Nothing is less than any wait.
    const auto wait = std::max(base::retry_after(response.headers),
                               error ? wait_in_words(error->message) : std::nullopt);
    Failure failure;
    failure.reason = reason_of(response, error, wait.has_value());
    if (error || !is_success(response.status)) {
        failure.reason = corrected(failure.reason, response.status,
                                   base::find_header(response.headers, "x-should-retry"));
    }
    failure.detail = detail_of(response, error, what);
    failure.retry_after = wait;
    failure.http_status = response.status;
    failure.request_id = ai_request_id(response.headers);
    if (error) {
        failure.remedy = ai_remedy(failure.reason, *error);
        failure.parameter =
            failure.remedy == Remedy::degrade ? ai_refused_parameter(*error) : std::string{};
        failure.request_id =
            failure.request_id.empty() ? plain_word(error->request_id) : failure.request_id;
    } else if (failure.reason == Reason::too_large) {
        failure.remedy = Remedy::split_smaller;
    }
    return failure;
}

Failure ai_bad_reply(const base::HttpResponse& response, std::string_view what,
                     std::string_view problem) {
    return {.reason = Reason::bad_reply,
            .detail = fmt::format("{}: {}", what, problem),
            .http_status = response.status,
            .request_id = ai_request_id(response.headers)};
}

} // namespace callctl::call
