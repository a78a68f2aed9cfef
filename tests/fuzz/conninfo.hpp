// Connection strings, as libpq reads them.
#pragma once

#include <string_view>

namespace callctl::fuzz {

/// Whatever is written, no password is shown, and what libpq reads is what it reads from us.
void check_conninfo(std::string_view input);

} // namespace callctl::fuzz
