// Digests, identifiers and dates, each in the form in which Twilio or OpenAI writes it.
#pragma once

#include "base/time.hpp"
#include "sim/message.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace callctl::sim {

[[nodiscard]] std::string hex_sha256(std::string_view bytes);

/// X-Twilio-Signature (https://www.twilio.com/docs/usage/security): the URL, then every field
/// sorted by name, the values of one name sorted and without repetition.
[[nodiscard]] std::string twilio_signature(std::string_view token, std::string_view url,
                                           const Fields& fields);

/// `Wed, 20 Apr 2022 23:45:25 +0000`
[[nodiscard]] std::string rfc2822(base::Time time);
/// `2022-04-20T23:45:25.123Z`
[[nodiscard]] std::string iso8601(base::Time time);
/// `2022-04-20`
[[nodiscard]] std::string day_of(base::Time time);

/// The same numbers for the same seed, however threads are scheduled: 0 to below 1.
[[nodiscard]] double dice(std::uint64_t seed, std::uint64_t first, std::uint64_t second,
                          std::uint64_t third);

/// Identifiers that differ between two runs and within one.
class Identifiers {
  public:
    explicit Identifiers(std::string_view salt) : m_salt{salt} {}
    /// `prefix` and 32 hexadecimal digits.
    [[nodiscard]] std::string next(std::string_view prefix);
    /// 8-4-4-4-12
    [[nodiscard]] std::string next_uuid();

  private:
    std::string m_salt;
    std::uint64_t m_count{0};
};

} // namespace callctl::sim
