#include "screen.hpp"

#include <charconv>

namespace callctl::cmd {
namespace {

constexpr int k_usual_width = 80;

std::string value_of(const config::Environment& environment, const char* name) {
    return environment(name).value_or("");
}

// The rest of the text behind the number, as in `80x24`, makes it none.
int columns_of(const std::string& text) {
    int columns = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, columns);
    return error == std::errc{} && rest == end && columns > 0 ? columns : 0;
}

} // namespace

std::string_view to_string(ColourWhen when) {
    switch (when) {
    case ColourWhen::automatic:
        return "auto";
    case ColourWhen::always:
        return "always";
    case ColourWhen::never:
        return "never";
    }
    return "unknown";
}

bool takes_controls(bool terminal, const config::Environment& environment) {
    return terminal && value_of(environment, "TERM") != "dumb";
}

bool takes_colours(ColourWhen when, bool terminal, const config::Environment& environment) {
    if (when != ColourWhen::automatic) {
        return when == ColourWhen::always;
    }
    return takes_controls(terminal, environment) && value_of(environment, "NO_COLOR").empty() &&
           value_of(environment, "CALLCTL_NO_COLOR").empty();
}

int shown_width(bool terminal, int said, const config::Environment& environment) {
    if (const int columns = columns_of(value_of(environment, "COLUMNS")); columns > 0) {
        return columns;
    }
    if (!terminal) {
        return 0;
    }
    return said > 0 ? said : k_usual_width;
}

} // namespace callctl::cmd
