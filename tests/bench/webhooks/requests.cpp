#include "bench/webhooks/requests.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

namespace callctl::bench {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

/// SplitMix64 (Steele, Lea, Flood 2014): another number for each number.
std::uint64_t mixed(std::uint64_t number) {
    number += 0x9E3779B97F4A7C15U;
    number = (number ^ (number >> 30U)) * 0xBF58476D1CE4E5B9U;
    number = (number ^ (number >> 27U)) * 0x94D049BB133111EBU;
    return number ^ (number >> 31U);
}

/// 32 hex digits, as far from the next one's as those of Twilio.
std::string hex_digits(std::uint64_t salt, std::uint64_t number) {
    const std::uint64_t first = mixed(salt ^ mixed(number));
    return fmt::format("{:016x}{:016x}", first, mixed(first));
}

std::string encoded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
        out += plain ? std::string{c} : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

std::string signature(const std::string& url, Fields fields) {
    std::ranges::sort(fields);
    std::string text = url;
    for (const auto& [name, value] : fields) {
        text += name + value;
    }
    const std::string_view key{k_token};
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    std::array<unsigned char, 2UL * EVP_MAX_MD_SIZE> base64{};
    unsigned int size = 0;
    HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
    const int length = EVP_EncodeBlock(base64.data(), digest.data(), static_cast<int>(size));
    return {base64.begin(), base64.begin() + length};
}

/// The headers of a real delivery in their order, `connection: close` apart.
std::string post(const std::string& path, const Fields& fields, const std::string& body,
                 const std::string& token) {
    return fmt::format("POST {} HTTP/1.1\r\nHost: calls.example.com\r\n"
                       "Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n"
                       "X-Twilio-Signature: {}\r\n"
                       "I-Twilio-Idempotency-Token: {}-{}-{}-{}-{}\r\n"
                       "Accept: */*\r\nUser-Agent: TwilioProxy/1.1\r\nX-Home-Region: us1\r\n"
                       "Content-Length: {}\r\n\r\n{}",
                       path, signature(k_public_url + path, fields), token.substr(0, 8),
                       token.substr(8, 4), token.substr(12, 4), token.substr(16, 4),
                       token.substr(20, 12), body.size(), body);
}

std::string body_of(const Fields& fields) {
    std::string body;
    for (const auto& [name, value] : fields) {
        body += (body.empty() ? "" : "&") + name + "=" + encoded(value);
    }
    return body;
}

SignedPost signed_post(const std::string& path, const Fields& fields, std::string call_sid,
                       const std::string& token) {
    std::string body = body_of(fields);
    std::string bytes = post(path, fields, body, token);
    return {.call_sid = std::move(call_sid), .body = std::move(body), .bytes = std::move(bytes)};
}

} // namespace

SignedPost recording_callback(std::uint64_t salt, std::uint64_t number) {
    const std::string account{k_account};
    const std::string call = "CA" + hex_digits(salt, 3 * number);
    const std::string recording = "RE" + hex_digits(salt, 3 * number + 1);
    const Fields fields{{"RecordingSource", "StartCallRecordingTwiML"},
                        {"RecordingTrack", "both"},
                        {"RecordingSid", recording},
                        {"RecordingUrl", "https://api.twilio.com/2010-04-01/Accounts/" + account +
                                             "/Recordings/" + recording},
                        {"RecordingStatus", "completed"},
                        {"RecordingChannels", "2"},
                        {"ErrorCode", "0"},
                        {"CallSid", call},
                        {"RecordingStartTime", "Wed, 20 Apr 2022 23:45:25 +0000"},
                        {"AccountSid", account},
                        {"RecordingDuration", std::to_string(10 + number % 90)}};
    auto made =
        signed_post("/webhook/handle_recording", fields, call, hex_digits(salt, 3 * number + 2));
    made.recording_sid = recording;
    return made;
}

SignedPost incoming_call(std::uint64_t salt, std::uint64_t number) {
    const std::string call = "CA" + hex_digits(salt, 3 * number);
    const Fields fields{{"AccountSid", k_account},
                        {"ApiVersion", "2010-04-01"},
                        {"CallSid", call},
                        {"CallStatus", "ringing"},
                        {"CallToken", hex_digits(salt, 3 * number + 1)},
                        {"Called", "+97231234567"},
                        {"CalledCity", ""},
                        {"CalledCountry", "IL"},
                        {"CalledState", ""},
                        {"CalledZip", ""},
                        {"Caller", "+972501234567"},
                        {"CallerCity", ""},
                        {"CallerCountry", "IL"},
                        {"CallerState", ""},
                        {"CallerZip", ""},
                        {"Direction", "inbound"},
                        {"From", "+972501234567"},
                        {"FromCity", ""},
                        {"FromCountry", "IL"},
                        {"FromState", ""},
                        {"FromZip", ""},
                        {"StirVerstat", "TN-Validation-Passed-A"},
                        {"To", "+97231234567"},
                        {"ToCity", ""},
                        {"ToCountry", "IL"},
                        {"ToState", ""},
                        {"ToZip", ""}};
    return signed_post("/webhook/incoming_call", fields, call, hex_digits(salt, 3 * number + 2));
}

} // namespace callctl::bench
