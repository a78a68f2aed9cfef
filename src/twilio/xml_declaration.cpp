#include "twilio/xml_declaration.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <string>

namespace callctl::twilio {
namespace {

constexpr std::string_view k_blanks = " \t\r\n";
constexpr std::string_view k_declaration = "<?xml";

std::string_view behind_blanks(std::string_view text) {
    return text.substr(std::min(text.find_first_not_of(k_blanks), text.size()));
}

bool is_blank(char c) {
    return k_blanks.find(c) != std::string_view::npos;
}

// Takes ` name="value"` from the front of `rest`; the value with its quotes, empty when that is not
// what stands there.
std::string_view take_value(std::string_view& rest, std::string_view name) {
    std::string_view after = behind_blanks(rest);
    if (after.size() == rest.size() || !after.starts_with(name)) {
        return {};
    }
    after = behind_blanks(after.substr(name.size()));
    if (!after.starts_with('=')) {
        return {};
    }
    after = behind_blanks(after.substr(1));
    const std::size_t end = after.empty() ? std::string_view::npos : after.find(after[0], 1);
    if (end == std::string_view::npos || (after[0] != '"' && after[0] != '\'')) {
        return {};
    }
    rest = after.substr(end + 1);
    return after.substr(0, end + 1);
}

bool is_version(std::string_view quoted) {
    return quoted.size() > 4 && quoted.substr(1, 2) == "1." &&
           std::ranges::all_of(quoted.substr(3, quoted.size() - 4), base::is_digit);
}

bool is_utf8(std::string_view quoted) {
    const std::string name = base::lower_case(quoted.substr(1, quoted.size() - 2));
    return name == "utf-8" || name == "us-ascii";
}

bool is_yes_or_no(std::string_view quoted) {
    const std::string_view word = quoted.substr(1, quoted.size() - 2);
    return word == "yes" || word == "no";
}

} // namespace

base::Result<std::size_t, std::string_view> xml_declaration_end(std::string_view document) {
    using Fault = base::Unexpected<std::string_view>;
    const bool there = document.starts_with(k_declaration) &&
                       document.size() > k_declaration.size() &&
                       is_blank(document[k_declaration.size()]);
    if (!there) {
        return std::size_t{0};
    }
    std::string_view rest = document.substr(k_declaration.size());
    if (!is_version(take_value(rest, "version"))) {
        return Fault{"the XML declaration begins with no version of XML"};
    }
    const std::string_view encoding = take_value(rest, "encoding");
    if (!encoding.empty() && !is_utf8(encoding)) {
        return Fault{"the declared encoding is not UTF-8"};
    }
    const std::string_view standalone = take_value(rest, "standalone");
    rest = behind_blanks(rest);
    if ((!standalone.empty() && !is_yes_or_no(standalone)) || !rest.starts_with("?>")) {
        return Fault{"the XML declaration is not closed"};
    }
    return document.size() - rest.size() + 2;
}

} // namespace callctl::twilio
