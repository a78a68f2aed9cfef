#include "call/recording_sid.hpp"

#include <gtest/gtest.h>

namespace callctl::call {
namespace {

struct UrlCase {
    const char* name;
    std::string url;
    std::optional<std::string> sid;
};

class RecordingUrl : public testing::TestWithParam<UrlCase> {};

TEST_P(RecordingUrl, GivesItsSid) {
    const auto found = recording_sid_in(GetParam().url);
    EXPECT_EQ(found ? std::optional{found->str()} : std::nullopt, GetParam().sid);
}

const std::string k_sid = "RE0123456789abcdef0123456789ABCDEF";
const std::string k_path = "/2010-04-01/Accounts/AC0123456789abcdef0123456789abcdef/Recordings/";

INSTANTIATE_TEST_SUITE_P(
    Shapes, RecordingUrl,
    testing::Values(
        UrlCase{"Webhook", "https://api.twilio.com" + k_path + k_sid, k_sid},
        UrlCase{"Json", "https://api.twilio.com" + k_path + k_sid + ".json", k_sid},
        UrlCase{"Mp3", "https://api.twilio.com" + k_path + k_sid + ".mp3?RequestedChannels=2",
                k_sid},
        UrlCase{"Relative", k_path + k_sid + ".json", k_sid}, UrlCase{"Bare", k_sid, k_sid},
        UrlCase{"LocalFile", "/static/recordings/call_" + k_sid + ".wav", k_sid},
        UrlCase{"BehindOtherRe", "/RECORDS/RE/" + k_sid, k_sid},
        UrlCase{"First", '/' + k_sid + "/RE" + std::string(32, 'f'), k_sid},
        UrlCase{"Empty", "", std::nullopt}, UrlCase{"Local", "/static/a.wav", std::nullopt},
        UrlCase{"TooShort", '/' + k_sid.substr(0, 33), std::nullopt},
        UrlCase{"TooLong", '/' + k_sid + '0', std::nullopt},
        UrlCase{"InsideAWord", "/X" + k_sid, std::nullopt},
        UrlCase{"OtherDigits", "/RE" + std::string(32, 'g'), std::nullopt}),
    [](const auto& row) { return row.param.name; });

} // namespace
} // namespace callctl::call
