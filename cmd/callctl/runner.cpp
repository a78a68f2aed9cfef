#include "runner.hpp"

#include "exit_code.hpp"
#include "logging.hpp"
#include "terminal_text.hpp"

#include "base/exception.hpp"
#include "base/text.hpp"
#include "config/value.hpp"

#include <algorithm>
#include <charconv>
#include <istream>
#include <limits>

namespace callctl::cmd {
namespace {

// "no stage 'transcrip'", with the nearest right word.
[[noreturn]] void refuse_word(const std::string& kind, const std::string& text,
                              const std::vector<std::string_view>& words) {
    const std::string_view nearest = base::nearest_word(text, words);
    std::string hint;
    if (nearest.empty()) {
        hint = "one of:";
        for (const auto word : words) {
            hint += " " + std::string{word};
        }
    } else {
        hint = "did you mean '" + std::string{nearest} + "'?";
    }
    throw base::UsageError{"there is no " + kind + " '" + base::storable_text(text) + "'", hint};
}

template <class Value, class Values>
Value word_or_refuse(const std::string& kind, const std::string& text, const Values& values) {
    std::vector<std::string_view> words;
    for (const Value value : values) {
        if (to_string(value) == text) {
            return value;
        }
        words.push_back(to_string(value));
    }
    refuse_word(kind, text, words);
}

// Where a stream keeps whether its lines go to the journal.
int journal_mark() {
    static const int k_index = std::ios_base::xalloc();
    return k_index;
}

// The priority that a line in the journal begins with (sd-daemon(3)).
std::string_view if_journal(std::ostream& err, std::string_view priority) {
    return err.iword(journal_mark()) != 0 ? priority : "";
}

} // namespace

config::Loaded Runner::read_config() const {
    config::Sources sources{.flags = flags, .environment = environment};
    sources.files = config_file.empty()
                        ? config::default_files(environment)
                        : std::vector{config::File{.path = config_file, .required = true}};
    return config::load(sources);
}

config::Loaded Runner::load_config() {
    config::Loaded loaded = read_config();
    for (const std::string& warning : loaded.warnings) {
        err << if_journal(err, "<4>") << "callctl: warning: " << warning << '\n';
    }
    return loaded;
}

config::Config Runner::configured(std::initializer_list<config::Need> needs) {
    config::Config config = load_config().config;
    config::require(config, needs);
    return config;
}

std::shared_ptr<spdlog::logger> Runner::logger(const config::Config& config) const {
    return make_logger(config.log, is_journal(environment("JOURNAL_STREAM"), STDERR_FILENO));
}

Screen Runner::screen() const {
    const TerminalSize size = terminal_size ? terminal_size() : TerminalSize{};
    return {.out = out,
            .terminal = terminal,
            .redraws = takes_controls(terminal, environment),
            .colour = colour,
            .width = shown_width(terminal, size.columns, environment),
            .height = size.lines};
}

bool Runner::agrees() {
    if (!asks) {
        return false;
    }
    out << std::flush;
    err << "callctl: go on? [y/N] " << std::flush;
    std::string answer;
    const bool answered = (!input_comes || input_comes()) && std::getline(in, answer);
    if (!answered) {
        err << '\n'; // nobody has pressed Enter
    }
    return answer == "y" || answer == "yes";
}

int Runner::fail(int code, const std::string& message, const std::string& hint) const {
    if (!is_plug_in) {
        print_error(err, message, hint);
        return code;
    }
    std::string line = base::one_line(message + (hint.empty() ? "" : " - " + hint));
    std::ranges::replace(line, '|', '/'); // behind it come performance data
    out << "CALLCTL UNKNOWN - " << line << '\n';
    return k_check_unknown;
}

int Runner::unless_stopped(int code) const {
    const int signal = stop_signal ? stop_signal() : 0;
    return signal != 0 ? 128 + signal : code;
}

void mark_as_journal(std::ostream& err) {
    err.iword(journal_mark()) = 1;
}

void print_error(std::ostream& err, const std::string& message, const std::string& hint) {
    err << if_journal(err, "<3>") << "callctl: error: " << printable_text(message) << '\n';
    if (!hint.empty()) {
        err << if_journal(err, "<3>") << "hint: " << printable_text(hint) << '\n';
    }
}

base::CallSid parse_call_sid(const std::string& text) {
    const auto sid = base::CallSid::parse(text);
    if (!sid) {
        throw base::UsageError{"'" + base::storable_text(base::shortened(text, 64)) +
                                   "' is not a call SID",
                               "a call SID is CA and 32 hexadecimal digits"};
    }
    return *sid;
}

std::string_view parse_word(const std::string& kind, const std::string& text,
                            const std::vector<std::string_view>& words) {
    const auto found = std::ranges::find(words, text);
    if (found == words.end()) {
        refuse_word(kind, text, words);
    }
    return *found;
}

std::chrono::milliseconds parse_duration(const std::string& option, const std::string& text) {
    const auto duration = base::parse_duration(text);
    if (!duration) {
        throw base::UsageError{option + ": '" + base::storable_text(base::shortened(text, 64)) +
                                   "' is not a duration",
                               "write a number with its unit, such as 90s, 5m, 2h or 7d"};
    }
    return *duration;
}

std::chrono::milliseconds parse_seconds(const std::string& option, const std::string& text) {
    const bool bare = !text.empty() && std::ranges::all_of(text, base::is_digit);
    return parse_duration(option, bare ? text + "s" : text);
}

ColourWhen parse_colour_when(const std::string& text) {
    return word_or_refuse<ColourWhen>("way to colour", text, k_colour_whens);
}

std::int64_t parse_amount(const std::string& option, const std::string& text) {
    const config::Setting setting{option, "", "", "amount"};
    const config::Value value{.text = text,
                              .origin = {.kind = config::OriginKind::flag, .name = option}};
    return config::to_micros({setting, value});
}

int parse_number(const std::string& option, const std::string& text, int lowest, int highest) {
    int number = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    if (error == std::errc{} && rest == end && number >= lowest && number <= highest) {
        return number;
    }
    std::string range = "from " + std::to_string(lowest);
    if (highest != std::numeric_limits<int>::max()) {
        range += " to " + std::to_string(highest);
    }
    throw base::UsageError{option + ": '" + base::storable_text(base::shortened(text, 64)) +
                               "' is not a whole number " + range,
                           "write digits only, as in " + option + " " +
                               std::to_string(std::max(lowest, 1))};
}

call::Stage parse_stage(const std::string& text) {
    return word_or_refuse<call::Stage>("stage", text, call::k_stages);
}

call::Status parse_status(const std::string& text) {
    return word_or_refuse<call::Status>("status", text, call::k_statuses);
}

call::Reason parse_reason(const std::string& text) {
    std::string upper = text;
    std::ranges::transform(upper, upper.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    std::vector<call::Reason> reasons;
    for (const call::ReasonInfo& reason : call::all_reasons()) {
        reasons.push_back(reason.reason);
    }
    return word_or_refuse<call::Reason>("reason", upper, reasons);
}

} // namespace callctl::cmd
