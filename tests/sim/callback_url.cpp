#include "sim/callback_url.hpp"

#include "sim/message.hpp"

#include <algorithm>

namespace callctl::sim {
namespace {

void override_milliseconds(const Fields& overrides, std::string_view name, int most,
                           std::chrono::milliseconds& value) {
    const auto number = to_int(value_of(overrides, name).value_or(""));
    if (number && *number >= 100 && *number <= most) {
        value = std::chrono::milliseconds{*number};
    }
}

void apply_overrides(std::string_view fragment, CallbackUrl& url) {
    const Fields overrides = parse_fields(fragment);
    override_milliseconds(overrides, "ct", 10'000, url.connect_timeout);
    override_milliseconds(overrides, "rt", 15'000, url.read_timeout);
    override_milliseconds(overrides, "tt", 15'000, url.total_timeout);
    const auto retries = to_int(value_of(overrides, "rc").value_or(""));
    if (retries && *retries >= 0 && *retries <= 5) {
        url.retries = *retries;
    }
    if (const auto policy = value_of(overrides, "rp")) {
        url.policy = split(*policy, ',');
    }
}

constexpr std::size_t k_longest = 4000;

bool is_plain(char c) {
    return c > ' ' && c < '\x7f' && c != '"' && c != '<' && c != '>';
}

} // namespace

bool CallbackUrl::retries_after(AttemptFailure failure) const {
    const auto named = [this](std::string_view word) {
        return std::ranges::find(policy, word) != policy.end();
    };
    if (named("all")) {
        return true;
    }
    switch (failure) {
    case AttemptFailure::connect:
        return named("ct");
    case AttemptFailure::read:
        return named("rt");
    case AttemptFailure::client_error:
        return named("4xx");
    case AttemptFailure::server_error:
        return named("5xx");
    }
    return false;
}

std::optional<CallbackUrl> parse_callback_url(std::string_view text) {
    const std::string_view whole = text.substr(0, text.find('#'));
    const std::size_t scheme_end = whole.find("://");
    if (scheme_end == std::string_view::npos || text.size() > k_longest ||
        !std::ranges::all_of(whole, is_plain)) {
        return std::nullopt;
    }
    const std::string scheme = lower_case(whole.substr(0, scheme_end));
    const std::string_view rest = whole.substr(scheme_end + 3);
    const std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
    const std::string_view path = rest.substr(authority.size());
    const std::string_view host_and_port = authority.substr(authority.rfind('@') + 1);
    const std::string_view host = host_and_port.substr(0, host_and_port.rfind(':'));
    if ((scheme != "http" && scheme != "https") || host.empty() ||
        host.find('_') != std::string_view::npos) {
        return std::nullopt;
    }
    CallbackUrl url{.url = std::string{whole}};
    url.signed_url = std::string{whole.substr(0, scheme_end)} + "://" +
                     std::string{scheme == "https" ? host : host_and_port} + std::string{path};
    if (whole.size() < text.size()) {
        apply_overrides(text.substr(whole.size() + 1), url);
    }
    return url;
}

} // namespace callctl::sim
