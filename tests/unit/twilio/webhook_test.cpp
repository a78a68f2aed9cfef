#include "twilio/webhook.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace callctl::twilio {
namespace {

using namespace std::chrono_literals;
using call::CallState;
using call::Direction;
using call::RecordingState;

const std::string k_call = "CA0123456789abcdef0123456789abcdef";
const std::string k_parent = "CAffffffffffffffffffffffffffffffff";
const std::string k_account = "AC0123456789abcdef0123456789abcdef";
const std::string k_recording = "RE0123456789abcdef0123456789abcdef";
const base::Time k_received{1'650'498'339'600ms}; // 2022-04-20T23:45:39.6Z

base::Time at(const char* rfc2822) {
    return base::parse_rfc2822(rfc2822).value();
}

Form with(Form extra) {
    Form form{{"CallSid", k_call}, {"AccountSid", k_account}};
    form.insert(form.end(), extra.begin(), extra.end());
    return form;
}

call::CallFacts news_of(Route route, Form extra) {
    const auto read = read_webhook(route, with(std::move(extra)), k_received);
    EXPECT_TRUE(read) << read.error().message;
    return read ? read->news : call::CallFacts{};
}

std::string refusal(Route route, const Form& form) {
    const auto read = read_webhook(route, form, k_received);
    if (read) {
        return "accepted";
    }
    EXPECT_EQ(read.error().kind, base::ErrorKind::invalid_input);
    return read.error().message;
}

TEST(Route, HasAPathAndComesBackFromIt) {
    EXPECT_EQ(path_of(Route::incoming_call), "/webhook/incoming_call");
    EXPECT_EQ(path_of(Route::outbound_call), "/webhook/outbound_call");
    EXPECT_EQ(path_of(Route::handle_recording), "/webhook/handle_recording");
    EXPECT_EQ(path_of(Route::call_status), "/webhook/call_status");
    EXPECT_EQ(path_of(Route::stream_ended), "/webhook/stream_ended");
    for (const Route route : {Route::incoming_call, Route::outbound_call, Route::handle_recording,
                              Route::call_status, Route::stream_ended}) {
        EXPECT_EQ(parse_route(path_of(route)), route);
    }
}

TEST(Route, IsNoneForOtherPaths) {
    for (const char* const path :
         {"", "/", "/webhook", "/webhook/", "/webhook/call_status/", "/webhook/Call_Status",
          "/webhook/call_status?x=1", "webhook/"}) {
        EXPECT_EQ(parse_route(path), std::nullopt) << path;
    }
}

// --- Recording callbacks ---

// The captured request of 2022 (public README "Twilio Studio Loop"), with other SIDs.
const std::string k_captured =
    "RecordingSource=StartCallRecordingAPI&RecordingTrack=both&RecordingSid="
    "RE0123456789abcdef0123456789abcdef&RecordingUrl=https%3A%2F%2Fapi.twilio.com%2F2010-04-01%2F"
    "Accounts%2FAC0123456789abcdef0123456789abcdef%2FRecordings%2F"
    "RE0123456789abcdef0123456789abcdef&RecordingStatus=completed&RecordingChannels=2&ErrorCode=0"
    "&CallSid=CA0123456789abcdef0123456789abcdef&RecordingStartTime=Wed%2C%2020%20Apr%202022%2023"
    "%3A45%3A25%20%2B0000&AccountSid=AC0123456789abcdef0123456789abcdef&RecordingDuration=11";

TEST(RecordingWebhook, ReadsACapturedRequest) {
    const auto form = parse_form(k_captured);
    ASSERT_TRUE(form);
    const auto read = read_webhook(Route::handle_recording, *form, k_received);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->sid.str(), k_call);
    EXPECT_EQ(read->account.str(), k_account);
    call::CallFacts expected;
    expected.heard_at = k_received;
    expected.recording_count = 1;
    expected.recording = {.sid = base::RecordingSid::parse(k_recording),
                          .state = RecordingState::completed,
                          .source = "StartCallRecordingAPI",
                          .channels = 2,
                          .duration = 11s,
                          .started_at = at("Wed, 20 Apr 2022 23:45:25 +0000"),
                          .error_code = std::nullopt};
    EXPECT_EQ(read->news, expected);
}

struct RecordingCase {
    const char* name;
    Form extra;
    RecordingState state;
    std::optional<int> error_code;
};

class RecordingWebhookStatus : public testing::TestWithParam<RecordingCase> {};

TEST_P(RecordingWebhookStatus, IsRead) {
    Form extra = GetParam().extra;
    extra.emplace_back("RecordingSid", k_recording);
    const call::CallFacts news = news_of(Route::handle_recording, std::move(extra));
    EXPECT_EQ(news.recording.state, GetParam().state);
    EXPECT_EQ(news.recording.error_code, GetParam().error_code);
    EXPECT_EQ(news.recording.sid, base::RecordingSid::parse(k_recording));
    EXPECT_EQ(news.heard_at, k_received);
    EXPECT_EQ(news.state, CallState::unknown);
    EXPECT_EQ(news.answered_at, std::nullopt);
    EXPECT_EQ(news.ended_at, std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(
    Table, RecordingWebhookStatus,
    testing::Values(RecordingCase{"InProgress",
                                  {{"RecordingStatus", "in-progress"}, {"ErrorCode", "0"}},
                                  RecordingState::in_progress,
                                  std::nullopt},
                    RecordingCase{"Completed",
                                  {{"RecordingStatus", "completed"}},
                                  RecordingState::completed,
                                  {}},
                    RecordingCase{"AbsentTooShort",
                                  {{"RecordingStatus", "absent"}, {"ErrorCode", "16101"}},
                                  RecordingState::absent,
                                  16101},
                    RecordingCase{"AbsentSilent",
                                  {{"RecordingStatus", "absent"}, {"ErrorCode", "16102"}},
                                  RecordingState::absent,
                                  16102},
                    RecordingCase{"FailedEncryption",
                                  {{"RecordingStatus", "failed"}, {"ErrorCode", "16104"}},
                                  RecordingState::failed,
                                  16104},
                    RecordingCase{"ErrorCodeUnreadable",
                                  {{"RecordingStatus", "absent"}, {"ErrorCode", "none"}},
                                  RecordingState::absent,
                                  std::nullopt},
                    RecordingCase{"ErrorCodeEmpty",
                                  {{"RecordingStatus", "absent"}, {"ErrorCode", ""}},
                                  RecordingState::absent,
                                  std::nullopt}),
    [](const auto& row) { return row.param.name; });

TEST(RecordingWebhook, IgnoresValuesThatCannotBeRead) {
    const call::CallFacts news =
        news_of(Route::handle_recording, {{"RecordingSid", k_recording},
                                          {"RecordingStatus", "completed"},
                                          {"RecordingDuration", "-1"},
                                          {"RecordingChannels", "0"},
                                          {"RecordingStartTime", "2022-04-20"},
                                          {"RecordingTrack", "sideways"},
                                          {"Surprise", "x"}});
    EXPECT_EQ(news.recording.duration, std::nullopt);
    EXPECT_EQ(news.recording.channels, std::nullopt);
    EXPECT_EQ(news.recording.started_at, std::nullopt);
    EXPECT_EQ(news.recording_count, 1);
}

TEST(RecordingWebhook, RefusesWhatItCannotAttribute) {
    const Route route = Route::handle_recording;
    EXPECT_EQ(refusal(route, with({{"RecordingSid", k_recording}})), "RecordingStatus is missing");
    EXPECT_EQ(
        refusal(route, with({{"RecordingSid", k_recording}, {"RecordingStatus", "archived"}})),
        "RecordingStatus is unknown");
    EXPECT_EQ(refusal(route, with({{"RecordingSid", k_recording}, {"RecordingStatus", "none"}})),
              "RecordingStatus is unknown");
    EXPECT_EQ(refusal(route, with({{"RecordingStatus", "completed"}})), "RecordingSid is missing");
    EXPECT_EQ(refusal(route, with({{"RecordingSid", "RE1"}, {"RecordingStatus", "completed"}})),
              "RecordingSid is not RE and 32 hex digits");
}

TEST(AnyWebhook, NeedsTheSidsOfCallAndAccount) {
    for (const Route route : {Route::incoming_call, Route::outbound_call, Route::handle_recording,
                              Route::call_status, Route::stream_ended}) {
        EXPECT_EQ(refusal(route, {}), "CallSid is missing");
        EXPECT_EQ(refusal(route, {{"CallSid", ""}, {"AccountSid", k_account}}),
                  "CallSid is missing");
        EXPECT_EQ(refusal(route, {{"CallSid", k_recording}, {"AccountSid", k_account}}),
                  "CallSid is not CA and 32 hex digits");
        EXPECT_EQ(refusal(route, {{"CallSid", k_call}}), "AccountSid is missing");
        EXPECT_EQ(refusal(route, {{"CallSid", k_call}, {"AccountSid", "AC1'; DROP TABLE"}}),
                  "AccountSid is not AC and 32 hex digits");
    }
}

// --- Voice ---

TEST(VoiceWebhook, ReadsAnIncomingCall) {
    const call::CallFacts news = news_of(Route::incoming_call, {{"From", "+14158675309"},
                                                                {"To", "+18005551212"},
                                                                {"Direction", "inbound"},
                                                                {"CallStatus", "ringing"},
                                                                {"FromCity", ""}});
    call::CallFacts expected;
    expected.heard_at = k_received;
    expected.state = CallState::ringing;
    expected.direction = Direction::inbound;
    expected.twilio_direction = "inbound";
    expected.from = "+14158675309";
    expected.to = "+18005551212";
    EXPECT_EQ(news, expected);
}

TEST(VoiceWebhook, ReadsAnAnsweredOutboundCall) {
    const call::CallFacts news = news_of(Route::outbound_call, {{"Direction", "outbound-dial"},
                                                                {"CallStatus", "in-progress"},
                                                                {"ParentCallSid", k_parent}});
    EXPECT_EQ(news.direction, Direction::outbound);
    EXPECT_EQ(news.twilio_direction, "outbound-dial");
    EXPECT_EQ(news.state, CallState::in_progress);
    EXPECT_EQ(news.answered_at, k_received);
    EXPECT_EQ(news.ended_at, std::nullopt);
    EXPECT_EQ(news.parent, base::CallSid::parse(k_parent));
}

TEST(VoiceWebhook, GoesByItsRouteForTheDirection) {
    EXPECT_EQ(news_of(Route::incoming_call, {{"Direction", "outbound-api"}}).direction,
              Direction::inbound);
    EXPECT_EQ(news_of(Route::outbound_call, {{"Direction", "sideways"}}).direction,
              Direction::outbound);
    EXPECT_EQ(news_of(Route::outbound_call, {}).direction, Direction::outbound);
}

TEST(VoiceWebhook, NeverFailsForNewValues) {
    const call::CallFacts news = news_of(Route::incoming_call, {{"CallStatus", "levitating"},
                                                                {"ParentCallSid", "nobody"},
                                                                {"RecordingSid", "not looked at"},
                                                                {"From", "sip:alice@example.com"}});
    EXPECT_EQ(news.state, CallState::unknown);
    EXPECT_EQ(news.parent, std::nullopt);
    EXPECT_EQ(news.from, "sip:alice@example.com");
    EXPECT_EQ(news.recording, call::RecordingFacts{});
}

// --- Call status ---

struct StatusCase {
    const char* name;
    const char* status;
    CallState state;
    bool answered;
    bool ended;
};

class CallStatusWebhook : public testing::TestWithParam<StatusCase> {};

TEST_P(CallStatusWebhook, IsReadWithItsTime) {
    const StatusCase& row = GetParam();
    const call::CallFacts news =
        news_of(Route::call_status, {{"CallStatus", row.status},
                                     {"Timestamp", "Sun, 25 Mar 2018 09:53:19 +0000"},
                                     {"CallbackSource", "call-progress-events"},
                                     {"SequenceNumber", "2"}});
    const std::optional<base::Time> then = at("Sun, 25 Mar 2018 09:53:19 +0000");
    EXPECT_EQ(news.state, row.state);
    EXPECT_EQ(news.heard_at, k_received);
    EXPECT_EQ(news.answered_at, row.answered ? then : std::nullopt);
    EXPECT_EQ(news.ended_at, row.ended ? then : std::nullopt);
}

TEST_P(CallStatusWebhook, StandsForNowWithoutATime) {
    const StatusCase& row = GetParam();
    const call::CallFacts news =
        news_of(Route::call_status, {{"CallStatus", row.status}, {"Timestamp", "yesterday"}});
    const std::optional<base::Time> now = k_received;
    EXPECT_EQ(news.answered_at, row.answered ? now : std::nullopt);
    EXPECT_EQ(news.ended_at, row.ended ? now : std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(
    Table, CallStatusWebhook,
    testing::Values(StatusCase{"Queued", "queued", CallState::queued, false, false},
                    StatusCase{"Initiated", "initiated", CallState::initiated, false, false},
                    StatusCase{"Ringing", "ringing", CallState::ringing, false, false},
                    StatusCase{"InProgress", "in-progress", CallState::in_progress, true, false},
                    StatusCase{"Completed", "completed", CallState::completed, false, true},
                    StatusCase{"Busy", "busy", CallState::busy, false, true},
                    StatusCase{"Failed", "failed", CallState::failed, false, true},
                    StatusCase{"NoAnswer", "no-answer", CallState::no_answer, false, true},
                    StatusCase{"Canceled", "canceled", CallState::canceled, false, true},
                    StatusCase{"New", "levitating", CallState::unknown, false, false},
                    StatusCase{"Empty", "", CallState::unknown, false, false}),
    [](const auto& row) { return row.param.name; });

TEST(CallStatusWebhookFields, AreReadAtTheEndOfACall) {
    const call::CallFacts news =
        news_of(Route::call_status, {{"CallStatus", "completed"},
                                     {"CallDuration", "412"},
                                     {"Duration", "7"},
                                     {"Direction", "outbound-api"},
                                     {"From", "+18005551212"},
                                     {"To", "+14158675309"},
                                     {"ParentCallSid", k_parent},
                                     {"RecordingSid", k_recording},
                                     {"RecordingUrl", "https://api.twilio.com/x"},
                                     {"RecordingDuration", "410"}});
    EXPECT_EQ(news.duration, 412s);
    EXPECT_EQ(news.direction, Direction::outbound);
    EXPECT_EQ(news.parent, base::CallSid::parse(k_parent));
    EXPECT_EQ(news.recording.sid, base::RecordingSid::parse(k_recording));
    EXPECT_EQ(news.recording.state, RecordingState::processing);
    EXPECT_EQ(news.recording.duration, 410s);
    EXPECT_EQ(news.recording_count, 1);
}

TEST(CallStatusWebhookFields, MayBeMissing) {
    const call::CallFacts news =
        news_of(Route::call_status, {{"RecordingSid", ""}, {"CallDuration", "1e3"}});
    EXPECT_EQ(news.recording, call::RecordingFacts{});
    EXPECT_EQ(news.recording_count, 0);
    EXPECT_EQ(news.duration, std::nullopt);
    EXPECT_EQ(news.state, CallState::unknown);
}

TEST(CallStatusWebhookFields, AreRefusedWithABadRecordingSid) {
    EXPECT_EQ(refusal(Route::call_status, with({{"RecordingSid", k_call}})),
              "RecordingSid is not RE and 32 hex digits");
}

// --- End of the stream ---

TEST(StreamWebhook, ProvesThatTheCallExisted) {
    call::CallFacts expected;
    expected.heard_at = k_received;
    EXPECT_EQ(news_of(Route::stream_ended, {{"StreamSid", "MZ1"}}), expected);
}

TEST(StreamWebhook, SaysNothingOfTheAnswer) {
    const call::CallFacts news =
        news_of(Route::stream_ended, {{"CallStatus", "in-progress"}, {"Direction", "inbound"}});
    EXPECT_EQ(news.state, CallState::in_progress);
    EXPECT_EQ(news.answered_at, std::nullopt);
    EXPECT_EQ(news.direction, Direction::inbound);
}

TEST(StreamWebhook, SaysThatTheCallEnded) {
    const call::CallFacts news = news_of(Route::stream_ended, {{"CallStatus", "completed"}});
    EXPECT_EQ(news.ended_at, k_received);
}

} // namespace
} // namespace callctl::twilio
