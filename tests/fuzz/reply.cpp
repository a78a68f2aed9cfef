#include "fuzz/reply.hpp"

#include "fuzz/claim.hpp"

#include "base/text.hpp"

#include <charconv>
#include <chrono>

namespace callctl::fuzz {

base::HttpResponse reply_of(std::string_view input) {
    base::HttpResponse response{.status = 200};
    std::string_view rest = input;
    const std::string_view first = take_line(rest);
    int status = 0;
    const auto [end, error] = std::from_chars(first.data(), first.data() + first.size(), status);
    if (error != std::errc{} || end != first.data() + first.size()) {
        response.body = input;
        return response;
    }
    response.status = status;
    while (!rest.empty()) {
        const std::string_view line = take_line(rest);
        if (line.empty()) {
            break;
        }
        const std::size_t colon = std::min(line.find(": "), line.size());
        response.headers.push_back({std::string{line.substr(0, colon)},
                                    std::string{line.substr(std::min(colon + 2, line.size()))}});
    }
    response.body = rest;
    return response;
}

void check_line(std::string_view text, std::size_t most) {
    must(text.size() <= most, "a line is bounded");
    must(base::one_line(text) == text, "a line is one line of plain text");
}

void check_failure(const call::Failure& failure) {
    check_line(failure.detail, 600);
    must(!failure.detail.empty(), "a failure has a detail");
    check_line(failure.request_id, 130);
    check_line(failure.parameter, 64);
    must(!call::to_string(failure.reason).empty(), "a failure has a reason");
    const auto wait = failure.retry_after.value_or(std::chrono::milliseconds{0});
    must(wait >= std::chrono::milliseconds{0} && wait <= std::chrono::hours{24},
         "no wait is longer than a day");
}

std::string deep_body(std::string_view key, std::string_view open, std::string_view close) {
    constexpr int k_depth = 25'000;
    std::string body = key.empty() ? "" : "{\"" + std::string{key} + "\":";
    for (int i = 0; i < k_depth; ++i) {
        body += open;
    }
    body += open == "[" ? "" : "1";
    for (int i = 0; i < k_depth; ++i) {
        body += close;
    }
    return body + (key.empty() || close.empty() ? "" : "}");
}

} // namespace callctl::fuzz
