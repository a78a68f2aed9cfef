// The spellings of one URL under which Twilio may have signed it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace callctl::twilio {

/// The URL as it is, then with every combination of: user and password kept or dropped; the port
/// kept, dropped, or the scheme's own added; `'` and `%27` in the query as they are, all encoded,
/// or all plain. No two are equal. `url` has no fragment; what has no `scheme://` stays alone.
[[nodiscard]] std::vector<std::string> url_variants(std::string_view url);

} // namespace callctl::twilio
