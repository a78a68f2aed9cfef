#include "sim/digest.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <ctime>

namespace callctl::sim {
namespace {

constexpr std::array k_days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array k_months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::tm broken_down(base::Time time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    const std::time_t stamp = seconds.time_since_epoch().count();
    std::tm parts{};
    gmtime_r(&stamp, &parts);
    return parts;
}

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::string base64(std::string_view bytes) {
    std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes_of(bytes),
                    static_cast<int>(bytes.size()));
    out.pop_back();
    return out;
}

// splitmix64 (Steele, Lea, Flood 2014): one round is enough to spread small counters.
std::uint64_t mixed(std::uint64_t value) {
    value += 0x9E3779B97F4A7C15ULL;
    value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    value = (value ^ (value >> 27U)) * 0x94D049BB133111EBULL;
    return value ^ (value >> 31U);
}

} // namespace

std::string hex_sha256(std::string_view bytes) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr);
    std::string out;
    for (unsigned int i = 0; i < size; ++i) {
        out += fmt::format("{:02x}", digest.at(i));
    }
    return out;
}

std::string twilio_signature(std::string_view token, std::string_view url, const Fields& fields) {
    Fields sorted = fields;
    std::ranges::sort(sorted);
    // Not std::ranges::unique: clang 14 cannot read what GCC 12 declares for it.
    sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
    std::string data{url};
    for (const auto& [name, value] : sorted) {
        data += name + value;
    }
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    HMAC(EVP_sha1(), token.data(), static_cast<int>(token.size()), bytes_of(data), data.size(),
         digest.data(), &size);
    return base64({reinterpret_cast<const char*>(digest.data()), size});
}

std::string rfc2822(base::Time time) {
    const std::tm parts = broken_down(time);
    return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} +0000",
                       k_days.at(static_cast<std::size_t>(parts.tm_wday)), parts.tm_mday,
                       k_months.at(static_cast<std::size_t>(parts.tm_mon)), parts.tm_year + 1900,
                       parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::string iso8601(base::Time time) {
    const std::tm parts = broken_down(time);
    const auto whole = std::chrono::floor<std::chrono::milliseconds>(time);
    return fmt::format("{}T{:02}:{:02}:{:02}.{:03}Z", day_of(time), parts.tm_hour, parts.tm_min,
                       parts.tm_sec, whole.time_since_epoch().count() % 1000);
}

std::string day_of(base::Time time) {
    const std::tm parts = broken_down(time);
    return fmt::format("{:04}-{:02}-{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday);
}

double dice(std::uint64_t seed, std::uint64_t first, std::uint64_t second, std::uint64_t third) {
    const std::uint64_t value = mixed(mixed(mixed(mixed(seed) ^ first) ^ second) ^ third);
    return static_cast<double>(value >> 11U) / static_cast<double>(1ULL << 53U);
}

std::string Identifiers::next(std::string_view prefix) {
    const std::string digest = hex_sha256(fmt::format("{}/{}/{}", m_salt, prefix, ++m_count));
    return std::string{prefix} + digest.substr(0, 32);
}

std::string Identifiers::next_uuid() {
    const std::string hex = next("");
    return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                       hex.substr(16, 4), hex.substr(20, 12));
}

} // namespace callctl::sim
