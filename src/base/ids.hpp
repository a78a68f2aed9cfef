// Identifiers as distinct types, so that a recording's SID cannot be passed for a call's.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace callctl::base {

/// A Twilio SID: two capital letters and 32 hexadecimal digits (Twilio OpenAPI document, pattern
/// `^CA[0-9a-fA-F]{32}$`). Kept as received; compared byte by byte.
template <char First, char Second>
class Sid {
  public:
    static constexpr std::size_t k_length = 34;
    // NOLINTNEXTLINE(modernize-avoid-c-arrays) a text of its own, built from the parameters
    static constexpr char k_prefix[3] = {First, Second, '\0'};

    /// Nothing when `text` is not such a SID.
    [[nodiscard]] static std::optional<Sid> parse(std::string_view text) {
        if (text.size() != k_length || text[0] != First || text[1] != Second) {
            return std::nullopt;
        }
        for (const char c : text.substr(2)) {
            const bool hex =
                (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
            if (!hex) {
                return std::nullopt;
            }
        }
        return Sid{std::string{text}};
    }

    [[nodiscard]] const std::string& str() const noexcept { return m_text; }
    // clang-tidy 14 takes the 0 of a rewritten `a < b` for a pointer (LLVM issue 53961).
    // NOLINTNEXTLINE(modernize-use-nullptr)
    friend auto operator<=>(const Sid&, const Sid&) = default;

  private:
    explicit Sid(std::string text) : m_text{std::move(text)} {}
    std::string m_text;
};

using CallSid = Sid<'C', 'A'>;
using RecordingSid = Sid<'R', 'E'>;
using AccountSid = Sid<'A', 'C'>;

/// The key of a row of `callctl.work`.
enum class CallId : std::int64_t {};

} // namespace callctl::base
