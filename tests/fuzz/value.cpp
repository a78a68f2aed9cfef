#include "fuzz/claim.hpp"
#include "fuzz/conninfo.hpp"
#include "fuzz/fuzzers.hpp"
#include "fuzz/reply.hpp"

#include "base/exception.hpp"
#include "base/http.hpp"
#include "base/language.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "call/ai_error.hpp"
#include "call/recording_sid.hpp"
#include "twilio/form.hpp"
#include "twilio/masked_text.hpp"
#include "web/listen_address.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>

namespace callctl::fuzz {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

std::ptrdiff_t digits_in(std::string_view text) {
    return std::count_if(text.begin(), text.end(), base::is_digit);
}

void check_times(std::string_view input) {
    if (const auto time = base::parse_rfc2822(input)) {
        const auto second = std::chrono::floor<std::chrono::seconds>(*time);
        must(base::parse_rfc2822(base::format_http_date(*time)) == base::Time{second},
             "the date of a header comes back from its text");
    }
    if (const auto time = base::parse_iso8601(input)) {
        must(base::parse_iso8601(base::format_iso8601(*time)) == time,
             "a time comes back from its text");
    }
    if (const auto duration = base::parse_duration(input)) {
        must(*duration >= milliseconds{0} && *duration <= hours{24 * 36'500},
             "a duration is within its bounds");
        must(!base::format_duration(*duration).empty(), "a duration can be shown");
    }
    const auto wait = base::retry_after(
        {{"Retry-After", std::string{input}}, {"Date", "Wed, 20 Apr 2022 23:45:25 +0000"}});
    must(!wait || (*wait >= milliseconds{0} && *wait <= hours{24}), "a wait is a day at most");
}

void check_text(std::string_view input) {
    const std::string text = base::storable_text(input);
    must(base::storable_text(text) == text, "what can be stored stays as it is");
    const std::string plain = base::plain_text(input);
    must(base::plain_text(plain) == plain, "plain text stays as it is");
    check_line(base::one_line(input), 3 * input.size());
    for (const std::size_t most : {0U, 2U, 3U, 7U, 40U}) {
        const std::string cut = base::shortened(text, most);
        must(cut.size() <= most, "a text is cut to its length");
        must(base::storable_text(cut) == cut, "a text is cut between characters");
    }
    must(base::to_hex(input).size() == 2 * input.size(), "a byte has two digits");
    must(base::lower_case(base::lower_case(input)) == base::lower_case(input), "small is small");
    const auto code = base::iso_language(input);
    must(code.empty() || (code.size() == 2 && base::iso_language(code) == code),
         "a language has two letters");
    const auto form = twilio::parse_form("x=" + base::percent_encode(text));
    must(form && form->size() == 1 && form->front().second == text, "what is encoded comes back");
    const auto sid = call::recording_sid_in(input);
    must(!sid || input.find(sid->str()) != std::string_view::npos, "a SID that is found is there");
    const auto near = input.substr(0, 40);
    must(base::edit_distance(near, "transcript") == base::edit_distance("transcript", near),
         "near is near from both sides");
}

// Fit for a log: numbers and keys are not told.
void check_masks(std::string_view input) {
    const std::string number = base::mask_phone(input);
    const auto digits = digits_in(input);
    const auto shown = digits_in(number);
    must(shown == 0 || (shown <= 8 && digits - shown >= 4), "enough of a number is hidden");
    const std::string line = twilio::masked_text(input);
    must(twilio::masked_text(line) == line, "what is masked stays as it is");
    check_line(line, 9 * input.size());
    check_line(call::quotable(input), 200);
}

void check_urls(std::string_view input) {
    const std::string shown = base::printable_url(input);
    must(base::printable_url(shown) == shown, "what is printed can be printed");
    (void)base::host_of(input);
    constexpr std::size_t k_long_enough = 6;
    const std::string_view around = "https://app:@db.example.com/x*** https://***";
    // Behind an `@` of its own a password cannot be told from a host.
    if (input.size() < k_long_enough || around.find(input) != std::string_view::npos ||
        input.find('@') != std::string_view::npos) {
        return;
    }
    const std::string url = fmt::format("https://app:{}@db.example.com/x", input);
    must(base::printable_url(url).find(input) == std::string::npos, "no URL shows its password");
    must(base::host_of(url).find(input) == std::string::npos, "no host shows a password");
}

void check_address(std::string_view input) {
    try {
        const auto address = web::parse_listen_address(input);
        const bool six = address.host.find(':') != std::string::npos;
        const std::string text =
            fmt::format("{}{}{}:{}", six ? "[" : "", address.host, six ? "]" : "", address.port);
        const auto again = web::parse_listen_address(text);
        must(again.host == address.host && again.port == address.port,
             "an address is what its text says");
    } catch (const base::ConfigError& error) {
        must(!error.hint().empty(), "a refusal says what to write");
    }
}

} // namespace

void value(std::string_view input) {
    check_times(input);
    check_text(input);
    check_masks(input);
    check_urls(input);
    check_address(input);
    check_conninfo(input);
}

} // namespace callctl::fuzz
