#include "twilio/form.hpp"

#include "fuzz/claim.hpp"
#include "fuzz/fuzzers.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <string>

namespace callctl::fuzz {
namespace {

using twilio::Form;

bool is_encoded(char c) {
    return base::is_alphanumeric(c) || std::string_view{"-._~%=&"}.find(c) != std::string::npos;
}

bool has_long_field(std::string_view text) {
    while (text.size() > twilio::k_max_field_name) {
        const std::size_t end = text.find('&');
        if (std::min(end, text.size()) > twilio::k_max_field_name) {
            return true;
        }
        text.remove_prefix(end + 1);
    }
    return false;
}

// Nothing in it that has to be made anything else of.
bool is_harmless(std::string_view text) {
    const auto fields = static_cast<std::size_t>(std::count(text.begin(), text.end(), '&')) + 1;
    return fields <= twilio::k_max_form_fields && text.find('%') == std::string_view::npos &&
           !has_long_field(text) && base::storable_text(text) == text;
}

void check_fields(const Form& form) {
    must(form.size() <= twilio::k_max_form_fields, "no form has more fields than the limit");
    for (const auto& [name, value] : form) {
        must(base::storable_text(name) == name, "names can be stored");
        must(base::storable_text(value) == value, "values can be stored");
        must(twilio::field(form, name).has_value(), "a field is found by its name");
        must(name.size() <= twilio::k_max_field_name && value.size() <= twilio::k_max_field_value,
             "names and values are cut at their limits");
    }
}

void check_as_sent(const Form& form, std::string_view input) {
    std::size_t bytes = 0;
    for (const auto& [name, value] : form) {
        bytes += name.size() + value.size();
    }
    must(bytes <= input.size(), "decoding makes nothing longer");
}

} // namespace

void form(std::string_view input) {
    const Form sent = twilio::fields_as_sent(input);
    check_as_sent(sent, input);
    const auto read = twilio::parse_form(input);
    must(!is_harmless(input) || (read && *read == sent), "what is harmless is read as it was sent");
    if (!read) {
        must(sent.size() > twilio::k_max_form_fields, "only too many fields are refused");
        must(read.error().kind == base::ErrorKind::invalid_input, "a bad form is bad input");
        must(read.error().message.size() < 80, "no message quotes the form");
        return;
    }
    check_fields(*read);
    const std::string encoded = twilio::encode_form(*read);
    must(std::all_of(encoded.begin(), encoded.end(), is_encoded), "all is encoded that has to be");
    const auto again = twilio::parse_form(encoded);
    must(again && *again == *read, "what was encoded reads as before");
}

} // namespace callctl::fuzz
