// The vectors are those of Twilio's own helper libraries (twilio-python, -node, -java, -go,
// -csharp, -php, -ruby: their request validator tests) and of
// https://www.twilio.com/docs/usage/security.
#include "twilio/signature.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace callctl::twilio {
namespace {

const std::string k_form_type = "application/x-www-form-urlencoded; charset=UTF-8";
const std::string k_json_type = "application/json";
const std::string k_body = "CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234"
                           "&From=%2B14158675309&To=%2B18005551212";
const std::string k_url = "https://mycompany.com/myapp.php?foo=1&bar=2";
const std::string k_json = R"({"property": "value", "boolean": true})";
const std::string k_json_sha =
    "bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
const std::string k_plain_signature = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";
const std::string k_json_signature = "a9nBmqA0ju/hNViExpshrM61xv4=";
const std::string k_empty_signature = "zYQTYrRWXE7LtzbG4PfP7/bkkGo=";

struct SignatureCase {
    const char* name;
    std::string url;
    std::string content_type;
    std::string body;
    std::string signature;
};

Verdict verdict_on(const SignatureCase& sample, const std::string& token = "12345") {
    const std::array tokens{base::Secret{token}};
    return verify(tokens, {sample.url, sample.content_type, sample.body, sample.signature});
}

std::string name_of(const testing::TestParamInfo<SignatureCase>& info) {
    return info.param.name;
}

class GoodSignature : public testing::TestWithParam<SignatureCase> {};

TEST_P(GoodSignature, IsAccepted) {
    EXPECT_EQ(verdict_on(GetParam()), Verdict::valid);
}

TEST_P(GoodSignature, IsRefusedUnderAnotherToken) {
    EXPECT_EQ(verdict_on(GetParam(), "12346"), Verdict::invalid);
}

TEST_P(GoodSignature, IsRefusedForAnotherPath) {
    SignatureCase sample = GetParam();
    sample.url.insert(
        sample.url.find('?') == std::string::npos ? sample.url.size() : sample.url.find('?'), "/");
    EXPECT_EQ(verdict_on(sample), Verdict::invalid);
}

TEST_P(GoodSignature, IsRefusedWithOneMoreField) {
    SignatureCase sample = GetParam();
    sample.body += sample.body.empty() ? "Zone=1" : "&Zone=1";
    EXPECT_EQ(verdict_on(sample), Verdict::invalid);
}

INSTANTIATE_TEST_SUITE_P(
    Vector, GoodSignature,
    testing::Values(
        SignatureCase{"V01Form", k_url, k_form_type, k_body, k_plain_signature},
        SignatureCase{"V02SignedWithPort", k_url, k_form_type, k_body,
                      "kvajT1Ptam85bY51eRf/AJRuM3w="},
        SignatureCase{"V03SignedWithPortAskedWithPort",
                      "https://mycompany.com:443/myapp.php?foo=1&bar=2", k_form_type, k_body,
                      "kvajT1Ptam85bY51eRf/AJRuM3w="},
        SignatureCase{"V04HttpWithPort", "http://mycompany.com:1234/myapp.php?foo=1&bar=2",
                      k_form_type, k_body, "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="},
        SignatureCase{"V06SignedWithoutPortAskedWithPort",
                      "https://mycompany.com:1234/myapp.php?foo=1&bar=2", k_form_type, k_body,
                      k_plain_signature},
        SignatureCase{"V07Json", k_url + '&' + k_json_sha, k_json_type, k_json, k_json_signature},
        SignatureCase{"V08JsonAlone", "https://mycompany.com/myapp.php?" + k_json_sha, k_json_type,
                      k_json, "y77kIzt2vzLz71DgmJGsen2scGs="},
        SignatureCase{"V10NoFields", k_url, "", "", k_empty_signature},
        SignatureCase{"V11UserAndPassword", "https://user:pass@mycompany.com/myapp.php?foo=1&bar=2",
                      k_form_type, k_body, "CukzLTc1tT5dXEDIHm/tKBanW10="},
        SignatureCase{"V12UserPasswordAndPort",
                      "https://user:pass@mycompany.com/myapp.php?foo=1&bar=2", k_form_type, k_body,
                      "ZQFR1PTIZXF2MXB8ZnKCvnnA+rI="},
        SignatureCase{"V13UserAlone", "https://user@mycompany.com/myapp.php?foo=1&bar=2",
                      k_form_type, k_body, "2YRLlVAflCqxaNicjMpJcSTgzSs="},
        SignatureCase{"UserAndPasswordDropped",
                      "https://user:pass@mycompany.com/myapp.php?foo=1&bar=2", k_form_type, k_body,
                      k_plain_signature},
        SignatureCase{"V15EncodedQuery",
                      "https://mycompany.com/myapp.php?foo=hello%20world&bar=test%2Bvalue",
                      k_form_type, k_body, "er2tvAP1Wx+iuTTE2BPgvEaN1cs="},
        SignatureCase{"V16ApostropheAsked", k_url + "&Body=It's+amazing", k_form_type, k_body,
                      "TfZzewPq8wqrGlMfyAud8+/IvJ0="},
        SignatureCase{"V16ApostropheEncoded", k_url + "&Body=It%27s+amazing", k_form_type, k_body,
                      "TfZzewPq8wqrGlMfyAud8+/IvJ0="},
        SignatureCase{"V17RepeatedField", k_url, k_form_type,
                      "MessagingBinding.Address=%2B1325xxxxxxx"
                      "&MessagingBinding.Address=%2B1415xxxxxxx",
                      "83O6e2vORAoJHUNzJjDWN1jz+BA="},
        SignatureCase{"V18RepeatedFieldReversed", k_url, k_form_type,
                      "MessagingBinding.Address=%2B1415xxxxxxx"
                      "&MessagingBinding.Address=%2B1325xxxxxxx",
                      "83O6e2vORAoJHUNzJjDWN1jz+BA="},
        SignatureCase{"V19RepeatedValue", k_url, k_form_type,
                      "MessagingBinding.Address=%2B1415xxxxxxx"
                      "&MessagingBinding.Address=%2B1325xxxxxxx"
                      "&MessagingBinding.Address=%2B1415xxxxxxx",
                      "83O6e2vORAoJHUNzJjDWN1jz+BA="},
        SignatureCase{"V20NameThatBeginsAnother", k_url, k_form_type,
                      k_body + "&ReasonConferenceEnded=test&Reason=Participant",
                      "vOEb5UThFn24KEfnOFLQY2AE5FY="},
        SignatureCase{"V23OtherForm", k_url, "application/x-www-form-urlencoded",
                      "property=value&boolean=true", "NBdBDr/T/lgjI+tlgpXjKZQZs/k="},
        SignatureCase{"V24NoQuery", "https://mycompany.com/myapp.php", k_form_type, k_body,
                      "1xaxFBvyzXYvWplzNOSs28HWO94="},
        SignatureCase{"V25LongQuery",
                      k_url + "&type=thiswontbeusedinthesignaturegeneratorandsoshouldbeignored",
                      k_form_type, k_body, "hYkNsTBttoNGkyCS0p+wWmQoRTg="},
        SignatureCase{
            "V27EmptyValues", k_url, k_form_type,
            "Digits=&CallSid=CA1234567890ABCDE&EmptyParam=", "9HHp/OqQMEwdrVebHDdA/+tqjX8="},
        SignatureCase{"V29SortedNames", k_url, k_form_type,
                      "Zebra=last&Alpha=first&Beta=second&Gamma=third",
                      "enveUe73ZTVLAekHxez3Qx6JuuQ="},
        SignatureCase{"V30Utf8Url", "https://mycompany.com/webhook/España?año=2023", k_form_type,
                      k_body, "G/Hx6mqqnjUNlPAoi2Sp9bGst0g="},
        SignatureCase{"V33HostKeepsItsCase", "https://MyCompany.com/myapp.php?foo=1&bar=2",
                      k_form_type, k_body, "g9IN/x4Cft2g517EjYvEvM/W7LU="},
        SignatureCase{"V34HostKeepsItsCaseWithPort",
                      "https://MyCompany.com:1234/myapp.php?foo=1&bar=2", k_form_type, k_body,
                      "g9IN/x4Cft2g517EjYvEvM/W7LU="},
        SignatureCase{"V35HttpHostKeepsItsCase", "http://MyCompany.com/myapp.php?foo=1&bar=2",
                      k_form_type, k_body, "XY7AlKOKL6im4yWyX84gldUrtis="},
        SignatureCase{"V37SchemeKeepsItsCase",
                      "HTTP://username:password@MyCompany.com/myapp.php?foo=1&bar=2", k_form_type,
                      k_body, "hy/l8pca+LFms4cvRdv8uiP6NGc="},
        SignatureCase{"V39Documentation", "https://example.com/myapp.php?foo=1&bar=2", k_form_type,
                      "CallSid=CA1234567890ABCDE&Caller=%2B14158675310&Digits=1234"
                      "&From=%2B14158675310&To=%2B18005551212",
                      "L/OH5YylLD5NRKLltdqwSvS0BnU="},
        SignatureCase{"V41Query", k_url + '&' + k_body, "", "", "WX4jen5BPz32pMkVeaAbE73agbM="},
        SignatureCase{"FragmentIsNotSigned", k_url + "#rc=3&rp=all", k_form_type, k_body,
                      k_plain_signature},
        SignatureCase{"ContentTypeInAnyCase", k_url, "Application/X-WWW-Form-UrlEncoded", k_body,
                      k_plain_signature}),
    name_of);

class BadSignature : public testing::TestWithParam<SignatureCase> {};

TEST_P(BadSignature, IsRefused) {
    EXPECT_EQ(verdict_on(GetParam()), Verdict::invalid);
}

INSTANTIATE_TEST_SUITE_P(
    Vector, BadSignature,
    testing::Values(
        SignatureCase{"V21WronglySorted", k_url, k_form_type,
                      k_body + "&ReasonConferenceEnded=test&Reason=Participant",
                      "95+Bu0JVPi0r/SsESZCVf0dWAjw="},
        SignatureCase{"ValueChanged", k_url, k_form_type,
                      "CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1235"
                      "&From=%2B14158675309&To=%2B18005551212",
                      k_plain_signature},
        SignatureCase{"FieldMissing", k_url, k_form_type, "CallSid=CA1234567890ABCDE",
                      k_plain_signature},
        SignatureCase{"BodyMissing", k_url, k_form_type, "", k_plain_signature},
        SignatureCase{"BodyAdded", k_url, k_form_type, k_body, k_empty_signature},
        SignatureCase{"QueryChanged", "https://mycompany.com/myapp.php?foo=1&bar=3", k_form_type,
                      k_body, k_plain_signature},
        SignatureCase{"OtherScheme", "http://mycompany.com/myapp.php?foo=1&bar=2", k_form_type,
                      k_body, k_plain_signature},
        SignatureCase{"OtherHost", "https://mycompany.org/myapp.php?foo=1&bar=2", k_form_type,
                      k_body, k_plain_signature},
        SignatureCase{"HostInOtherCase", "https://MyCompany.com/myapp.php?foo=1&bar=2", k_form_type,
                      k_body, k_plain_signature},
        SignatureCase{"OtherPortThanSigned", "https://mycompany.com:8443/myapp.php?foo=1&bar=2",
                      k_form_type, k_body, "kvajT1Ptam85bY51eRf/AJRuM3w="},
        SignatureCase{"OtherUser", "https://other:pass@mycompany.com/myapp.php?foo=1&bar=2",
                      k_form_type, k_body, "CukzLTc1tT5dXEDIHm/tKBanW10="},
        SignatureCase{"JsonWithoutItsHash", k_url, k_json_type, k_json, k_empty_signature},
        SignatureCase{"JsonWithOtherBody", k_url + '&' + k_json_sha, k_json_type, "{}",
                      k_json_signature},
        SignatureCase{"JsonWithoutBody", k_url + '&' + k_json_sha, k_json_type, "",
                      k_json_signature},
        SignatureCase{"JsonWithUpperCaseHash",
                      k_url + "&bodySHA256=0A1FF7634D9AB3B95DB5C9A2DFE9416E41502B283A80C7CF"
                              "19632632F96E6620",
                      k_json_type, k_json, k_json_signature},
        SignatureCase{"HashUnderAnotherName", k_url + "&xbodySHA256=0a1f", k_json_type, k_json,
                      k_empty_signature},
        SignatureCase{"HashOnlyInThePath", "https://mycompany.com/bodySHA256=0a1f", k_json_type,
                      k_json, k_empty_signature},
        SignatureCase{"BodyWithoutType", k_url, "", k_body, k_plain_signature},
        SignatureCase{"PercentAdded", k_url, k_form_type, k_body + "&Digits=%", //
                      k_plain_signature},
        SignatureCase{"SignatureCut", k_url, k_form_type, k_body, "RSOYDt4T1cUTdK1PDd93/VVr8B8"},
        SignatureCase{"SignatureLonger", k_url, k_form_type, k_body, k_plain_signature + "="},
        SignatureCase{"SignatureInHex", k_url, k_form_type, k_body,
                      "4523980ede13d5c51374ad4f0ddf77fd556bf01f"},
        SignatureCase{"NoUrl", "", k_form_type, k_body, k_plain_signature}),
    name_of);

TEST(Signature, IsMissingWhenThereIsNone) {
    EXPECT_EQ(verdict_on({"", k_url, k_form_type, k_body, ""}), Verdict::missing);
}

TEST(Signature, CountsUnderAnyToken) {
    const SignedRequest request{k_url, k_form_type, k_body, k_plain_signature};
    const std::array rotating{base::Secret{"new"}, base::Secret{"12345"}};
    EXPECT_EQ(verify(rotating, request), Verdict::valid);
    const std::array others{base::Secret{"new"}, base::Secret{"newer"}};
    EXPECT_EQ(verify(others, request), Verdict::invalid);
    EXPECT_EQ(verify({}, request), Verdict::invalid);
}

TEST(Signature, OfAnEmptyTokenIsWorthNothing) {
    const Form fields = parse_form(k_body).value_or(Form{});
    const SignedRequest request{k_url, k_form_type, k_body, sign(base::Secret{}, k_url, fields)};
    const std::array unset{base::Secret{}};
    EXPECT_EQ(verify(unset, request), Verdict::invalid);
}

// The round trips of twilio-node's validation.spec.js.
TEST(Signature, AcceptsUrlWithOrWithoutPort) {
    const base::Secret token{"s3cr3t"};
    const std::array tokens{token};
    const std::string with = "https://mycompany.com:443/myapp.php";
    const std::string without = "https://mycompany.com/myapp.php";
    EXPECT_EQ(verify(tokens, {without, "", "", sign(token, with, {})}), Verdict::valid);
    EXPECT_EQ(verify(tokens, {with, "", "", sign(token, without, {})}), Verdict::valid);
    const std::string plain_http = "http://mycompany.com/myapp.php";
    const std::string http_with_port = "http://mycompany.com:80/myapp.php";
    EXPECT_EQ(verify(tokens, {plain_http, "", "", sign(token, http_with_port, {})}),
              Verdict::valid);
}

TEST(Signature, AcceptsApostropheEitherWay) {
    const base::Secret token{"s3cr3t"};
    const std::array tokens{token};
    const std::string plain = "https://mycompany.com/a?x='1'";
    const std::string encoded = "https://mycompany.com/a?x=%271%27";
    EXPECT_EQ(verify(tokens, {plain, "", "", sign(token, encoded, {})}), Verdict::valid);
    EXPECT_EQ(verify(tokens, {encoded, "", "", sign(token, plain, {})}), Verdict::valid);
    EXPECT_EQ(verify(tokens, {"https://mycompany.com/a?x='2'", "", "", sign(token, plain, {})}),
              Verdict::invalid);
}

TEST(Signature, CoversFieldsThatCannotBeStored) {
    const base::Secret token{"12345"};
    const std::array tokens{token};
    const std::string value(k_max_field_value + 1, 'v');
    const Form fields{
        {"CallSid", "CA1"}, {"City", "caf\xE9"}, {"Nul", {"x\0y", 3}}, {"Long", value}};
    const std::string body = "CallSid=CA1&City=caf%E9&Nul=x%00y&Long=" + value;
    EXPECT_EQ(verify(tokens, {k_url, k_form_type, body, sign(token, k_url, fields)}),
              Verdict::valid);
    EXPECT_EQ(verify(tokens, {k_url, k_form_type, body + 'v', sign(token, k_url, fields)}),
              Verdict::invalid);
}

TEST(Signature, SurvivesBinaryAndHugeInput) {
    const base::Secret token{"12345"};
    const std::array tokens{token};
    const std::string binary{"\0\xFF\xFE%", 4};
    EXPECT_EQ(verify(tokens, {binary, binary, binary, binary}), Verdict::invalid);
    const std::string huge(1U << 16U, '\'');
    EXPECT_EQ(verify(tokens, {"https://h/?" + huge, k_form_type, huge, huge}), Verdict::invalid);
    EXPECT_EQ(verify(tokens, {"https://h/?" + huge, k_form_type, huge, k_plain_signature}),
              Verdict::invalid);
    EXPECT_EQ(verify(tokens, {k_url, k_form_type, k_body, std::string(28, '\0')}),
              Verdict::invalid);
}

} // namespace
} // namespace callctl::twilio
