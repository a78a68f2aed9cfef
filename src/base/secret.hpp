// A value that must not be seen: it prints as ***, and only adapters ask for the text.
#pragma once

#include <fmt/format.h>

#include <ostream>
#include <string>
#include <utility>

namespace callctl::base {

class Secret {
  public:
    Secret() = default;
    explicit Secret(std::string text) : m_text{std::move(text)} {}

    [[nodiscard]] bool empty() const noexcept { return m_text.empty(); }
    /// The secret itself. For signing and for the wire, never for a message.
    [[nodiscard]] const std::string& reveal() const noexcept { return m_text; }
    friend bool operator==(const Secret&, const Secret&) = default;

  private:
    std::string m_text;
};

inline std::ostream& operator<<(std::ostream& out, const Secret& /*secret*/) {
    return out << "***";
}

} // namespace callctl::base

template <>
struct fmt::formatter<callctl::base::Secret> : fmt::formatter<fmt::string_view> {
    template <class Context>
    auto format(const callctl::base::Secret& /*secret*/, Context& context) const {
        return fmt::formatter<fmt::string_view>::format("***", context);
    }
};
