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

TEST(ProviderSteps, AskWithTheSecretsOfToday) {
    const KeptLog log;
    fakes::ScriptedHttpClient http;
    fakes::MemoryCallStore store;
    fakes::ManualClock clock;
    fakes::MemoryPieceShelf shelf;
    RequestPacer pacer{store, clock, pipeline::Policy{}};
    const auto sid = *base::AccountSid::parse("AC" + std::string(32, '0'));
    const twilio::Account account{.sid = sid, .user = "u", .password = base::Secret{"old"}};
    ProviderSteps steps{http,
                        pacer,
                        clock,
                        [] { return 0.5; },
                        {.twilio = account,
                         .summary = {.base_url = "http://ai.example/v1",
                                     .api_key = base::Secret{"old"},
                                     .model = "m"}},
                        log.logger};
    const auto secrets_of = [&](const pipeline::Step& step) {
        const auto before = http.requests().size();
        static_cast<void>(steps.run(step, call_with("[00:00] caller: Hello?"), store.now(), shelf));
        const auto requests = http.requests();
        return requests.size() > before ? secret_in(requests.at(before)) : "nothing was asked";
    };
    EXPECT_EQ(secrets_of(pipeline::Observe{}), "u:old");
    EXPECT_EQ(secrets_of(pipeline::Summarise{}), "old");
    auto renewed = account;
    renewed.user = "SK1";
    renewed.password = base::Secret{"new"};
    steps.renew({.twilio = renewed, .summary_key = base::Secret{"newer"}});
    EXPECT_EQ(secrets_of(pipeline::Observe{}), "SK1:new");
    EXPECT_EQ(secrets_of(pipeline::Summarise{}), "newer");
}

} // namespace
} // namespace callctl::app
