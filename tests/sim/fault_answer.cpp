#include "sim/fault_answer.hpp"

#include "sim/twilio_answer.hpp"

#include <fmt/format.h>

#include <array>

namespace callctl::sim {
namespace {

struct TwilioError {
    int status;
    int code;
    std::string_view message;
};

constexpr std::array<TwilioError, 10> k_twilio_errors{{
    {401, 20003, "Authenticate"},
    {403, 20006, "Access Denied"},
    {404, 20404, "The requested resource was not found"},
    {405, 20004, "Method not allowed"},
    {408, 16114, "Resource not in a state to accept recording action request"},
    {409, 20409, "Conflict"},
    {429, 20429, "Too Many Requests"},
    {500, 20500, "Internal Server Error"},
    {503, 20503, "Service unavailable"},
    {400, 21220, "Requested resource is not eligible for recording"},
}};

Answer html_page(int status) {
    const std::string title = fmt::format("{} Bad Gateway", status);
    return {.response = {
                .status = status,
                .content_type = "text/html",
                .body = fmt::format("<html><head><title>{0}</title></head><body><center><h1>"
                                    "{0}</h1></center><hr><center>nginx</center></body></html>",
                                    title)}};
}

Answer replaced(const Fault& fault, const Refuse& refuse) {
    if (fault.kind == FaultKind::html) {
        return html_page(fault.status == 0 ? 502 : fault.status);
    }
    if (fault.kind == FaultKind::empty) {
        return {.response = {.status = fault.status == 0 ? 200 : fault.status}};
    }
    if (fault.kind == FaultKind::reset) {
        return {.arrival = Arrival::reset};
    }
    if (fault.kind == FaultKind::timeout) {
        return {.arrival = Arrival::never};
    }
    return refuse(fault);
}

bool keeps_answer(FaultKind kind) {
    return kind == FaultKind::truncated || kind == FaultKind::cut || kind == FaultKind::slow ||
           kind == FaultKind::invalid_json || kind == FaultKind::error_in_200;
}

} // namespace

Answer with_fault(const Fault& fault, const std::function<Answer()>& carry_out,
                  const Refuse& refuse) {
    Answer answer;
    if (keeps_answer(fault.kind) || fault.after_effect) {
        answer = carry_out();
    }
    if (fault.kind == FaultKind::truncated) {
        answer.arrival = Arrival::truncated;
    } else if (fault.kind == FaultKind::cut) {
        answer.arrival = Arrival::cut;
    } else if (fault.kind == FaultKind::invalid_json) {
        answer.response.body.resize(answer.response.body.size() / 2);
    } else if (fault.kind == FaultKind::error_in_200) {
        answer = refuse(fault);
        answer.response.status = 200;
    } else if (fault.kind != FaultKind::slow) {
        answer = replaced(fault, refuse);
    }
    if (!fault.body.empty() && fault.kind != FaultKind::redirect) {
        answer.response.body = fault.body;
        answer.long_body.reset();
    }
    if (!fault.retry_after.empty()) {
        answer.response.headers.push_back({"Retry-After", fault.retry_after});
    }
    for (const base::HttpHeader& header : fault.headers) {
        if (lower_case(header.name) == "content-type") {
            answer.response.content_type = header.value;
        } else {
            answer.response.headers.push_back(header);
        }
    }
    answer.delay = fault.delay;
    return answer;
}

Answer twilio_refusal(const Fault& fault, bool json) {
    ApiError error{fault.status == 0 ? 500 : fault.status, 0, "Internal Server Error", {}};
    error.code = to_int(fault.code).value_or(0);
    for (const TwilioError& known : k_twilio_errors) {
        if (error.code == known.code || (fault.code.empty() && known.status == error.status)) {
            error = {fault.status == 0 ? known.status : fault.status,
                     known.code,
                     std::string{known.message},
                     {}};
            break;
        }
    }
    error.message = fault.message.empty() ? error.message : fault.message;
    if (error.status == 401) {
        error.detail = "Your AccountSid or AuthToken was incorrect.";
    }
    return error_answer(error, json ? Format::json : Format::xml);
}

} // namespace callctl::sim
