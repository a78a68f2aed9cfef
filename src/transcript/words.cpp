#include "transcript/words.hpp"

#include "base/text.hpp"

#include <utf8proc.h>

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <vector>

namespace callctl::transcript {
namespace {

constexpr std::size_t k_ratio_window = 500;
constexpr std::size_t k_least_for_ratio = 60;

struct Free {
    void operator()(void* memory) const { std::free(memory); } // utf8proc's memory is malloc's
};

bool is_word_sign(utf8proc_int32_t sign) {
    switch (utf8proc_category(sign)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
        return true;
    default:
        return false;
    }
}

std::vector<utf8proc_int32_t> signs_of(std::string_view text) {
    std::vector<utf8proc_int32_t> signs;
    const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
    auto left = static_cast<utf8proc_ssize_t>(text.size());
    while (left > 0) {
        utf8proc_int32_t sign = 0;
        const utf8proc_ssize_t length = std::max<utf8proc_ssize_t>(
            utf8proc_iterate(bytes, left, &sign), 1); // a bad byte counts as one sign
        signs.push_back(std::max(sign, 0));
        bytes += length;
        left -= length;
    }
    return signs;
}

double ratio_of(std::span<const unsigned char> bytes) {
    uLongf size = compressBound(bytes.size());
    std::vector<Bytef> packed(size);
    if (compress2(packed.data(), &size, bytes.data(), bytes.size(), Z_DEFAULT_COMPRESSION) !=
            Z_OK ||
        size == 0) {
        return 1.0;
    }
    return static_cast<double>(bytes.size()) / static_cast<double>(size);
}

} // namespace

std::size_t letter_count(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(signs_of(text), is_word_sign));
}

std::string bare_words(std::string_view text) {
    utf8proc_uint8_t* mapped = nullptr;
    std::string valid = base::storable_text(text);
    const auto options =
        static_cast<utf8proc_option_t>(UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD |
                                       UTF8PROC_STRIPMARK | UTF8PROC_IGNORE);
    const utf8proc_ssize_t size =
        utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(valid.data()),
                     static_cast<utf8proc_ssize_t>(valid.size()), &mapped, options);
    const std::unique_ptr<utf8proc_uint8_t, Free> owner{mapped};
    if (size < 0) {
        return valid;
    }
    std::string words;
    for (const utf8proc_int32_t sign :
         signs_of({reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(size)})) {
        std::array<utf8proc_uint8_t, 4> bytes{};
        const auto length = static_cast<std::size_t>(utf8proc_encode_char(sign, bytes.data()));
        if (is_word_sign(sign)) {
            words.append(reinterpret_cast<const char*>(bytes.data()), length);
        } else if (!words.empty() && words.back() != ' ') {
            words += ' ';
        }
    }
    if (words.ends_with(' ')) {
        words.pop_back();
    }
    return words;
}

double compression_ratio(std::string_view text) {
    std::vector<unsigned char> bytes;
    for (const utf8proc_int32_t sign : signs_of(text)) {
        bytes.push_back(static_cast<unsigned char>(static_cast<std::uint32_t>(sign) & 0xFFU));
    }
    if (bytes.size() < k_least_for_ratio) {
        return 1.0;
    }
    double lowest = ratio_of(std::span{bytes}.first(std::min(bytes.size(), k_ratio_window)));
    for (std::size_t at = k_ratio_window; at + k_ratio_window <= bytes.size();
         at += k_ratio_window) {
        lowest = std::min(lowest, ratio_of(std::span{bytes}.subspan(at, k_ratio_window)));
    }
    return lowest;
}

} // namespace callctl::transcript
