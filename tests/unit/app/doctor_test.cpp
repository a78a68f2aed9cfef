#include "app/doctor.hpp"
#include "app/webhook_probe.hpp"
#include "fakes/manual_clock.hpp"
#include "fakes/memory_call_store.hpp"
#include "fakes/scripted_http_client.hpp"
#include "support/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

namespace callctl::app {
namespace {

using fakes::http_response;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace std::chrono_literals;

class Doctor : public testing::Test {
  protected:
    static twilio::Account account() {
        const std::string sid = "AC" + std::string(32, '0');
        return {.sid = *base::AccountSid::parse(sid), .user = sid, .password = base::Secret{"t"}};
    }
    static ModelServer server() {
        return {.name = "summary",
                .base_url = "https://ai.example.com/v1",
                .auth = base::HeaderAuth{"x-api-key", "", base::Secret{"k"}},
                .model = "m-1",
                .headers = {{"anthropic-version", "2023-06-01"}}};
    }
    void models(int status, const std::string& body) {
        m_http.always("GET", "/v1/models", http_response(status, body));
    }
    void webhook(int status, const std::string& body) {
        m_http.always("GET", "/webhook/handle_recording",
                      http_response(status, body, "text/plain"));
    }
    Check check_model() { return app::check_model(m_http, server(), m_clock.wall()); }
    Check check_url() { return check_public_url(m_http, "https://calls.example.com"); }

    fakes::ScriptedHttpClient m_http;
    fakes::MemoryCallStore m_store;
    fakes::ManualClock m_clock;
};

const Check& named(const std::vector<Check>& checks, const std::string& name) {
    const auto found = std::find_if(checks.begin(), checks.end(),
                                    [&name](const Check& check) { return check.name == name; });
    return found == checks.end() ? ADD_FAILURE() << "no check " << name, checks.front() : *found;
}

TEST_F(Doctor, FindsAHealthyDatabase) {
    m_store.set_now(m_clock.wall());
    for (const Check& check : check_database(m_store, m_clock)) {
        EXPECT_EQ(check.health, Health::ok) << check.name << check.detail;
        EXPECT_THAT(check.fix, IsEmpty());
    }
}

TEST_F(Doctor, SaysThatTheDatabaseIsAway) {
    m_store.set_available(false);
    EXPECT_EQ(check_database(m_store, m_clock).front().health, Health::failed);
}

TEST_F(Doctor, WarnsOfClocksThatDisagree) {
    m_store.set_now(m_clock.wall() + 90s);
    const Check check = named(check_database(m_store, m_clock), "clock");
    EXPECT_EQ(check.health, Health::warning);
    EXPECT_THAT(check.detail, HasSubstr("1m 30s"));
}

TEST_F(Doctor, WarnsOfAClosedProviderUntilItsTimeIsOver) {
    m_store.set_now(m_clock.wall());
    m_store.close_provider(call::Provider::summary, call::Reason::quota, "no money", 1h,
                           m_store.now());
    const Check check = named(check_database(m_store, m_clock), "breaker summary");
    EXPECT_EQ(check.health, Health::warning);
    EXPECT_THAT(check.detail, HasSubstr("QUOTA, no money"));
    EXPECT_THAT(check.fix, HasSubstr("pay the provider"));
    m_store.advance(2h);
    EXPECT_EQ(named(check_database(m_store, m_clock), "breaker summary").health, Health::ok);
}

TEST_F(Doctor, NamesTheSettingsThatTwilioRefuses) {
    m_http.once("GET", "/Accounts/", http_response(401, R"({"code":20003,"message":"no"})"));
    const Check refused = check_twilio(m_http, account());
    EXPECT_EQ(refused.health, Health::failed);
    EXPECT_THAT(refused.fix, HasSubstr("TWILIO_AUTH_TOKEN"));
    const Check unreachable = check_twilio(m_http, account());
    EXPECT_EQ(unreachable.health, Health::failed);
    EXPECT_THAT(unreachable.fix, HasSubstr("network"));
}

TEST_F(Doctor, FindsTheModelInTheList) {
    models(200, R"({"data":[{"id":"m-0"},{"id":"m-1","shutdown_date":null}]})");
    EXPECT_EQ(check_model().health, Health::ok);
    ASSERT_EQ(m_http.requests().size(), 1U);
    const base::HttpRequest request = m_http.requests().front();
    EXPECT_EQ(request.url, "https://ai.example.com/v1/models");
    EXPECT_EQ(std::get<base::HeaderAuth>(request.auth).name, "x-api-key");
    EXPECT_EQ(base::find_header(request.headers, "anthropic-version"), "2023-06-01");
}

TEST_F(Doctor, WarnsWhenTheModelIsToBeShutDownAndFailsAfterwards) {
    models(200, R"({"data":[{"id":"m-1","shutdown_date":"2027-02-26"}]})");
    const Check before = check_model();
    EXPECT_EQ(before.health, Health::warning);
    EXPECT_EQ(before.detail, "model m-1 is shut down on 2027-02-26");
    EXPECT_EQ(before.fix, "configure another model before that day");
    m_clock.advance(24h * 365 * 2);
    EXPECT_EQ(check_model().health, Health::failed);
    EXPECT_EQ(check_model().detail, "model m-1 was shut down on 2027-02-26");
}

TEST_F(Doctor, NamesWhatReplacesTheTranscriptionModels) {
    for (const char* const model : {"whisper-1", "gpt-4o-transcribe", "gpt-4o-mini-transcribe",
                                    "gpt-4o-transcribe-diarize"}) {
        m_http.always("GET", "/v1/models",
                      http_response(200, std::string{R"({"data":[{"id":")"} + model +
                                             R"(","shutdown_date":"2027-02-26"}]})"));
        ModelServer asked = server();
        asked.model = model;
        EXPECT_EQ(app::check_model(m_http, asked, m_clock.wall()).fix,
                  "configure gpt-transcribe before that day")
            << model;
    }
}

TEST_F(Doctor, LooksForNoModelWhereTheServerHasItsOwn) {
    models(200, R"({"data":[{"id":"m-2"}]})");
    ModelServer whisper = server();
    whisper.model.clear();
    EXPECT_EQ(app::check_model(m_http, whisper, m_clock.wall()).health, Health::ok);
}

TEST_F(Doctor, SaysThatAServerOfModelsCannotBeReached) {
    const Check check = check_model();
    EXPECT_EQ(check.health, Health::failed);
    EXPECT_THAT(check.fix, HasSubstr("network"));
}

struct Models {
    std::string name;
    int status;
    std::string body;
    Health health;
};
class DoctorOfModels : public Doctor, public testing::WithParamInterface<Models> {};

TEST_P(DoctorOfModels, JudgesTheAnswer) {
    models(GetParam().status, GetParam().body);
    const Check check = check_model();
    EXPECT_EQ(check.health, GetParam().health) << check.detail;
    EXPECT_EQ(check.fix.empty(), check.health == Health::ok);
}

INSTANTIATE_TEST_SUITE_P(
    Answers, DoctorOfModels,
    testing::Values(
        Models{"bad_key", 401, "{}", Health::failed},
        Models{"forbidden", 403, "{}", Health::failed}, Models{"no_list", 404, "", Health::warning},
        Models{"no_list_by_text", 404, "File Not Found (/models)", Health::warning},
        Models{"list_of_another_shape", 200, R"({"stt":[{"name":"nova-3"}],"tts":[]})", Health::ok},
        Models{"date_that_is_none", 200, R"({"data":[{"id":"m-1","shutdown_date":"soon"}]})",
               Health::ok},
        Models{"broken", 500, "", Health::failed},
        Models{"other_model", 200, R"({"data":[{"id":"m-2"}]})", Health::failed},
        Models{"ids_that_are_no_text", 200, R"({"data":[{"id":7},3,null]})", Health::failed},
        Models{"html", 200, "<html>", Health::failed}, Models{"array", 200, "[]", Health::failed}),
    [](const auto& test) { return test.param.name; });

TEST_F(Doctor, KnowsItselfBehindThePublicUrl) {
    webhook(405, "use POST\n");
    EXPECT_EQ(check_url().health, Health::ok);
    EXPECT_EQ(m_http.count("GET", "https://calls.example.com/webhook/handle_recording"), 1U);
}

TEST_F(Doctor, FailsWithoutAPublicUrlAndWarnsWithoutTls) {
    EXPECT_EQ(check_public_url(m_http, "").health, Health::failed);
    EXPECT_EQ(check_public_url(m_http, "http://calls.example.com").health, Health::warning);
    EXPECT_THAT(m_http.requests(), IsEmpty());
}

struct PublicAnswer {
    std::string name;
    int status;
    std::string body;
    std::string detail;
};
class DoctorOfUrls : public Doctor, public testing::WithParamInterface<PublicAnswer> {};

TEST_P(DoctorOfUrls, WarnsOfWhoeverElseAnswers) {
    webhook(GetParam().status, GetParam().body);
    const Check check = check_url();
    EXPECT_EQ(check.health, Health::warning);
    EXPECT_THAT(check.detail, HasSubstr(GetParam().detail));
    EXPECT_NE(check.fix, "");
}

INSTANTIATE_TEST_SUITE_P(
    Answers, DoctorOfUrls,
    testing::Values(PublicAnswer{"nobody_serves", 502, "", "nobody serves behind the proxy"},
                    PublicAnswer{"somebody_else", 405, "Method Not Allowed", "not as"},
                    PublicAnswer{"other_application", 404, "use POST\n", "HTTP 404"},
                    PublicAnswer{"redirect", 301, "", "HTTP 301"},
                    PublicAnswer{"page", 200, "<html>", "HTTP 200"}),
    [](const auto& test) { return test.param.name; });

TEST_F(Doctor, WarnsWhenThePublicUrlDoesNotAnswerFromHere) {
    const Check check = check_url();
    EXPECT_EQ(check.health, Health::warning);
    EXPECT_THAT(check.fix, HasSubstr("certificate"));
}

TEST_F(Doctor, TakesAnyAnswerOfAnApplicationForALife) {
    for (const int status : {200, 302, 401, 404, 405, 500, 501}) {
        m_http.always("HEAD", "http://app:5000/", http_response(status));
        EXPECT_EQ(check_upstream(m_http, "http://app:5000").health, Health::ok) << status;
    }
}

TEST_F(Doctor, WarnsOfAnApplicationBehindAProxyThatIsDown) {
    m_http.always("HEAD", "http://app:5000/", http_response(502));
    const Check check = check_upstream(m_http, "http://app:5000");
    EXPECT_EQ(check.health, Health::warning);
    EXPECT_THAT(check.detail, HasSubstr("HTTP 502"));
}

TEST_F(Doctor, FailsWhereNoApplicationAnswers) {
    const Check check = check_upstream(m_http, "http://app:5000");
    EXPECT_EQ(check.name, "upstream");
    EXPECT_EQ(check.health, Health::failed);
    EXPECT_THAT(check.fix, HasSubstr("start the application"));
}

TEST_F(Doctor, LeavesNothingInTheStateDirectory) {
    const support::TemporaryFolder folder;
    EXPECT_EQ(check_state_dir(folder.path()).health, Health::ok);
    EXPECT_THAT(folder.names(), IsEmpty());
    EXPECT_EQ(check_state_dir(folder.path("a/b")).health, Health::ok);
    EXPECT_THAT(folder.names(), IsEmpty());
}

// Root had run a command there.
TEST_F(Doctor, FailsWhereAPartOfTheStateDirectoryIsSomebodyElses) {
    const support::TemporaryFolder folder;
    folder.write("scratch", "no folder");
    const Check check = check_state_dir(folder.path());
    EXPECT_EQ(check.health, Health::failed);
    EXPECT_THAT(check.detail, HasSubstr("scratch"));
}

TEST_F(Doctor, SaysNothingOfAListThatTheServerNeverHas) {
    models(404, "");
    ModelServer azure = server();
    azure.has_list = false;
    EXPECT_EQ(app::check_model(m_http, azure, m_clock.wall()).health, Health::ok);
}

TEST_F(Doctor, FailsWhereTheStateDirectoryIsAFile) {
    const support::TemporaryFolder folder;
    folder.write("file", "x");
    EXPECT_EQ(check_state_dir(folder.path("file")).health, Health::failed);
}

TEST_F(Doctor, WarnsOfWebhooksThatWaitAndOfThoseThatWereSetAside) {
    const support::TemporaryFolder folder;
    EXPECT_EQ(check_spool(folder.path()).health, Health::ok);
    std::filesystem::create_directories(folder.path("spool/damaged"));
    EXPECT_EQ(check_spool(folder.path()).health, Health::ok);
    folder.write("spool/1.spool", "x");
    EXPECT_EQ(check_spool(folder.path()).health, Health::warning);
    EXPECT_THAT(check_spool(folder.path()).fix, HasSubstr("callctl reconcile"));
    folder.write("spool/damaged/0.spool", "x");
    EXPECT_THAT(check_spool(folder.path()).detail, HasSubstr("no webhook"));
}

/// Every check that doctor has, and every way in which it is not well.
class EveryCheck : public Doctor {
  protected:
    void note(const std::vector<Check>& checks) {
        bool unwell = false;
        for (const Check& check : checks) {
            m_names.insert(check.name);
            if (check.health == Health::ok) {
                EXPECT_EQ(check.fix, "") << check.name;
                continue;
            }
            unwell = true;
            m_unwell.insert(check.name);
            EXPECT_NE(check.detail, "") << check.name;
            EXPECT_NE(check.fix, "") << check.name << ": " << check.detail;
            EXPECT_EQ(check.fix.find(check.detail), std::string::npos) << "that is no fix";
        }
        EXPECT_TRUE(unwell) << "situation " << ++m_situations;
    }
    void note_answers(const std::string& method, const std::string& part,
                      const std::function<std::vector<Check>()>& check,
                      std::initializer_list<fakes::ScriptedHttpClient::Answer> answers) {
        for (const auto& answer : answers) {
            m_http.always(method, part, answer);
            note(check());
        }
    }
    static fakes::ScriptedHttpClient::Answer silence(const std::string& why) {
        return base::fail(base::ErrorKind::transient, why);
    }

    std::set<std::string> m_names{};
    std::set<std::string> m_unwell{};
    int m_situations{0};
};

TEST_F(EveryCheck, NamesItsFixHoweverItFails) {
    m_store.set_now(m_clock.wall() + 90s);
    for (const call::ReasonInfo& reason : call::all_reasons()) {
        for (const call::Provider provider : call::k_providers) {
            m_store.close_provider(provider, reason.reason, "its own words", 1h, m_store.now());
        }
        note(check_database(m_store, m_clock));
    }
    m_store.refuse([](const fakes::HostRow& /*row*/) { return true; });
    const call::Delivery delivery{
        .route = "r", .digest = "d", .sid = *base::CallSid::parse("CA" + std::string(32, '1'))};
    m_store.ingest(std::span{&delivery, 1},
                   [](const auto&, const auto&, auto) { return call::Change{}; });
    note(check_database(m_store, m_clock));
    m_store.set_available(false);
    note(check_database(m_store, m_clock));

    const auto no_answers = {silence("connect: no"), silence("timeout: no"),
                             silence("transfer: no"), silence("local: no"), silence("stopped: no")};
    const auto twilio = [this] { return std::vector{check_twilio(m_http, account())}; };
    note_answers("GET", "/Accounts/", twilio, no_answers);
    for (const int status : {302, 400, 401, 403, 404, 429, 500, 503}) {
        note_answers("GET", "/Accounts/", twilio, {http_response(status, "{}")});
    }
    const auto model = [this] { return std::vector{check_model()}; };
    note_answers("GET", "/v1/models", model, no_answers);
    for (const int status : {302, 400, 401, 403, 429, 500, 503}) {
        note_answers("GET", "/v1/models", model, {http_response(status, "{}")});
    }
    note_answers("GET", "/v1/models", model,
                 {http_response(200, "<html>"), http_response(200, R"({"data":[]})"),
                  http_response(200, R"({"data":[{"id":"m-1","shutdown_date":"2020-01-01"}]})"),
                  http_response(200, R"({"data":[{"id":"m-1","shutdown_date":"2999-01-01"}]})")});
    const auto url = [this] { return std::vector{check_url()}; };
    note({check_public_url(m_http, "")});
    note({check_public_url(m_http, "http://calls.example.com")});
    note_answers("GET", "/webhook/handle_recording", url, no_answers);
    note_answers("GET", "/webhook/handle_recording", url,
                 {http_response(502), http_response(404), http_response(200)});
    const auto upstream = [this] { return std::vector{check_upstream(m_http, "http://app:5000")}; };
    note_answers("HEAD", "http://app", upstream, no_answers);
    note_answers("HEAD", "http://app", upstream, {http_response(502)});
    const auto webhook = [this] {
        return check_webhooks(m_http, {.public_url = "https://calls.example.com",
                                       .account = account().sid,
                                       .auth_tokens = {base::Secret{"t"}},
                                       .nonce = std::string(32, 'a')});
    };
    note_answers("POST", "/webhook/call_status", webhook, no_answers);
    for (const int status :
         {200, 204, 301, 400, 401, 403, 404, 405, 411, 413, 415, 429, 500, 502}) {
        note_answers("POST", "/webhook/call_status", webhook, {http_response(status, "no")});
    }

    const support::TemporaryFolder folder;
    folder.write("file", "x");
    note({check_state_dir(folder.path("file"))});
    note({check_state_dir(folder.path("file/below"))});
    std::filesystem::create_directories(folder.path("spool/damaged"));
    folder.write("spool/1.spool", "x");
    note({check_spool(folder.path())});
    folder.write("spool/damaged/0.spool", "x");
    note({check_spool(folder.path())});

    EXPECT_EQ(m_unwell, m_names) << "a check is missing here";
}

} // namespace
} // namespace callctl::app
