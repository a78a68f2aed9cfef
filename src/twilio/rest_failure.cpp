#include "base/text.hpp"
#include "twilio/answered.hpp"
#include "twilio/masked_text.hpp"
#include "twilio/number.hpp"
#include "twilio/rest.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace callctl::twilio {
namespace {

using nlohmann::json;

constexpr std::size_t k_max_message_bytes = 200;

struct ErrorBody {
    int code{0};
    std::string message{};
};

// Numbers come as numbers or as text.
std::string scalar_text(const json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end()) {
        return {};
    }
    return found->is_string() ? found->get<std::string>()
                              : (found->is_number_integer() ? found->dump() : std::string{});
}

std::optional<ErrorBody> json_error(std::string_view body) {
    const json parsed = json::parse(body, nullptr, /*allow_exceptions=*/false);
    if (!parsed.is_object()) {
        return std::nullopt;
    }
    ErrorBody error;
    error.code = parse_number(scalar_text(parsed, "code")).value_or(0);
    // `title` and `detail` are those of RFC 9457, which newer products answer with.
    for (const char* const name : {"message", "detail", "title"}) {
        if (error.message.empty()) {
            error.message = scalar_text(parsed, name);
        }
    }
    return error.code == 0 && error.message.empty() ? std::nullopt : std::optional{error};
}

std::string_view between(std::string_view text, std::string_view open, std::string_view close) {
    const std::size_t begin = text.find(open);
    if (begin == std::string_view::npos) {
        return {};
    }
    text.remove_prefix(begin + open.size());
    const std::size_t end = text.find(close);
    return end == std::string_view::npos ? std::string_view{} : text.substr(0, end);
}

// What a URL without `.json` is answered with; media URLs are such.
std::optional<ErrorBody> xml_error(std::string_view body) {
    const std::string_view error = between(body, "<RestException>", "</RestException>");
    if (error.empty()) {
        return std::nullopt;
    }
    return ErrorBody{parse_number(between(error, "<Code>", "</Code>")).value_or(0),
                     std::string{between(error, "<Message>", "</Message>")}};
}

std::optional<call::Reason> reason_of_code(int code) {
    using call::Reason;
    switch (code) {
    case 20003: // authentication error
    case 20005: // account not active
    case 20006: // access denied
    case 20008: // test credentials
        return Reason::auth;
    case 20404:
        return Reason::not_found;
    case 20429: // not processed, always safe to repeat
        return Reason::rate_limited;
    case 20009: // cannot be deleted before it is complete
    case 21501: // still being processed; Retry-After says when
        return Reason::not_ready;
    case 16114: // Twilio waited too long for the call's own state
        return Reason::timeout;
    case 20409: // conflict with the present state: to be read again
    case 20500:
    case 20503:
    case 21481: // page token: the listing has to begin again
        return Reason::provider_error;
    case 20004: // method not allowed
    case 20007: // page size
    case 20422: // invalid parameter
    case 21220: // not in progress; what that means is the pipeline's to say
        return Reason::rejected;
    default:
        return std::nullopt;
    }
}

// `readable`: the body was an error of Twilio's own, and not one of some proxy before it.
call::Reason reason_of_status(int status, bool readable) {
    using call::Reason;
    switch (status) {
    case 401:
    case 403:
        return Reason::auth;
    case 404:
        return Reason::not_found;
    case 408:
        return Reason::timeout;
    case 409:
        return Reason::provider_error;
    case 429:
        return Reason::rate_limited;
    case 400:
    case 405:
    case 422:
    // These two say that the request itself will never be served.
    case 501:
    case 505:
        return Reason::rejected;
    default:
        break;
    }
    if (status >= 500 && status <= 599) {
        return Reason::provider_error;
    }
    return readable && status >= 400 ? Reason::rejected : Reason::bad_reply;
}

} // namespace

call::Failure answered(const base::HttpResponse& response, std::string_view what) {
    constexpr std::size_t longest_id = 64;
    call::Failure failure;
    failure.detail = std::string{what} + ": twilio answered " + std::to_string(response.status);
    failure.retry_after = base::retry_after(response.headers);
    failure.http_status = response.status;
    failure.request_id = base::shortened(
        base::one_line(base::find_header(response.headers, "Twilio-Request-Id")), longest_id);
    return failure;
}

call::Failure failure_of(const base::HttpResponse& response, std::string_view what) {
    auto error = json_error(response.body);
    if (!error) {
        error = xml_error(response.body);
    }
    call::Failure failure = answered(response, what);
    failure.provider_code = error ? error->code : 0;
    failure.reason = reason_of_code(failure.provider_code)
                         .value_or(reason_of_status(response.status, error.has_value()));
    if (failure.provider_code != 0) {
        failure.detail += ", code " + std::to_string(failure.provider_code);
    }
    if (error && !error->message.empty()) {
        failure.detail += ": " + base::shortened(masked_text(error->message), k_max_message_bytes);
    }
    return failure;
}

} // namespace callctl::twilio
