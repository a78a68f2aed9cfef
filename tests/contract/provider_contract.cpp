#include "contract/store_contract.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <latch>
#include <thread>
#include <vector>

namespace callctl::contract {
namespace {

using call::Provider;
using call::Reason;
using testing::SizeIs;

class Providers : public StoreContract {
  protected:
    port::ProviderState state(Provider provider) {
        const auto states = store().providers();
        EXPECT_THAT(states, SizeIs(call::k_providers.size()));
        for (const auto& state : states) {
            if (state.provider == provider) {
                return state;
            }
        }
        ADD_FAILURE() << "no provider " << call::to_string(provider);
        return {};
    }
};
INSTANTIATE_TEST_SUITE_P(Store, Providers, testing::ValuesIn(backends()), backend_name);

TEST_P(Providers, AreOpenAtFirst) {
    for (const auto provider : call::k_providers) {
        EXPECT_EQ(state(provider).closed_until, std::nullopt);
        EXPECT_EQ(state(provider).failures, 0);
    }
}

TEST_P(Providers, CloseForThePause) {
    const auto before = store().now();
    store().close_provider(Provider::summary, Reason::rate_limited, "429", 30s, store().now());
    const auto closed = state(Provider::summary);
    ASSERT_TRUE(closed.closed_until);
    EXPECT_GE(*closed.closed_until, before + 30s);
    EXPECT_LE(*closed.closed_until, store().now() + 30s);
    EXPECT_EQ(closed.reason, Reason::rate_limited);
    EXPECT_EQ(closed.detail, "429");
    EXPECT_EQ(closed.failures, 1);
    EXPECT_EQ(state(Provider::twilio).closed_until, std::nullopt);
}

TEST_P(Providers, StayClosedForTheLongerPauseAndItsReason) {
    store().close_provider(Provider::twilio, Reason::quota, "no money", 1h, store().now());
    const auto until = state(Provider::twilio).closed_until;
    store().close_provider(Provider::twilio, Reason::rate_limited, "slow down", 10s, store().now());
    const auto after = state(Provider::twilio);
    EXPECT_EQ(after.closed_until, until);
    EXPECT_EQ(after.reason, Reason::quota);
    EXPECT_EQ(after.detail, "no money");
    EXPECT_EQ(after.failures, 2);
    store().close_provider(Provider::twilio, Reason::auth, "", 2h, store().now());
    EXPECT_GT(state(Provider::twilio).closed_until.value(), until.value());
    EXPECT_EQ(state(Provider::twilio).reason, Reason::auth);
}

TEST_P(Providers, AreOpenWhenThePauseIsOverAndRememberTheFailures) {
    store().close_provider(Provider::twilio, Reason::unreachable, "", 10s, store().now());
    backend().advance(11s);
    EXPECT_EQ(state(Provider::twilio).closed_until, std::nullopt);
    EXPECT_EQ(state(Provider::twilio).failures, 1);
    store().close_provider(Provider::twilio, Reason::unreachable, "", 10s, store().now());
    EXPECT_EQ(state(Provider::twilio).failures, 2);
}

TEST_P(Providers, ForgetTheirFailuresWhenARequestWorked) {
    store().close_provider(Provider::twilio, Reason::unreachable, "x", 10min, store().now());
    store().open_provider(Provider::twilio, store().now());
    const auto open = state(Provider::twilio);
    EXPECT_EQ(open.closed_until, std::nullopt);
    EXPECT_EQ(open.reason, std::nullopt);
    EXPECT_EQ(open.detail, "");
    EXPECT_EQ(open.failures, 0);
    store().open_provider(Provider::summary, store().now());
    EXPECT_EQ(state(Provider::summary).failures, 0);
}

TEST_P(Providers, StayClosedThoughARequestOfBeforeWorked) {
    const auto asked = store().now();
    backend().advance(1s);
    store().close_provider(Provider::transcription, Reason::quota, "no money", 10min,
                           store().now());
    store().open_provider(Provider::transcription, asked);
    EXPECT_EQ(state(Provider::transcription).failures, 1);
    EXPECT_TRUE(state(Provider::transcription).closed_until);
    backend().advance(11min);
    store().open_provider(Provider::transcription, store().now());
    EXPECT_EQ(state(Provider::transcription).failures, 0);
}

TEST_P(Providers, AreHalfOpenWhenThePauseIsOverUntilSomethingWorks) {
    EXPECT_FALSE(state(Provider::twilio).half_open);
    store().close_provider(Provider::twilio, Reason::unreachable, "", 10s, store().now());
    EXPECT_FALSE(state(Provider::twilio).half_open) << "closed";
    backend().advance(11s);
    EXPECT_TRUE(state(Provider::twilio).half_open);
    store().open_provider(Provider::twilio, store().now());
    EXPECT_FALSE(state(Provider::twilio).half_open);
}

TEST_P(Providers, AreNeitherClosedNorHalfOpenAfterAFailureThatOnlyCounts) {
    store().close_provider(Provider::summary, Reason::timeout, "slow", 0ms, store().now());
    EXPECT_EQ(state(Provider::summary).failures, 1);
    EXPECT_EQ(state(Provider::summary).closed_until, std::nullopt);
    EXPECT_FALSE(state(Provider::summary).half_open);
    store().close_provider(Provider::summary, Reason::quota, "no money", 1h, store().now());
    store().close_provider(Provider::summary, Reason::timeout, "slow", 0ms, store().now());
    EXPECT_EQ(state(Provider::summary).reason, Reason::quota);
    EXPECT_EQ(state(Provider::summary).detail, "no money");
}

TEST_P(Providers, CloseAtTheFailureThatIsOneTooManyWhoeverNotesIt) {
    const auto asked = store().now();
    backend().advance(1s);
    const auto fail = [&] {
        return store().count_failure(Provider::summary, Reason::timeout, "slow", {3, 15s}, asked);
    };
    EXPECT_EQ(fail(), 0);
    EXPECT_EQ(fail(), 1);
    EXPECT_EQ(state(Provider::summary).closed_until, std::nullopt);
    EXPECT_EQ(fail(), 2);
    EXPECT_TRUE(state(Provider::summary).closed_until);
    EXPECT_FALSE(state(Provider::summary).half_open);
    EXPECT_EQ(fail(), 2) << "it was on its way when the third one failed";
    EXPECT_EQ(state(Provider::summary).failures, 3);
}

TEST_P(Providers, AreTriedByOneWorkerOfAll) {
    EXPECT_FALSE(store().take_probe(Provider::twilio, 1min)) << "it is open";
    store().close_provider(Provider::twilio, Reason::unreachable, "", 10s, store().now());
    EXPECT_FALSE(store().take_probe(Provider::twilio, 1min)) << "it is closed";
    backend().advance(11s);
    EXPECT_TRUE(store().take_probe(Provider::twilio, 1min));
    EXPECT_FALSE(store().take_probe(Provider::twilio, 1min)) << "somebody tries it";
    EXPECT_TRUE(state(Provider::twilio).closed_until);
    EXPECT_EQ(state(Provider::twilio).failures, 1);
    backend().advance(61s);
    EXPECT_TRUE(store().take_probe(Provider::twilio, 1min)) << "the first never came back";
    store().open_provider(Provider::twilio, store().now());
    EXPECT_EQ(state(Provider::twilio).closed_until, std::nullopt);
}

TEST_P(Providers, AreTriedByTheNextWhenTheProbeIsGivenBack) {
    store().close_provider(Provider::twilio, Reason::unreachable, "", 10s, store().now());
    backend().advance(11s);
    const auto until = store().take_probe(Provider::twilio, 1min);
    ASSERT_TRUE(until);
    store().end_probe(Provider::twilio, *until, 0ms);
    EXPECT_TRUE(state(Provider::twilio).half_open);
    EXPECT_EQ(state(Provider::twilio).failures, 1);
    const auto second = store().take_probe(Provider::twilio, 1min);
    ASSERT_TRUE(second);
    store().end_probe(Provider::twilio, *second, 3s);
    EXPECT_FALSE(store().take_probe(Provider::twilio, 1min));
    backend().advance(3s);
    ASSERT_TRUE(store().take_probe(Provider::twilio, 1min));
    store().close_provider(Provider::twilio, Reason::quota, "no money", 1h, store().now());
    store().end_probe(Provider::twilio, *until, 0ms);
    EXPECT_TRUE(state(Provider::twilio).closed_until) << "that was another time";
    store().open_provider(Provider::twilio, store().now());
    store().end_probe(Provider::twilio, *until, 0ms);
    EXPECT_FALSE(state(Provider::twilio).half_open);
}

TEST_P(Providers, StayClosedLongerWhenTheProbeFails) {
    store().close_provider(Provider::twilio, Reason::unreachable, "", 10s, store().now());
    backend().advance(11s);
    ASSERT_TRUE(store().take_probe(Provider::twilio, 1min));
    store().close_provider(Provider::twilio, Reason::unreachable, "still", 2min, store().now());
    EXPECT_GT(state(Provider::twilio).closed_until.value(), store().now() + 90s);
    EXPECT_EQ(state(Provider::twilio).failures, 2);
    EXPECT_EQ(state(Provider::twilio).detail, "still");
}

TEST_P(Providers, CountWhatWasOnItsWayWhenTheyClosedAsTheSameFault) {
    const auto asked = store().now();
    backend().advance(1s);
    store().close_provider(Provider::twilio, Reason::unreachable, "", 10s, asked);
    store().close_provider(Provider::twilio, Reason::rate_limited, "", 1h, asked);
    EXPECT_EQ(state(Provider::twilio).failures, 1);
    EXPECT_GT(state(Provider::twilio).closed_until.value(), store().now() + 50min)
        << "it names the time itself";
    EXPECT_GT(state(Provider::twilio).changed_at, asked);
    store().close_provider(Provider::summary, Reason::timeout, "", 0ms, asked);
    store().close_provider(Provider::summary, Reason::timeout, "", 0ms, asked);
    EXPECT_EQ(state(Provider::summary).failures, 2) << "it was not closed";
}

class Pacing : public StoreContract {
  protected:
    static constexpr call::Pace k_pace{.interval = 10s, .depth = 1};
};
INSTANTIATE_TEST_SUITE_P(Store, Pacing, testing::ValuesIn(backends()), backend_name);

TEST_P(Pacing, LetsTheFirstRequestGoAtOnceAndTheOthersOneAfterTheOther) {
    EXPECT_EQ(store().reserve_request(Provider::summary, k_pace), 0ms);
    const auto second = store().reserve_request(Provider::summary, k_pace);
    EXPECT_GT(second, 8s);
    EXPECT_LE(second, 10s);
    EXPECT_GT(store().reserve_request(Provider::summary, k_pace), second + 8s);
    EXPECT_EQ(store().reserve_request(Provider::twilio, k_pace), 0ms) << "of each provider";
}

TEST_P(Pacing, ReservesNothingThatIsFurtherAheadThanIsWanted) {
    const call::Pace near{.interval = 10s, .depth = 1, .ahead = 5s};
    EXPECT_EQ(store().reserve_request(Provider::summary, near), 0ms);
    for (int i = 0; i < 3; ++i) {
        const auto wait = store().reserve_request(Provider::summary, near);
        EXPECT_GT(wait, 8s);
        EXPECT_LE(wait, 10s) << "whoever asked before has reserved nothing";
    }
    backend().advance(6s);
    EXPECT_LE(store().reserve_request(Provider::summary, near), 4s);
    EXPECT_GT(store().reserve_request(Provider::summary, near), 10s);
}

TEST_P(Pacing, ForgetsAQuietTimeButForTheDepth) {
    const call::Pace deep{.interval = 10s, .depth = 3};
    EXPECT_EQ(store().reserve_request(Provider::summary, deep), 0ms);
    backend().advance(1h);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(store().reserve_request(Provider::summary, deep), 0ms) << i;
    }
    EXPECT_GT(store().reserve_request(Provider::summary, deep), 8s);
}

TEST_P(Pacing, GivesThreadsThatAskTogetherATurnEach) {
    constexpr std::ptrdiff_t k_threads{16};
    constexpr std::size_t k_near{10}; // at 0 s, 10 s, .. 90 s
    const call::Pace pace{.interval = 10s, .depth = 1, .ahead = 95s};
    std::vector<std::chrono::milliseconds> waits(k_threads);
    {
        std::latch all{k_threads};
        std::vector<std::jthread> threads;
        for (auto& wait : waits) {
            threads.emplace_back([&] {
                all.arrive_and_wait();
                wait = store().reserve_request(Provider::summary, pace);
            });
        }
    }
    std::ranges::sort(waits);
    auto turn = 0s;
    for (std::size_t i = 0; i < k_near; ++i, turn += 10s) {
        EXPECT_LE(waits.at(i), turn);
        EXPECT_GT(waits.at(i), turn - 5s) << "the time that this test takes apart";
    }
    EXPECT_GT(waits.at(k_near), pace.ahead);
    backend().advance(100s);
    EXPECT_EQ(store().reserve_request(Provider::summary, pace), 0ms)
        << "who would have waited too long has reserved nothing";
}

class Places : public StoreContract {
  protected:
    port::Claim known(int number) {
        hear_of(call_sid(number));
        return claim(call_sid(number));
    }
};
INSTANTIATE_TEST_SUITE_P(Store, Places, testing::ValuesIn(backends()), backend_name);

TEST_P(Places, AreAsManyAsThereAre) {
    const auto first = known(1).lease;
    const auto second = known(2).lease;
    const auto third = known(3).lease;
    EXPECT_TRUE(store().take_place(first, Provider::twilio, 2));
    EXPECT_TRUE(store().take_place(second, Provider::twilio, 2));
    EXPECT_FALSE(store().take_place(third, Provider::twilio, 2));
    EXPECT_TRUE(store().take_place(third, Provider::summary, 2)) << "of each provider";
    EXPECT_TRUE(store().take_place(first, Provider::twilio, 2)) << "it has one";
    store().leave_place(first, Provider::twilio);
    EXPECT_TRUE(store().take_place(third, Provider::twilio, 2));
}

TEST_P(Places, AreNoMoreForThreadsThatAskTogether) {
    std::vector<port::Lease> leases;
    for (int number = 1; number <= 16; ++number) {
        leases.push_back(known(number).lease);
    }
    std::atomic<int> had{0};
    {
        std::latch all{std::ssize(leases)};
        std::vector<std::jthread> threads;
        for (const port::Lease& lease : leases) {
            threads.emplace_back([&] {
                all.arrive_and_wait();
                had += store().take_place(lease, Provider::summary, 6) ? 1 : 0;
            });
        }
    }
    EXPECT_EQ(had, 6);
}

TEST_P(Places, AreFreeWhenTheLeaseOfTheirHolderIsOver) {
    const auto dead = known(1).lease;
    ASSERT_TRUE(store().take_place(dead, Provider::twilio, 1));
    const auto heir = known(2).lease;
    EXPECT_FALSE(store().take_place(heir, Provider::twilio, 1));
    backend().advance(2min);
    const auto later = claim(call_sid(2)).lease;
    EXPECT_TRUE(store().take_place(later, Provider::twilio, 1));
}

TEST_P(Places, AreFreeWhenTheCallIsGivenBack) {
    const auto first = known(1).lease;
    ASSERT_TRUE(store().take_place(first, Provider::twilio, 1));
    store().release(first);
    EXPECT_TRUE(store().take_place(known(2).lease, Provider::twilio, 1));
}

TEST_P(Places, AreNotTakenByAnEarlierHolderOfTheCall) {
    const auto earlier = known(1).lease;
    backend().advance(2min);
    const auto now_held = claim(call_sid(1), "w2").lease;
    ASSERT_TRUE(store().take_place(now_held, Provider::twilio, 1));
    EXPECT_FALSE(store().take_place(earlier, Provider::twilio, 1));
    store().leave_place(earlier, Provider::twilio);
    EXPECT_FALSE(store().take_place(known(2).lease, Provider::twilio, 1)) << "it is taken";
    store().leave_place(now_held, Provider::twilio);
    EXPECT_FALSE(store().take_place(earlier, Provider::twilio, 1));
}

TEST_P(Places, AreNotLeftByAnEarlierHolderOfTheCall) {
    const auto earlier = known(1).lease;
    ASSERT_TRUE(store().take_place(earlier, Provider::twilio, 1));
    backend().advance(2min);
    const auto now_held = claim(call_sid(1), "w2").lease;
    ASSERT_TRUE(store().take_place(now_held, Provider::twilio, 1));
    store().leave_place(earlier, Provider::twilio);
    EXPECT_FALSE(store().take_place(known(2).lease, Provider::twilio, 1));
}

} // namespace
} // namespace callctl::contract
