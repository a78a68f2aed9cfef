// Other people's messages made fit for a log line.
#pragma once

#include <string>
#include <string_view>

namespace callctl::twilio {

/// base::one_line of `text` in which everything that may be a phone number is masked: seven or
/// more digits, however they are grouped. SIDs and the API's version stay as they are.
[[nodiscard]] std::string masked_text(std::string_view text);

} // namespace callctl::twilio
