#include "pg/migrations.hpp"

#include <algorithm>

namespace callctl::pg {
namespace {

bool is_space(char c) {
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

bool is_tag_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// End of the text that begins at `from` and ends with `mark`; the end of the script when it never
/// does.
std::size_t past(std::string_view script, std::string_view mark, std::size_t from) {
    const std::size_t found = script.find(mark, from);
    return found == std::string_view::npos ? script.size() : found + mark.size();
}

/// Block comments nest (PostgreSQL 15, chapter 4.1.5).
std::size_t past_block_comment(std::string_view script, std::size_t from) {
    std::size_t at = from + 2;
    for (int depth = 1; depth > 0 && at < script.size();) {
        const std::string_view next = script.substr(at, 2);
        const int step = next == "/*" ? 1 : next == "*/" ? -1 : 0;
        depth += step;
        at += step == 0 ? 1 : 2;
    }
    return at;
}

/// `$$` or `$tag$` at `from`, else empty.
std::string_view dollar_tag(std::string_view script, std::size_t from) {
    std::size_t end = from + 1;
    while (end < script.size() && is_tag_character(script[end])) {
        ++end;
    }
    return end < script.size() && script[end] == '$' ? script.substr(from, end + 1 - from)
                                                     : std::string_view{};
}

bool is_comment(std::string_view script, std::size_t at) {
    const std::string_view next = script.substr(at, 2);
    return next == "--" || next == "/*";
}

std::size_t past_comment(std::string_view script, std::size_t at) {
    return script[at] == '-' ? past(script, "\n", at) : past_block_comment(script, at);
}

/// Past the quoted text, comment or character at `at`.
std::size_t past_token(std::string_view script, std::size_t at) {
    if (is_comment(script, at)) {
        return past_comment(script, at);
    }
    const char c = script[at];
    if (c == '\'' || c == '"') {
        return past(script, script.substr(at, 1), at + 1);
    }
    const std::string_view tag = c == '$' ? dollar_tag(script, at) : std::string_view{};
    return tag.empty() ? at + 1 : past(script, tag, at + tag.size());
}

std::size_t past_blanks(std::string_view script, std::size_t at) {
    while (at < script.size() && (is_space(script[at]) || is_comment(script, at))) {
        at = is_space(script[at]) ? at + 1 : past_comment(script, at);
    }
    return at;
}

std::string_view trimmed_end(std::string_view text) {
    while (!text.empty() && is_space(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

} // namespace

bool without_transaction(const Migration& migration) {
    return migration.sql.starts_with("-- no-transaction\n");
}

std::vector<std::string> split_statements(std::string_view script) {
    std::vector<std::string> statements;
    std::size_t at = past_blanks(script, 0);
    while (at < script.size()) {
        const std::size_t begin = at;
        while (at < script.size() && script[at] != ';') {
            at = past_token(script, at);
        }
        const std::string_view statement = trimmed_end(script.substr(begin, at - begin));
        if (!statement.empty()) {
            statements.emplace_back(statement);
        }
        at = past_blanks(script, std::min(at + 1, script.size()));
    }
    return statements;
}

bool is_question(std::string_view statement) {
    constexpr std::string_view keyword = "SELECT";
    return statement.starts_with(keyword) && statement.size() > keyword.size() &&
           !is_tag_character(statement[keyword.size()]);
}

} // namespace callctl::pg
