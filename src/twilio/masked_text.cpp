#include "twilio/masked_text.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace callctl::twilio {
namespace {

std::size_t sid_length(std::string_view text) {
    constexpr std::size_t length = 34;
    const auto* const end = std::ranges::find_if_not(text, base::is_alphanumeric);
    const bool prefixed =
        text.size() >= 2 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'A' && text[1] <= 'Z';
    return prefixed && static_cast<std::size_t>(end - text.begin()) == length ? length : 0;
}

// `+1 (555) 123-4567` as a whole, up to its last digit.
std::size_t number_length(std::string_view text) {
    const std::size_t behind = std::min(text.find_first_not_of("0123456789+-() ."), text.size());
    return text.substr(0, behind).find_last_of("0123456789") + 1;
}

} // namespace

std::string masked_text(std::string_view text) {
    constexpr std::string_view version = "2010-04-01";
    constexpr std::ptrdiff_t fewest_digits = 7;
    const std::string line = base::one_line(text);
    std::string_view rest{line};
    std::string out;
    while (!rest.empty()) {
        std::size_t length = 1;
        const bool begins_word = out.empty() || !base::is_alphanumeric(out.back());
        if (const std::size_t sid = begins_word ? sid_length(rest) : 0; sid > 0) {
            length = sid;
        } else if (rest.starts_with(version)) {
            length = version.size();
        } else if (base::is_digit(rest.front())) {
            length = number_length(rest);
            const std::string_view number = rest.substr(0, length);
            if (std::ranges::count_if(number, base::is_digit) >= fewest_digits) {
                out += base::mask_phone(number);
                rest.remove_prefix(length);
                continue;
            }
        }
        out += rest.substr(0, length);
        rest.remove_prefix(length);
    }
    return out;
}

} // namespace callctl::twilio
