#include "summary/piece.hpp"

#include "base/digest.hpp"
#include "base/text.hpp"
#include "summary/schema.hpp"

namespace callctl::summary {

std::string piece_key(const Server& configured, const Question& question) {
    base::Sha256 digest;
    digest.add(fingerprint(configured));
    for (const base::HttpHeader& header : configured.headers) { // they may hold a key: hashed alone
        digest.add(header.name + ": " + header.value + '\n');
    }
    digest.add('\n' + question.instructions + '\n' + question.data);
    return base::to_hex(digest.finish());
}

std::optional<Summary> from_document(const std::string& document) {
    auto summary = checked_object(document);
    return summary ? std::optional{std::move(*summary)} : std::nullopt;
}

} // namespace callctl::summary
