// Parameters in, rows out: all that a statement needs, without libpqxx's types. Every parameter is
// text with a cast in the SQL (`$1::bigint`, `$2::timestamptz`, `$3::text[]`), because that is what
// libpqxx 6.4 and 7.x have in common.
#pragma once

#include "base/time.hpp"

#include <chrono>
#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace callctl::pg {

/// Text, or SQL NULL.
using Param = std::optional<std::string>;
using Params = std::vector<Param>;

[[nodiscard]] inline Param param(std::string_view text) {
    return std::string{text};
}
[[nodiscard]] inline Param param(const char* text) {
    return std::string{text};
}
[[nodiscard]] Param param(std::integral auto value) {
    if constexpr (std::same_as<decltype(value), bool>) {
        return value ? "true" : "false";
    } else {
        return std::to_string(value);
    }
}
/// For `$n::timestamptz`; microseconds, UTC.
[[nodiscard]] Param param(base::Time time);
/// For `$n::bytea`. What is no plain text is written in hexadecimal, so that NUL bytes survive;
/// printable ASCII without a backslash stands for itself (PostgreSQL 15, 8.4.2), in half the
/// length.
[[nodiscard]] Param bytes_param(std::string_view bytes);

template <class T>
[[nodiscard]] Param param(const std::optional<T>& value) {
    return value ? param(*value) : Param{};
}

/// Adds values to `params`, moved: the elements of an initializer list are copied.
template <class... Values>
void add_params(Params& params, Values&&... values) {
    (params.push_back(std::forward<Values>(values)), ...);
}

/// Adds `element` to an array literal that lacks its closing brace; begins it where it is empty.
void append_element(std::string& literal, const Param& element);
/// A PostgreSQL array literal for one parameter: `unnest($1::text[])`. NULL elements stay NULL.
[[nodiscard]] std::string array_literal(std::span<const Param> elements);
/// `{..}` for `$n::text[]`.
[[nodiscard]] Param text_array(std::span<const std::string> texts);
/// For `$n::bigint[]`.
[[nodiscard]] Param id_array(std::span<const std::int64_t> ids);
/// For `$n::bigint * interval '1 millisecond'`.
[[nodiscard]] Param interval_param(std::chrono::milliseconds interval);
/// Text fit for PostgreSQL; empty becomes NULL.
[[nodiscard]] Param text_param(const std::string& text);

class Rows;

/// One value of a row; lives as long as the Rows it is from.
class Field {
  public:
    Field(const char* data, std::size_t size, bool null) : m_text{data, size}, m_null{null} {}

    [[nodiscard]] bool is_null() const noexcept { return m_null; }
    /// Empty for NULL.
    [[nodiscard]] std::string text() const { return std::string{m_text}; }
    [[nodiscard]] std::string_view view() const noexcept { return m_text; }

    // NULL, or text of another type, is our own mistake in these: base::BugError.
    [[nodiscard]] std::int64_t integer() const;
    [[nodiscard]] bool boolean() const;
    [[nodiscard]] base::Time time() const;   ///< of a timestamptz column
    [[nodiscard]] std::string bytes() const; ///< of a bytea column

    [[nodiscard]] std::optional<std::string> optional_text() const;
    [[nodiscard]] std::optional<std::int64_t> optional_integer() const;
    [[nodiscard]] std::optional<base::Time> optional_time() const;

  private:
    std::string_view m_text;
    bool m_null;
};

/// One row; lives as long as the Rows it is from.
class Row {
  public:
    Row(const Rows& rows, std::size_t index) : m_rows{&rows}, m_index{index} {}
    /// By column name; base::BugError when the result has no such column.
    [[nodiscard]] Field operator[](const char* column) const;
    /// By position, from 0. \pre the column exists
    [[nodiscard]] Field at(std::size_t column) const;

  private:
    const Rows* m_rows;
    std::size_t m_index;
};

struct NativeResult;

/// What a statement returned. Cheap to copy.
class Rows {
  public:
    class Iterator {
      public:
        Iterator(const Rows& rows, std::size_t index) : m_rows{&rows}, m_index{index} {}
        [[nodiscard]] Row operator*() const { return Row{*m_rows, m_index}; }
        Iterator& operator++() {
            ++m_index;
            return *this;
        }
        [[nodiscard]] bool operator==(const Iterator& other) const = default;

      private:
        const Rows* m_rows;
        std::size_t m_index;
    };

    explicit Rows(std::shared_ptr<const NativeResult> native) : m_native{std::move(native)} {}

    [[nodiscard]] std::size_t size() const;
    [[nodiscard]] bool empty() const { return size() == 0; }
    /// Rows that an INSERT, UPDATE or DELETE touched.
    [[nodiscard]] std::size_t affected() const;
    [[nodiscard]] std::vector<std::string> columns() const;

    /// \pre index < size()
    [[nodiscard]] Row operator[](std::size_t index) const { return Row{*this, index}; }
    /// The only row of a statement that returns exactly one; else base::BugError.
    [[nodiscard]] Row one() const;
    [[nodiscard]] Iterator begin() const { return {*this, 0}; }
    [[nodiscard]] Iterator end() const { return {*this, size()}; }

  private:
    friend class Row;
    std::shared_ptr<const NativeResult> m_native;
};

} // namespace callctl::pg
