// Claims of a fuzzer, and its input in pieces.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace callctl::fuzz {

/// Ends the process where the claim does not hold; libFuzzer keeps the input that did it.
inline void must(bool holds, const char* claim) {
    if (!holds) {
        std::fprintf(stderr, "claim does not hold: %s\n", claim);
        std::abort();
    }
}

/// The first line of `rest` without its end; `rest` is what follows it.
inline std::string_view take_line(std::string_view& rest) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() < rest.size() ? line.size() + 1 : line.size());
    return line;
}

} // namespace callctl::fuzz
