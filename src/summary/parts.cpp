#include "summary/parts.hpp"

#include "base/text.hpp"
#include "summary/prompt.hpp"

#include <algorithm>
#include <charconv>

namespace callctl::summary {
namespace {

constexpr std::size_t k_framing = 100; // roles, the names in the data
constexpr std::size_t k_overlapping_lines = 2;
constexpr std::size_t k_longest_head = 40;
constexpr std::size_t k_smallest_context = 1024;

// Half tokens of the character that begins with this byte; 0 for bytes that continue one.
std::size_t weight(char c) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80U) {
        return base::is_digit(c) ? 2 : 1;
    }
    if (byte < 0xC0U) {
        return 0;
    }
    if (byte < 0xE0U) {
        return 1;
    }
    return byte < 0xF0U ? 2 : 4;
}

bool begins_character(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

// As an entry of a list in JSON: in quotes, with a comma, and what has to be escaped as two.
std::size_t entry_weight(char c) {
    return weight(c) + (c == '"' || c == '\\' || c == '\t' ? 1 : 0);
}

constexpr std::size_t k_entry_weight = 3;

std::size_t cost_of(std::string_view line) {
    std::size_t halves = k_entry_weight;
    for (const char c : line) {
        halves += entry_weight(c);
    }
    return (halves + 1) / 2;
}

// `[mm:ss] speaker: `, or nothing.
std::string_view head_of(std::string_view line) {
    const std::size_t end = line.find(": ");
    const bool has_head =
        line.starts_with('[') && end != std::string_view::npos && end + 2 <= k_longest_head;
    return has_head ? line.substr(0, end + 2) : std::string_view{};
}

// The end of the longest beginning of `text` that is within `limit`, after a space where there is
// one in its second half; at least one character.
std::size_t fitting(std::string_view text, std::size_t limit) {
    std::size_t halves = k_entry_weight;
    std::size_t end = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        halves += entry_weight(text[i]);
        if (begins_character(text[i]) && i > 0) {
            end = i;
        }
        if (halves > 2 * limit && end > 0) {
            const std::size_t space = text.substr(0, end).rfind(' ');
            return space != std::string_view::npos && space > end / 2 ? space + 1 : end;
        }
    }
    return text.size();
}

void add_cut(std::vector<std::string>& out, std::string_view line, std::size_t limit) {
    const std::string head{head_of(line)};
    line.remove_prefix(head.size());
    const std::size_t room = limit - cost_of(head);
    while (!line.empty()) {
        const std::size_t end = fitting(line, room);
        out.push_back(head + std::string{line.substr(0, end)});
        line.remove_prefix(end);
    }
}

std::vector<std::string> without_giants(std::span<const std::string> lines, std::size_t limit) {
    std::vector<std::string> out;
    for (const std::string& line : lines) {
        if (cost_of(line) <= limit) {
            out.push_back(line);
        } else {
            add_cut(out, line, limit);
        }
    }
    return out;
}

std::size_t cost_of(std::span<const std::string> lines) {
    std::size_t total = 0;
    for (const std::string& line : lines) {
        total += cost_of(line);
    }
    return total;
}

// What a new part begins with.
std::vector<std::string> carried(const std::vector<std::string>& part, std::size_t limit) {
    const auto count = static_cast<std::ptrdiff_t>(std::min(k_overlapping_lines, part.size()));
    std::vector<std::string> last{part.end() - count, part.end()};
    return cost_of(last) <= limit / 4 ? last : std::vector<std::string>{};
}

// In the form that is put at the greatest length, so that a call is cut alike whatever form the
// server has turned out to take: parts that were paid for are found again.
std::size_t taken_by(Server server, const Question& question) {
    std::size_t longest = 0;
    for (const AnswerForm form :
         {AnswerForm::json_schema, AnswerForm::json_object, AnswerForm::none}) {
        server.answer_form = form;
        longest = std::max(longest, estimated_tokens(worded(server, question).instructions));
    }
    return longest + static_cast<std::size_t>(server.max_tokens) + k_framing;
}

} // namespace

std::size_t estimated_tokens(std::string_view text) {
    std::size_t halves = 0;
    for (const char c : text) {
        halves += weight(c);
    }
    return (halves + 1) / 2;
}

Room room_of(const Server& server, const Question& question) {
    const std::size_t taken = taken_by(server, question);
    const auto context = static_cast<std::size_t>(server.context_tokens);
    const std::size_t whole = context > taken ? context - taken : 0;
    return {.whole = whole, .part = std::min(whole, context / 5 * 3)};
}

std::vector<std::vector<std::string>> in_parts(std::span<const std::string> lines,
                                               std::size_t limit, Overlap overlap) {
    std::vector<std::vector<std::string>> parts(1);
    std::size_t used = 0;
    for (const std::string& line : without_giants(lines, limit)) {
        const std::size_t cost = cost_of(line);
        if (used + cost > limit && !parts.back().empty()) {
            auto next = overlap == Overlap::turns ? carried(parts.back(), limit)
                                                  : std::vector<std::string>{};
            used = cost_of(next);
            if (used + cost > limit) { // no room for both: the new line is what counts
                next.clear();
                used = 0;
            }
            parts.push_back(std::move(next));
        }
        parts.back().push_back(line);
        used += cost;
    }
    return parts;
}

std::optional<std::size_t> stated_context(std::string_view detail) {
    const std::string text = base::lower_case(detail);
    const std::size_t word = text.find("context ");
    const std::size_t digit =
        word == std::string::npos ? word : text.find_first_of("0123456789", word);
    std::size_t number = 0;
    if (digit == std::string::npos) {
        return std::nullopt;
    }
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data() + digit, end, number);
    const bool believable = error == std::errc{} && number >= k_smallest_context;
    return believable ? std::optional{number} : std::nullopt;
}

Server narrowed(Server server, const Question& asked, const call::Failure& failure) {
    const auto context = static_cast<std::size_t>(server.context_tokens);
    const std::size_t taken = taken_by(server, asked);
    const std::size_t half = taken + estimated_tokens(asked.data) / 2;
    const auto stated = stated_context(failure.detail);
    // One that was known before did not help: the tokens were estimated as too few.
    const bool is_news = stated && *stated < context;
    server.context_tokens = static_cast<int>(std::min(context, is_news ? *stated : half));
    return server;
}

} // namespace callctl::summary
