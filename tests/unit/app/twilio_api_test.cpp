#include "app/twilio_api.hpp"
#include "fakes/scripted_http_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace callctl::app {
namespace {

using call::CallState;
using call::Reason;
using call::RecordingState;
using fakes::http_response;
using testing::HasSubstr;
using namespace std::chrono_literals;

const auto k_sid = *base::CallSid::parse("CA" + std::string(32, 'a'));
const auto k_recording = *base::RecordingSid::parse("RE" + std::string(32, 'b'));
constexpr base::Time k_now{std::chrono::microseconds{1'767'268'800'000'000}};

const std::string k_call_path = "/Calls/" + k_sid.str() + ".json";
const std::string k_list_path = "/Calls/" + k_sid.str() + "/Recordings.json";
const std::string k_recording_path = "/Recordings/" + k_recording.str() + ".json";
const std::string k_media_path = "/Recordings/" + k_recording.str() + ".wav";

std::string call_json(const std::string& status) {
    return R"({"sid":")" + k_sid.str() + R"(","status":")" + status + R"("})";
}

std::string recording_json(const std::string& status,
                           const base::RecordingSid& recording = k_recording) {
    return R"({"sid":")" + recording.str() + R"(","call_sid":")" + k_sid.str() + R"(","status":")" +
           status + R"(","channels":2,"source":"StartCallRecordingAPI"})";
}

std::string list_json(const std::string& recordings) {
    return R"({"recordings":[)" + recordings + R"(],"next_page_uri":null})";
}

std::string error_json(int code, int status, const std::string& message) {
    return R"({"code":)" + std::to_string(code) + R"(,"message":")" + message + R"(","status":)" +
           std::to_string(status) + "}";
}

class Twilio : public testing::Test {
  protected:
    static twilio::Account account() {
        const std::string sid = "AC" + std::string(32, '0');
        return {.sid = *base::AccountSid::parse(sid), .user = sid, .password = base::Secret{"t"}};
    }

    void nothing_recorded() {
        m_http.always("GET", k_list_path, http_response(200, list_json("")));
    }

    void refuse_start() {
        m_http.always("POST", k_list_path,
                      http_response(400, error_json(21220, 400,
                                                    "Requested resource is not eligible for "
                                                    "recording")));
    }

    fakes::ScriptedHttpClient m_http;
    TwilioApi m_twilio{m_http, account(), "https://calls.example.com/webhook/handle_recording"};
};

TEST_F(Twilio, ObservesTheCallAndItsRecordings) {
    m_http.always("GET", k_call_path, http_response(200, call_json("completed")));
    m_http.always("GET", k_list_path, http_response(200, list_json(recording_json("completed"))));
    const auto facts = m_twilio.observe(k_sid, {.observations = 2}, k_now);
    ASSERT_TRUE(facts);
    EXPECT_EQ(facts->state, CallState::completed);
    EXPECT_EQ(facts->recording.sid, k_recording);
    EXPECT_EQ(facts->recording.state, RecordingState::completed);
    EXPECT_EQ(facts->recording_count, 1);
    EXPECT_EQ(facts->observations, 3);
    EXPECT_EQ(facts->observed_at, k_now);
}

// One that was kept and is gone would stay the one that is waited for.
TEST_F(Twilio, ObservesThatAnotherRecordingIsThereInsteadOfTheOneThatIsKnown) {
    m_http.always("GET", k_call_path, http_response(200, call_json("completed")));
    m_http.always("GET", k_list_path, http_response(200, list_json(recording_json("completed"))));
    const auto gone = base::RecordingSid::parse("RE" + std::string(32, '0'));
    const call::CallFacts before{
        .recording = {.sid = gone, .state = RecordingState::processing, .started_at = k_now - 1h}};
    const auto facts = m_twilio.observe(k_sid, before, k_now);
    ASSERT_TRUE(facts);
    EXPECT_EQ(call::merged(before, *facts).recording.sid, k_recording);
}

TEST_F(Twilio, WaitsForARecordingThatHangsForAnHourWhileAnotherOneIsThere) {
    const auto hangs = *base::RecordingSid::parse("RE" + std::string(32, '0'));
    m_http.always("GET", k_call_path,
                  http_response(200, R"({"sid":")" + k_sid.str() +
                                         R"(","status":"completed",)"
                                         R"("end_time":"Thu, 01 Jan 2026 12:00:00 +0000"})"));
    m_http.always("GET", k_list_path,
                  http_response(200, list_json(recording_json("processing", hangs) + "," +
                                               recording_json("completed"))));
    const call::CallFacts before{
        .recording = {.sid = hangs, .state = RecordingState::processing, .started_at = k_now - 1h}};
    const auto end = *base::parse_iso8601("2026-01-01T12:00:00Z");
    for (const auto& [passed, kept] : {std::pair{1h, hangs}, std::pair{2h, k_recording}}) {
        const auto facts = m_twilio.observe(k_sid, before, end + passed);
        ASSERT_TRUE(facts);
        EXPECT_EQ(call::merged(before, *facts).recording.sid, kept);
        EXPECT_EQ(facts->recording_count, 2);
    }
}

TEST_F(Twilio, TellsAnUnknownSidAsAFact) {
    m_http.always("GET", k_call_path, http_response(404, error_json(20404, 404, "not found")));
    const auto facts = m_twilio.observe(k_sid, {}, k_now);
    ASSERT_TRUE(facts);
    EXPECT_TRUE(facts->unknown_to_twilio);
    EXPECT_EQ(m_http.count("GET", k_list_path), 0U);
}

TEST_F(Twilio, StartsARecordingWhereThereIsNone) {
    nothing_recorded();
    m_http.once("POST", k_list_path, http_response(201, recording_json("in-progress")));
    const auto facts = m_twilio.ensure_recording(k_sid, {}, k_now);
    ASSERT_TRUE(facts);
    EXPECT_EQ(facts->recording.sid, k_recording);
    EXPECT_EQ(facts->recording.state, RecordingState::in_progress);
    EXPECT_EQ(facts->state, CallState::in_progress);
}

TEST_F(Twilio, StartsNoSecondRecording) {
    m_http.always("GET", k_list_path, http_response(200, list_json(recording_json("processing"))));
    const auto facts = m_twilio.ensure_recording(k_sid, {}, k_now);
    ASSERT_TRUE(facts);
    EXPECT_EQ(facts->recording.sid, k_recording);
    EXPECT_EQ(m_http.count("POST", k_list_path), 0U);
}

TEST_F(Twilio, ReadsARefusedStartAsTheStateOfTheCall) {
    nothing_recorded();
    refuse_start();
    for (const auto& [word, state] :
         {std::pair{"ringing", CallState::ringing}, std::pair{"completed", CallState::completed}}) {
        m_http.once("GET", k_call_path, http_response(200, call_json(word)));
        const auto facts = m_twilio.ensure_recording(k_sid, {.start_refusals = 4}, k_now);
        ASSERT_TRUE(facts);
        EXPECT_EQ(facts->state, state);
        EXPECT_EQ(facts->start_refusals, 5);
        EXPECT_EQ(facts->start_refused_at, k_now);
        EXPECT_EQ(facts->recording.state, RecordingState::none);
    }
}

TEST_F(Twilio, PassesOtherRefusalsOn) {
    nothing_recorded();
    m_http.once("POST", k_list_path, http_response(401, error_json(20003, 401, "Authenticate")));
    const auto facts = m_twilio.ensure_recording(k_sid, {}, k_now);
    ASSERT_FALSE(facts);
    EXPECT_EQ(facts.error().reason, Reason::auth);
}

TEST_F(Twilio, NamesWhatCannotBeReached) {
    m_http.always("GET", k_call_path, base::fail(base::ErrorKind::transient, "connect: refused"));
    auto facts = m_twilio.observe(k_sid, {}, k_now);
    ASSERT_FALSE(facts);
    EXPECT_EQ(facts.error().reason, Reason::unreachable);
    EXPECT_THAT(facts.error().detail, HasSubstr("get call"));
    m_http.once("GET", k_call_path, base::fail(base::ErrorKind::transient, "timeout: 30 s"));
    EXPECT_EQ(m_twilio.observe(k_sid, {}, k_now).error().reason, Reason::timeout);
    m_http.once("GET", k_call_path, base::fail(base::ErrorKind::transient, "transfer: reset"));
    EXPECT_EQ(m_twilio.observe(k_sid, {}, k_now).error().reason, Reason::provider_error);
    m_http.once("GET", k_call_path, base::fail(base::ErrorKind::transient, "local: disk full"));
    EXPECT_EQ(m_twilio.observe(k_sid, {}, k_now).error().reason, Reason::local_fault);
    m_http.once("GET", k_call_path, base::fail(base::ErrorKind::transient, "stopped: by SIGTERM"));
    EXPECT_EQ(m_twilio.observe(k_sid, {}, k_now).error().reason, Reason::interrupted);
}

// --- Media ---

class Media : public Twilio {
  protected:
    std::string m_path{testing::TempDir() + "callctl-media-" + std::to_string(::getpid()) + ".wav"};

    ~Media() override { std::remove(m_path.c_str()); }
};

TEST_F(Media, IsDownloadedWithTwoChannels) {
    m_http.once("GET", k_media_path, http_response(200, "RIFF....", "audio/x-wav"));
    EXPECT_TRUE(m_twilio.download(k_recording, m_path));
    EXPECT_THAT(m_http.requests().front().url, HasSubstr("RequestedChannels=2"));
}

TEST_F(Media, IsDownloadedAsItIsWhenItHasOneChannel) {
    m_http.once("GET", k_media_path,
                http_response(400, error_json(16113, 400, "dual download of a mono recording")));
    m_http.once("GET", k_media_path, http_response(200, "RIFF....", "audio/x-wav"));
    EXPECT_TRUE(m_twilio.download(k_recording, m_path));
    EXPECT_THAT(m_http.requests().back().url, HasSubstr("RequestedChannels=1"));
}

struct Missing {
    std::string name;
    int status;
    std::string body;
    Reason reason;
};

class MissingMedia : public Media, public testing::WithParamInterface<Missing> {};

TEST_P(MissingMedia, IsJudgedByTheRecordingItself) {
    m_http.once("GET", k_media_path,
                http_response(404,
                              "<TwilioResponse><RestException><Code>20404</Code></RestException>"
                              "</TwilioResponse>",
                              "application/xml"));
    m_http.once("GET", k_recording_path, http_response(GetParam().status, GetParam().body));
    const auto fetched = m_twilio.download(k_recording, m_path);
    ASSERT_FALSE(fetched);
    EXPECT_EQ(fetched.error().reason, GetParam().reason) << fetched.error().detail;
}

INSTANTIATE_TEST_SUITE_P(
    Twilio, MissingMedia,
    testing::Values(Missing{"still_coming", 200, recording_json("completed"), Reason::not_ready},
                    Missing{"processing", 200, recording_json("processing"), Reason::not_ready},
                    Missing{"deleted", 200, recording_json("deleted"), Reason::deleted},
                    Missing{"gone", 404, error_json(20404, 404, "not found"), Reason::deleted},
                    Missing{"absent", 200, recording_json("absent"), Reason::absent},
                    Missing{"failed", 200, recording_json("failed"), Reason::encrypted},
                    Missing{"no_answer", 503, error_json(20503, 503, "busy"),
                            Reason::provider_error}),
    [](const auto& row) { return row.param.name; });

TEST_F(Twilio, ProvesTheCredentials) {
    m_http.once("GET", "/Accounts/AC",
                http_response(200, R"({"sid":"AC)" + std::string(32, '0') +
                                       R"(","friendly_name":"Rivka Dental","status":"active"})"));
    const auto name = m_twilio.check_account();
    ASSERT_TRUE(name);
    EXPECT_EQ(*name, "Rivka Dental");
}

} // namespace
} // namespace callctl::app
