#include "base/digest.hpp"

#include "base/exception.hpp"

#include <openssl/evp.h>

#include <array>

namespace callctl::base {
namespace {

// An empty digest would make all deliveries one delivery.
void require(int done) {
    if (done != 1) {
        throw ConfigError{"cannot compute a SHA-256 digest",
                          "check the host's OpenSSL configuration"};
    }
}

} // namespace

struct Sha256::State {
    std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context{EVP_MD_CTX_new(), EVP_MD_CTX_free};
};

Sha256::Sha256() : m_state{std::make_unique<State>()} {
    require(m_state->context != nullptr ? 1 : 0);
    require(EVP_DigestInit_ex(m_state->context.get(), EVP_sha256(), nullptr));
}

Sha256::~Sha256() = default;

void Sha256::add(std::string_view bytes) {
    require(EVP_DigestUpdate(m_state->context.get(), bytes.data(), bytes.size()));
}

std::string Sha256::finish() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int length = 0;
    require(EVP_DigestFinal_ex(m_state->context.get(), digest.data(), &length));
    return {digest.begin(), digest.begin() + length};
}

std::string sha256(std::string_view bytes) {
    Sha256 digest;
    digest.add(bytes);
    return digest.finish();
}

} // namespace callctl::base
