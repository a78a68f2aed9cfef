// An hour without the transcription server, eight hosts, two hundred calls.
#include "unit/app/quiet_logger.hpp"

#include "app/drive.hpp"
#include "fakes/manual_clock.hpp"
#include "fakes/memory_call_store.hpp"
#include "pipeline/backoff.hpp"
#include "pipeline/news.hpp"
#include "pipeline/outcome.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

namespace callctl::app {
namespace {

using call::Reason;
using call::Stage;
using call::Status;
using namespace std::chrono_literals;

constexpr int k_hosts = 8;
constexpr int k_calls = 200;

/// Providers that all fail the same way until they are well again; remembers when they were asked.
class Providers : public StepRunner {
  public:
    explicit Providers(fakes::MemoryCallStore& store) : m_store{store} {}

    [[nodiscard]] StepResult run(const pipeline::Step& step, const call::Call& /*call*/,
                                 base::Time /*now*/, port::PieceShelf& /*shelf*/,
                                 const PartDone& /*done*/) override {
        if (failure) {
            asked.push_back(m_store.now());
            meanwhile();
            return {base::fail(*failure)};
        }
        const bool speech = std::holds_alternative<pipeline::Transcribe>(step);
        return {
            pipeline::Learnt{.artefacts = {{.stage = speech ? Stage::transcript : Stage::summary,
                                            .text = "words"}}}};
    }

    std::optional<call::Failure> failure;
    std::function<void()> meanwhile; ///< before it fails
    std::vector<base::Time> asked;

  private:
    fakes::MemoryCallStore& m_store;
};

class Outage : public testing::TestWithParam<Reason> {
  protected:
    Outage() {
        m_provider.meanwhile = [this] { drive_all(); };
        for (int i = 0; i < k_calls; ++i) {
            hear_of_recorded(*base::CallSid::parse(fmt::format("CA{:032x}", i)));
        }
    }

    void hear_of_recorded(const base::CallSid& sid) {
        call::CallFacts facts;
        facts.state = call::CallState::completed;
        facts.ended_at = m_store.now();
        facts.recording = {.sid = *base::RecordingSid::parse("RE" + std::string(32, 'd')),
                           .state = call::RecordingState::completed};
        const call::Delivery delivery{.raw = "x", .digest = sid.str(), .sid = sid, .news = facts};
        m_store.ingest(std::vector{delivery},
                       [this](const auto& call, const auto& news, base::Time now) {
                           return pipeline::on_news(call, news, now, m_policy);
                       });
    }

    // Each second each host takes what it can; all drive at the same time.
    void pass(std::chrono::milliseconds duration) {
        for (auto second = 0s; second < duration; ++second) {
            for (int host = 0; host < k_hosts; ++host) {
                std::ranges::move(
                    m_store.claim_due({.worker = fmt::format("host{}", host), .limit = 4}),
                    std::back_inserter(m_claims));
            }
            drive_all();
            m_store.advance(1s);
        }
    }

    void drive_all() {
        while (!m_claims.empty()) {
            port::Claim claim = std::move(m_claims.back());
            m_claims.pop_back();
            m_driver.drive(std::move(claim));
        }
    }

    fakes::MemoryCallStore m_store;
    fakes::ManualClock m_clock;
    KeptLog m_log;
    pipeline::Policy m_policy{};
    std::vector<port::Claim> m_claims;
    Providers m_provider{m_store};
    Driver m_driver{m_store, m_provider, m_clock, m_policy, [] { return 0.5; }, m_log.logger};
};

TEST_P(Outage, OfAnHourBurnsNoAttemptAndIsProbedOnceAMinuteAtTheMost) {
    m_provider.failure = call::Failure{.reason = GetParam()};
    pass(1h);
    // What was on its way when the outage began found out that there is one.
    std::vector<base::Time> probes = m_provider.asked;
    std::erase(probes, m_provider.asked.front());
    EXPECT_GT(probes.size(), 3U);
    for (std::size_t i = 1; i < probes.size(); ++i) {
        EXPECT_GE(probes[i] - probes[i - 1], 60s);
    }
    int attempts = 0;
    for (const call::Call& call : m_store.all()) {
        attempts += call.attempts;
        EXPECT_TRUE(call.due_at) << "paused, not given up";
    }
    EXPECT_LE(attempts, pipeline::is_provider_failure(GetParam()) ? 2 : 0)
        << "what failed before it was known to be an outage";
}

TEST_P(Outage, IsOverForAllCallsWithinThePauseOfTheProvider) {
    m_provider.failure = call::Failure{.reason = GetParam()};
    pass(1h);
    m_provider.failure = std::nullopt;
    pass(m_policy.pause_cap + 1min);
    for (const call::Call& call : m_store.all()) {
        EXPECT_EQ(call.status(Stage::summary), Status::completed) << call.sid.str();
    }
}

INSTANTIATE_TEST_SUITE_P(Reasons, Outage,
                         testing::Values(Reason::unreachable, Reason::quota, Reason::auth,
                                         Reason::provider_error, Reason::timeout),
                         [](const auto& row) { return std::string{call::to_string(row.param)}; });

} // namespace
} // namespace callctl::app
