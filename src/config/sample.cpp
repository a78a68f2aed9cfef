#include "config/sample.hpp"

#include "config/settings.hpp"
#include "config/value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace callctl::config {
namespace {

constexpr std::string_view k_head{
    "# Settings of callctl; callctl.toml(5) says more of each. A line that begins with # and a "
    "name\n"
    "# shows a setting with its default, or \"\" where it has none: remove the # to change it.\n"
    "# 'callctl config' shows what holds; variables of the environment win over this file.\n"};

constexpr std::string_view k_tail{
    "\n# Tables whose keys are your own; they have to stand behind everything else.\n"};

bool is_number(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// What holds while nothing is set, where the line itself does not say it.
std::string note_of(const Setting& setting) {
    if (setting.secrecy == Secrecy::secret) {
        return fmt::format("\n# A secret: better in /etc/callctl/credentials/{}",
                           lower_case(setting.variable));
    }
    if (!setting.default_note.empty()) {
        return fmt::format("\n# Default: {}", setting.default_note);
    }
    return setting.falls_back_to.empty()
               ? ""
               : fmt::format("\n# Default: that of {}", setting.falls_back_to);
}

} // namespace

std::string sample_file() {
    std::string text{k_head};
    // Keys with dots instead of tables: each line can be used alone, and tables can be added below.
    for (const Setting& setting : k_settings) {
        const std::string_view quote = is_number(setting.default_text) ? "" : "\"";
        fmt::format_to(std::back_inserter(text), "\n# {}{}\n#{} = {}{}{}\n", setting.description,
                       note_of(setting), setting.key, quote, setting.default_text, quote);
    }
    text += k_tail;
    for (const std::string_view table : k_open_tables) {
        fmt::format_to(std::back_inserter(text), "#[{}]\n", table);
    }
    return text;
}

} // namespace callctl::config
