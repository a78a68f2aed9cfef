#include "twilio/signature.hpp"

#include "base/digest.hpp"
#include "base/text.hpp"
#include "twilio/url_variants.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

namespace callctl::twilio {
namespace {

// Base64 of the 20 bytes of SHA-1.
constexpr std::size_t k_signature_length = 28;

std::string base64(std::span<const unsigned char> bytes) {
    std::array<unsigned char, 4 * ((EVP_MAX_MD_SIZE + 2) / 3) + 1> text{};
    const int length = EVP_EncodeBlock(text.data(), bytes.data(), static_cast<int>(bytes.size()));
    return {text.begin(), text.begin() + length};
}

bool equal_in_constant_time(std::string_view left, std::string_view right) {
    return left.size() == right.size() &&
           CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

std::optional<std::string_view> body_sha256_in(std::string_view url) {
    constexpr std::string_view name = "bodySHA256=";
    std::size_t at = url.find('?');
    while (at != std::string_view::npos) {
        const std::string_view pair = url.substr(at + 1, url.find('&', at + 1) - at - 1);
        if (pair.starts_with(name)) {
            return pair.substr(name.size());
        }
        at = url.find('&', at + 1);
    }
    return std::nullopt;
}

// The fields that are part of the signed text; nothing when the body is not what was sent.
std::optional<Form> signed_fields(const SignedRequest& request, std::string_view url) {
    if (!request.body.empty() && is_form_type(request.content_type)) {
        return fields_as_sent(request.body);
    }
    const auto promised = body_sha256_in(url);
    if (!promised) {
        return request.body.empty() ? std::optional{Form{}} : std::nullopt;
    }
    const std::string actual = base::to_hex(base::sha256(request.body));
    return equal_in_constant_time(*promised, actual) ? std::optional{Form{}} : std::nullopt;
}

} // namespace

std::string sign(const base::Secret& token, std::string_view url, const Form& fields) {
    std::vector<std::pair<std::string_view, std::string_view>> sorted{fields.begin(), fields.end()};
    std::ranges::sort(sorted);
    // Not std::ranges::unique: clang 14 does not compile libstdc++'s.
    sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
    std::string text{url};
    for (const auto& [name, value] : sorted) {
        text.append(name).append(value);
    }
    const std::string& key = token.reveal();
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int length = 0;
    HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &length);
    return base64({digest.data(), length});
}

Verdict verify(std::span<const base::Secret> tokens, const SignedRequest& request) {
    if (request.signature.empty()) {
        return Verdict::missing;
    }
    // Nothing of another length could match; the work of comparing is not for anybody's asking.
    if (request.signature.size() != k_signature_length) {
        return Verdict::invalid;
    }
    const std::string_view url = std::string_view{request.url}.substr(0, request.url.find('#'));
    const auto fields = signed_fields(request, url);
    if (!fields) {
        return Verdict::invalid;
    }
    const auto is_signature_of = [&](std::string_view variant) {
        return std::ranges::any_of(tokens, [&](const base::Secret& token) {
            // Anybody can sign with an empty key.
            return !token.empty() &&
                   equal_in_constant_time(sign(token, variant, *fields), request.signature);
        });
    };
    // As it was requested, nearly always.
    if (is_signature_of(url) || std::ranges::any_of(url_variants(url), is_signature_of)) {
        return Verdict::valid;
    }
    return Verdict::invalid;
}

} // namespace callctl::twilio
