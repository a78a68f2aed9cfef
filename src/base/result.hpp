// A value or an error. The member names are those of std::expected, which replaces it in C++23.
#pragma once

#include "base/error.hpp"

#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace callctl::base {

/// An error on its way into a Result: `return base::fail(ErrorKind::not_found, "...")`.
template <class E>
struct Unexpected {
    E error;
};

template <class E>
[[nodiscard]] Unexpected<std::decay_t<E>> fail(E&& error) {
    return {std::forward<E>(error)};
}

[[nodiscard]] inline Unexpected<Error>
fail(ErrorKind kind, std::string message,
     std::optional<std::chrono::milliseconds> retry_after = std::nullopt) {
    return {Error{kind, std::move(message), retry_after}};
}

template <class T, class E = Error>
class [[nodiscard]] Result {
  public:
    using value_type = T;
    using error_type = E;

    // NOLINTNEXTLINE(google-explicit-constructor) a value becomes a Result as in std::expected
    Result(T value) : m_state{std::in_place_index<0>, std::move(value)} {}
    // NOLINTNEXTLINE(google-explicit-constructor) becomes a Result as in std::expected
    Result(Unexpected<E> failure) : m_state{std::in_place_index<1>, std::move(failure.error)} {}

    [[nodiscard]] bool has_value() const { return m_state.index() == 0; }
    explicit operator bool() const { return has_value(); }

    /// \pre has_value()
    [[nodiscard]] T& value() & { return std::get<0>(m_state); }
    [[nodiscard]] const T& value() const& { return std::get<0>(m_state); }
    [[nodiscard]] T&& value() && { return std::get<0>(std::move(m_state)); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    /// \pre !has_value()
    [[nodiscard]] const E& error() const { return std::get<1>(m_state); }

    template <class U>
    [[nodiscard]] T value_or(U&& fallback) const& {
        return has_value() ? value() : static_cast<T>(std::forward<U>(fallback));
    }
    template <class U>
    [[nodiscard]] T value_or(U&& fallback) && {
        return has_value() ? std::move(*this).value() : static_cast<T>(std::forward<U>(fallback));
    }

  private:
    std::variant<T, E> m_state;
};

template <class E>
class [[nodiscard]] Result<void, E> {
  public:
    using value_type = void;
    using error_type = E;

    Result() = default;
    // NOLINTNEXTLINE(google-explicit-constructor) becomes a Result as in std::expected
    Result(Unexpected<E> failure) : m_error{std::move(failure.error)} {}

    [[nodiscard]] bool has_value() const { return !m_error.has_value(); }
    explicit operator bool() const { return has_value(); }
    /// \pre !has_value()
    [[nodiscard]] const E& error() const { return m_error.value(); }

  private:
    std::optional<E> m_error;
};

} // namespace callctl::base
