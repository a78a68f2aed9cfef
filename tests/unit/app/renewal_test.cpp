// Secrets that change while the process runs.
#include "unit/app/chat_model.hpp"
#include "unit/app/quiet_logger.hpp"

#include "app/own_work.hpp"
#include "app/provider_steps.hpp"
#include "app/renewable.hpp"
#include "fakes/manual_clock.hpp"
#include "fakes/memory_call_store.hpp"
#include "fakes/memory_piece_shelf.hpp"
#include "fakes/scripted_http_client.hpp"
#include "pipeline/policy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <variant>

namespace callctl::app {
namespace {

TEST(Renewable, LeavesAloneWhoHasTakenTheValue) {
    Renewable<std::string> value{"old"};
    const auto taken = value.get();
    value.set("new");
    EXPECT_EQ(*taken, "old");
    EXPECT_EQ(*value.get(), "new");
}

TEST(OwnWork, LastsFromItsBeginningToItsEnd) {
    OwnWork work;
    EXPECT_EQ(work.lasts(), OwnWork::Clock::duration::zero());
    {
        const OwnWork::Span span{work};
        const auto begin = OwnWork::Clock::now();
        while (OwnWork::Clock::now() == begin) {
        }
        EXPECT_GT(work.lasts(), OwnWork::Clock::duration::zero());
    }
    EXPECT_EQ(work.lasts(), OwnWork::Clock::duration::zero());
}

TEST(ServerInUse, KeepsTheNewKeyWhenALateJobSaysWhatItHasLearnt) {
    ServerInUse<transcript::Server> in_use{{.api_key = base::Secret{"old"}}};
    transcript::Server learnt = in_use.get();
    learnt.response_format = "verbose_json";
    in_use.renew_key(base::Secret{"new"});
    in_use.set(learnt);
    EXPECT_EQ(in_use.get().response_format, "verbose_json");
    EXPECT_EQ(in_use.get().api_key.reveal(), "new");
}

TEST(SummaryServer, KeepsTheNewKeyWhenALateJobSaysWhatItHasLearnt) {
    const KeptLog log;
    SummaryServer server{{.api_key = base::Secret{"old"}}, log.logger};
    summary::Server taught = server.known();
    taught.answer_form = summary::AnswerForm::none;
    server.renew_key(base::Secret{"new"});
    server.learn(taught);
    EXPECT_EQ(server.known().answer_form, summary::AnswerForm::none);
    EXPECT_EQ(server.known().api_key.reveal(), "new");
}

std::string secret_in(const base::HttpRequest& request) {
    if (const auto* const basic = std::get_if<base::BasicAuth>(&request.auth)) {
        return basic->user + ":" + basic->password.reveal();
    }
    const auto* const header = std::get_if<base::HeaderAuth>(&request.auth);
    return header == nullptr ? "none" : header->value.reveal();
}

class ProviderStepsOf : public testing::Test {
  protected:
    StepResult run(const pipeline::Step& step, const std::string& transcript) {
        return m_steps.run(step, call_with(transcript), m_store.now(), m_shelf, {});
    }
    std::string secrets_of(const pipeline::Step& step) {
        const auto before = m_http.requests().size();
        static_cast<void>(run(step, "[00:00] caller: Hello?"));
        const auto requests = m_http.requests();
        return requests.size() > before ? secret_in(requests.at(before)) : "nothing was asked";
    }

    KeptLog m_log;
    fakes::ScriptedHttpClient m_http;
    fakes::MemoryCallStore m_store;
    fakes::ManualClock m_clock;
    fakes::MemoryPieceShelf m_shelf;
    RequestPacer m_pacer{m_store, m_clock, pipeline::Policy{}};
    twilio::Account m_account{.sid = *base::AccountSid::parse("AC" + std::string(32, '0')),
                              .user = "u",
                              .password = base::Secret{"old"}};
    ProviderSteps m_steps{m_http,
                          m_pacer,
                          m_clock,
                          [] { return 0.5; },
                          {.twilio = m_account,
                           .summary = {.base_url = "http://ai.example/v1",
                                       .api_key = base::Secret{"old"},
                                       .model = "m"}},
                          m_log.logger};
};

TEST_F(ProviderStepsOf, TodayAskWithTheSecretsOfToday) {
    EXPECT_EQ(secrets_of(pipeline::Observe{}), "u:old");
    EXPECT_EQ(secrets_of(pipeline::Summarise{}), "old");
    m_account.user = "SK1";
    m_account.password = base::Secret{"new"};
    m_steps.renew({.twilio = m_account, .summary_key = base::Secret{"newer"}});
    EXPECT_EQ(secrets_of(pipeline::Observe{}), "SK1:new");
    EXPECT_EQ(secrets_of(pipeline::Summarise{}), "newer");
}

TEST_F(ProviderStepsOf, ACallNameWhomTheyDidNotAsk) {
    using call::Provider;
    using testing::ElementsAre;
    EXPECT_THAT(run(pipeline::Observe{}, "").unasked, ElementsAre());
    EXPECT_THAT(run(pipeline::Summarise{}, "[00:00] caller: Hello?").unasked, ElementsAre());
    EXPECT_THAT(run(pipeline::Summarise{}, "").unasked, ElementsAre(Provider::summary));
    const pipeline::Transcribe transcribe{*base::RecordingSid::parse("RE" + std::string(32, '0'))};
    EXPECT_THAT(run(transcribe, "").unasked, ElementsAre(Provider::transcription))
        << "the file could not be had";
}

} // namespace
} // namespace callctl::app
