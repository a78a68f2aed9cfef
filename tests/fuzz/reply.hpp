// HTTP replies as files: the status, headers, an empty line, the body.
#pragma once

#include "base/http.hpp"
#include "call/failure.hpp"

#include <string_view>

namespace callctl::fuzz {

/// Of whatever is there; 200 where the first line is no status.
[[nodiscard]] base::HttpResponse reply_of(std::string_view input);

/// What holds for every failure: it may be logged and stored, and no wait is endless.
void check_failure(const call::Failure& failure);

/// Fit for a log and the database: one line of UTF-8, no longer than `most` bytes.
void check_line(std::string_view text, std::size_t most);

/// Hands bodies to `read` that are nested deeper than any stack: as a whole, and as the value of
/// each of `keys`.
template <class Read, std::size_t Size>
void check_depth(const std::string_view (&keys)[Size], Read read);

/// `open` so often that whoever recurs into it ends badly, in an object under `key`.
[[nodiscard]] std::string deep_body(std::string_view key, std::string_view open,
                                    std::string_view close);

// --- Inline implementations ---

template <class Read, std::size_t Size>
void check_depth(const std::string_view (&keys)[Size], Read read) {
    for (const std::string_view key : keys) {
        read(deep_body(key, "[", "]"));
    }
    read(deep_body("", R"({"error":)", "}"));
    read(deep_body("", "[", "")); // cut off
}

} // namespace callctl::fuzz
