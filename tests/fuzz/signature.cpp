#include "twilio/signature.hpp"

#include "fuzz/claim.hpp"
#include "fuzz/fuzzers.hpp"

#include "base/digest.hpp"
#include "base/text.hpp"
#include "twilio/url_variants.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <vector>

namespace callctl::fuzz {
namespace {

using base::Secret;
using twilio::SignedRequest;
using twilio::Verdict;

constexpr std::string_view k_form_type = "application/x-www-form-urlencoded";

const std::array k_known{Secret{"12345"}, Secret{"the next token"}};
const std::array k_secret{Secret{"a token under which no input was signed"}, Secret{""}};

void check_variants(const std::string& url, const std::vector<std::string>& variants) {
    must(!variants.empty() && variants.size() <= 12, "a URL has from one to twelve spellings");
    must(variants.front() == url, "the first is the URL as it is");
    must(std::set<std::string>(variants.begin(), variants.end()).size() == variants.size(),
         "no two spellings are equal");
    const std::size_t longest = url.size() * 3 + 4; // every ' encoded, and the scheme's own port
    for (const std::string& variant : variants) {
        must(variant.size() <= longest, "no spelling is much longer than the URL");
    }
}

// A request that is signed as Twilio signs it, in one of the spellings, is taken; the same with
// anything changed is not.
void check_ours(SignedRequest request, std::string_view spelling, const twilio::Form& fields) {
    request.signature = twilio::sign(k_known[1], spelling, fields);
    must(twilio::verify(k_known, request) == Verdict::valid, "our own signature is taken");
    must(twilio::verify(k_secret, request) == Verdict::invalid, "another token takes it not");
    must(twilio::verify({}, request) == Verdict::invalid, "without a token nothing is taken");
    SignedRequest other = request;
    other.url += "#rc=3&rp=all";
    must(twilio::verify(k_known, other) == Verdict::valid, "the fragment is not signed");
    other = request;
    other.url += "/tampered";
    must(twilio::verify(k_known, other) == Verdict::invalid, "another URL is not taken");
    other = request;
    other.body += other.body.empty() ? "tampered=1" : "&tampered=1";
    must(twilio::verify(k_known, other) == Verdict::invalid, "another body is not taken");
    other = request;
    other.signature[0] = other.signature[0] == 'A' ? 'B' : 'A';
    must(twilio::verify(k_known, other) == Verdict::invalid, "another signature is not taken");
    other.signature = twilio::sign(Secret{""}, spelling, fields);
    must(twilio::verify(k_secret, other) == Verdict::invalid, "no key is a key");
}

// The `n`th of them, whatever `n`.
const std::string& nth(const std::vector<std::string>& list, std::size_t n) {
    return list[n % list.size()];
}

} // namespace

void signature(std::string_view input) {
    const std::size_t choice = input.size();
    SignedRequest request;
    request.url = take_line(input);
    request.content_type = take_line(input);
    request.signature = take_line(input);
    request.body = input;
    const Verdict verdict = twilio::verify(k_secret, request);
    must(verdict == (request.signature.empty() ? Verdict::missing : Verdict::invalid),
         "nobody signs with a token that he does not know");

    request.url.resize(std::min(request.url.find('#'), request.url.size()));
    const auto variants = twilio::url_variants(request.url);
    check_variants(request.url, variants);
    (void)twilio::verify(k_known, request);

    if (!input.empty()) {
        request.content_type = k_form_type;
        check_ours(request, nth(variants, choice), twilio::fields_as_sent(input));
    }
    if (request.url.find("bodySHA256=") == std::string::npos) {
        request.content_type = "application/json";
        request.url += request.url.find('?') == std::string::npos ? '?' : '&';
        request.url += "bodySHA256=" + base::to_hex(base::sha256(request.body));
        check_ours(request, nth(twilio::url_variants(request.url), choice), {});
    }
}

} // namespace callctl::fuzz
