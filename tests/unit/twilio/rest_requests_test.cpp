#include "base/exception.hpp"
#include "twilio/rest.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace callctl::twilio {
namespace {

using namespace std::chrono_literals;

const base::CallSid k_call = *base::CallSid::parse("CA0123456789abcdef0123456789abcdef");
const base::RecordingSid k_recording =
    *base::RecordingSid::parse("RE0123456789abcdef0123456789abcdef");
const std::string k_account_url =
    "https://api.twilio.com/2010-04-01/Accounts/AC0123456789abcdef0123456789abcdef";

Account account() {
    return {.sid = *base::AccountSid::parse("AC0123456789abcdef0123456789abcdef"),
            .user = "SK0123456789abcdef0123456789abcdef",
            .password = base::Secret{"s3cr3t"}};
}

base::Time at(const char* iso8601) {
    return base::parse_iso8601(iso8601).value();
}

void expect_get(const base::HttpRequest& request, const std::string& url) {
    EXPECT_EQ(request.method, "GET");
    EXPECT_EQ(request.url, url);
    EXPECT_TRUE(request.headers.empty());
    EXPECT_EQ(std::get<std::string>(request.body), "");
    ASSERT_TRUE(std::holds_alternative<base::BasicAuth>(request.auth));
    EXPECT_EQ(std::get<base::BasicAuth>(request.auth).user, "SK0123456789abcdef0123456789abcdef");
    EXPECT_EQ(std::get<base::BasicAuth>(request.auth).password.reveal(), "s3cr3t");
}

void expect_post(const base::HttpRequest& request, const std::string& url,
                 const std::string& body) {
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.url, url);
    EXPECT_EQ(base::find_header(request.headers, "content-type"),
              "application/x-www-form-urlencoded");
    EXPECT_EQ(std::get<std::string>(request.body), body);
    EXPECT_TRUE(std::holds_alternative<base::BasicAuth>(request.auth));
    EXPECT_EQ(request.redirects, base::Redirects::refuse);
    EXPECT_EQ(request.sink_path, "");
}

TEST(RestRequest, CreatesADualRecordingFromTheFirstSecond) {
    expect_post(
        create_recording(account(), k_call,
                         "https://calls.example.com/webhook/handle_recording#rc=3&rp=all"),
        k_account_url + "/Calls/CA0123456789abcdef0123456789abcdef/Recordings.json",
        "RecordingChannels=dual&Trim=do-not-trim&RecordingStatusCallback=https%3A%2F%2Fcalls."
        "example.com%2Fwebhook%2Fhandle_recording%23rc%3D3%26rp%3Dall&"
        "RecordingStatusCallbackMethod=POST&"
        "RecordingStatusCallbackEvent=in-progress%20completed%20absent");
}

TEST(RestRequest, CreatesARecordingWithoutCallback) {
    expect_post(create_recording(account(), k_call, ""),
                k_account_url + "/Calls/CA0123456789abcdef0123456789abcdef/Recordings.json",
                "RecordingChannels=dual&Trim=do-not-trim");
}

TEST(RestRequest, StopsARecording) {
    expect_post(stop_recording(account(), k_call, k_recording),
                k_account_url + "/Calls/CA0123456789abcdef0123456789abcdef/Recordings/"
                                "RE0123456789abcdef0123456789abcdef.json",
                "Status=stopped");
}

TEST(RestRequest, ReadsSingleThings) {
    expect_get(get_recording(account(), k_recording),
               k_account_url + "/Recordings/RE0123456789abcdef0123456789abcdef.json"
                               "?IncludeSoftDeleted=true");
    expect_get(get_call(account(), k_call),
               k_account_url + "/Calls/CA0123456789abcdef0123456789abcdef.json");
    expect_get(get_account(account()), k_account_url + ".json");
}

TEST(RestRequest, ListsTheRecordingsOfACall) {
    expect_get(list_call_recordings(account(), k_call),
               k_account_url + "/Calls/CA0123456789abcdef0123456789abcdef/Recordings.json"
                               "?PageSize=1000");
}

TEST(RestRequest, ListsCallsToTheSecond) {
    expect_get(list_calls(account(), {.from = at("2026-01-01T10:20:30.900Z"),
                                      .until = at("2026-01-01T12:00:00.100Z"),
                                      .page_size = 50}),
               k_account_url + "/Calls.json?StartTime%3E=2026-01-01T10%3A20%3A30Z"
                               "&StartTime%3C=2026-01-01T12%3A00%3A01Z&PageSize=50");
    expect_get(list_calls(account(), {}), k_account_url + "/Calls.json?PageSize=1000");
}

TEST(RestRequest, ListsRecordingsByTheWholeDay) {
    expect_get(list_recordings(account(), {.from = at("2026-01-01T10:20:30Z"),
                                           .until = at("2026-02-28T00:00:00Z"),
                                           .page_size = 50}),
               k_account_url + "/Recordings.json?DateCreated%3E=2026-01-01"
                               "&DateCreated%3C=2026-03-01&PageSize=50");
    expect_get(list_recordings(account(), {}), k_account_url + "/Recordings.json?PageSize=1000");
}

TEST(RestRequest, KeepsPagesWithinTwiliosLimits) {
    EXPECT_TRUE(list_calls(account(), {.page_size = 0}).url.ends_with("PageSize=1"));
    EXPECT_TRUE(list_calls(account(), {.page_size = 1001}).url.ends_with("PageSize=1000"));
}

TEST(RestRequest, GoesToTheBaseUrl) {
    Account regional = account();
    regional.base_url = "https://api.dublin.ie1.twilio.com//";
    EXPECT_EQ(get_account(regional).url, "https://api.dublin.ie1.twilio.com/2010-04-01/Accounts/"
                                         "AC0123456789abcdef0123456789abcdef.json");
}

TEST(RestRequest, DownloadsMediaToAFile) {
    const base::HttpRequest request =
        get_media(account(), k_recording, MediaChannels::dual, "/var/lib/callctl/x.wav");
    expect_get(request, k_account_url + "/Recordings/RE0123456789abcdef0123456789abcdef.wav"
                                        "?RequestedChannels=2");
    EXPECT_EQ(request.sink_path, "/var/lib/callctl/x.wav");
    EXPECT_EQ(request.redirects, base::Redirects::drop_auth);
    EXPECT_GE(request.timeout, 10min);
    // 24 hours of dual 16-bit audio at 8000 Hz.
    EXPECT_GT(request.max_response_bytes, 24UL * 3600UL * 32'000UL);
}

TEST(RestRequest, AsksForTheChannelsWanted) {
    EXPECT_TRUE(get_media(account(), k_recording, MediaChannels::mono, "x")
                    .url.ends_with(".wav?RequestedChannels=1"));
    EXPECT_TRUE(
        get_media(account(), k_recording, MediaChannels::as_recorded, "x").url.ends_with(".wav"));
}

TEST(RestRequest, FollowsANextPageAsItIs) {
    const std::string uri = "/2010-04-01/Accounts/AC0123456789abcdef0123456789abcdef/Calls.json"
                            "?StartTime%3E=2026-01-01&Page=1&PageToken=PACA01%2F..%2F";
    expect_get(next_page(account(), uri), "https://api.twilio.com" + uri);
}

TEST(RestRequest, FollowsNothingElse) {
    for (const char* const uri :
         {"", "/", "https://api.twilio.com/2010-04-01/Accounts/AC1/Calls.json",
          "//evil.example.com/2010-04-01/x", "/2010-04-01", "2010-04-01/x", "@evil.example.com/",
          "/2010-04-01/../admin", "/2010-04-01/Accounts/..", "/2010-04-01/%2e%2e/admin",
          "/2010-04-01/.%2E/admin", "/2010-04-01/%2F..", "/2010-04-01/a b", "/2010-04-01/a\r\nX: y",
          "/2010-04-01/\\..\\", "/2010-04-01/a#b", "/2010-04-01/\xC3\xA9"}) {
        EXPECT_FALSE(is_page_uri(uri)) << uri;
        EXPECT_THROW((void)next_page(account(), uri), base::BugError) << uri;
    }
}

} // namespace
} // namespace callctl::twilio
