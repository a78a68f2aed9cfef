#include "pg/query.hpp"

#include "base/exception.hpp"
#include "base/text.hpp"
#include "pg/shim.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace callctl::pg {
namespace {

/// 9999-12-31 and 1000-01-01: far enough, and fit to reckon with.
constexpr base::Time k_endless{std::chrono::seconds{253'402'214'400}};
constexpr base::Time k_ages_ago{std::chrono::seconds{-30'610'224'000}};

int digit_value(char digit) {
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

} // namespace

Param param(base::Time time) {
    return base::format_iso8601(time);
}

Param bytes_param(std::string_view bytes) {
    const bool is_plain =
        std::ranges::all_of(bytes, [](char c) { return c >= '\x20' && c <= '\x7E' && c != '\\'; });
    return is_plain ? std::string{bytes} : "\\x" + base::to_hex(bytes);
}

void append_element(std::string& literal, const Param& element) {
    literal += literal.empty() ? '{' : ',';
    if (!element) {
        literal += "NULL";
        return;
    }
    literal += '"';
    std::string_view rest{*element};
    while (!rest.empty()) {
        const std::size_t plain = std::min(rest.find_first_of("\"\\"), rest.size());
        literal += rest.substr(0, plain);
        rest.remove_prefix(plain);
        if (!rest.empty()) {
            (literal += '\\') += rest.front();
            rest.remove_prefix(1);
        }
    }
    literal += '"';
}

std::string array_literal(std::span<const Param> elements) {
    std::string literal;
    for (const Param& element : elements) {
        append_element(literal, element);
    }
    return literal.empty() ? "{}" : literal + '}';
}

Param text_array(std::span<const std::string> texts) {
    std::vector<Param> elements{texts.begin(), texts.end()};
    return array_literal(elements);
}

Param id_array(std::span<const std::int64_t> ids) {
    std::vector<Param> elements;
    for (const std::int64_t id : ids) {
        elements.push_back(param(id));
    }
    return array_literal(elements);
}

Param interval_param(std::chrono::milliseconds interval) {
    return param(interval.count());
}

Param text_param(const std::string& text) {
    return text.empty() ? Param{} : param(base::storable_text(text));
}

std::int64_t Field::integer() const {
    std::int64_t value{};
    const char* const end = m_text.data() + m_text.size();
    const auto [rest, error] = std::from_chars(m_text.data(), end, value);
    if (m_null || error != std::errc{} || rest != end) {
        throw base::BugError{"a result column is no integer"};
    }
    return value;
}

bool Field::boolean() const {
    if (m_null || (m_text != "t" && m_text != "f")) {
        throw base::BugError{"a result column is no boolean"};
    }
    return m_text == "t";
}

base::Time Field::time() const {
    // What people write to mean never or always (PostgreSQL, 8.5.1.4).
    if (!m_null && (m_text == "infinity" || m_text == "-infinity")) {
        return m_text == "infinity" ? k_endless : k_ages_ago;
    }
    const auto time = m_null ? std::nullopt : base::parse_iso8601(m_text);
    if (!time) {
        throw base::BugError{"a result column is no timestamp with time zone"};
    }
    return *time;
}

std::string Field::bytes() const {
    if (m_null || !m_text.starts_with("\\x") || m_text.size() % 2 != 0) {
        throw base::BugError{"a result column is no bytea"};
    }
    std::string bytes;
    bytes.reserve(m_text.size() / 2);
    for (std::size_t i = 2; i < m_text.size(); i += 2) {
        bytes += static_cast<char>(digit_value(m_text[i]) * 16 + digit_value(m_text[i + 1]));
    }
    return bytes;
}

std::optional<std::string> Field::optional_text() const {
    return m_null ? std::nullopt : std::optional{text()};
}

std::optional<std::int64_t> Field::optional_integer() const {
    return m_null ? std::nullopt : std::optional{integer()};
}

std::optional<base::Time> Field::optional_time() const {
    return m_null ? std::nullopt : std::optional{time()};
}

Field Row::at(std::size_t column) const {
    using ResultRow = pqxx::result::size_type;
    using ResultColumn = pqxx::row::size_type;
    const auto field =
        m_rows->m_native
            ->result[static_cast<ResultRow>(m_index)][static_cast<ResultColumn>(column)];
    return Field{field.c_str(), to_size(field.size()), field.is_null()};
}

Field Row::operator[](const char* column) const {
    try {
        return at(to_size(m_rows->m_native->result.column_number(column)));
    } catch (const pqxx::argument_error&) {
        throw base::BugError{fmt::format("a result has no column {}", column)};
    }
}

std::size_t Rows::size() const {
    return to_size(m_native->result.size());
}

std::size_t Rows::affected() const {
    return to_size(m_native->result.affected_rows());
}

std::vector<std::string> Rows::columns() const {
    std::vector<std::string> names;
    for (pqxx::row::size_type i = 0; i < m_native->result.columns(); ++i) {
        names.emplace_back(m_native->result.column_name(i));
    }
    return names;
}

Row Rows::one() const {
    if (size() != 1) {
        throw base::BugError{fmt::format("a statement returned {} rows instead of one", size())};
    }
    return (*this)[0];
}

} // namespace callctl::pg
