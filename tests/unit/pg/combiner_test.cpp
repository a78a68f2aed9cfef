#include "base/exception.hpp"
#include "pg/combiner.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <latch>
#include <map>
#include <string>
#include <thread>

namespace callctl::pg {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

using Batches = std::vector<std::vector<int>>;

/// Answers with the number's double. The first transaction waits until it may go on, so that what
/// comes meanwhile has to wait for it.
class Doubler {
  public:
    explicit Doubler(Combiner<int, int>::Limits limits = {})
        : m_combiner{limits, [this](std::span<const int> numbers, Patience patience) {
                         return carry_out(numbers, patience);
                     }} {}

    std::future<int> ask(int number) {
        return std::async(std::launch::async, [this, number] { return m_combiner.ask(number); });
    }
    /// The first one is under way, and these wait for it; then it goes on.
    std::map<int, std::future<int>> ask_together(const std::vector<int>& numbers) {
        std::map<int, std::future<int>> answers;
        answers.emplace(0, ask(0));
        m_first_runs.wait();
        for (const int number : numbers) {
            answers.emplace(number, ask(number));
        }
        while (m_combiner.waiting() < numbers.size()) {
            std::this_thread::yield();
        }
        m_first_goes_on.count_down();
        return answers;
    }
    /// What happens to transactions with this number among others.
    void refuse(int number, std::function<void()> by) {
        m_refused = number;
        m_refusal = std::move(by);
    }
    [[nodiscard]] Batches batches() {
        const std::scoped_lock lock{m_mutex};
        return m_batches;
    }
    [[nodiscard]] Batches alone() {
        const std::scoped_lock lock{m_mutex};
        return m_alone;
    }

  private:
    std::vector<int> carry_out(std::span<const int> numbers, Patience patience) {
        if (numbers.front() == 0 && patience == Patience::little) {
            m_first_runs.count_down();
            m_first_goes_on.wait();
        }
        {
            const std::scoped_lock lock{m_mutex};
            (patience == Patience::little ? m_batches : m_alone)
                .emplace_back(numbers.begin(), numbers.end());
        }
        std::vector<int> answers;
        for (const int number : numbers) {
            if (number == m_refused) {
                m_refusal();
            }
            answers.push_back(2 * number);
        }
        return answers;
    }

    std::latch m_first_runs{1};
    std::latch m_first_goes_on{1};
    int m_refused{-1};
    std::function<void()> m_refusal{};
    std::mutex m_mutex{};
    Batches m_batches{};
    Batches m_alone{};
    Combiner<int, int> m_combiner;
};

TEST(Combiner, CarriesOutAtOnceWhatComesAlone) {
    std::vector<std::size_t> sizes;
    Combiner<int, int> combiner{{}, [&](std::span<const int> numbers, Patience /*patience*/) {
                                    sizes.push_back(numbers.size());
                                    return std::vector<int>(numbers.begin(), numbers.end());
                                }};
    EXPECT_EQ(combiner.ask(1), 1);
    EXPECT_EQ(combiner.ask(2), 2);
    EXPECT_THAT(sizes, ElementsAre(1, 1));
}

TEST(Combiner, MakesOneTransactionOfWhatCameDuringTheLast) {
    Doubler doubler;
    for (auto& [number, answer] : doubler.ask_together({1, 2, 3, 4, 5})) {
        EXPECT_EQ(answer.get(), 2 * number);
    }
    ASSERT_THAT(doubler.batches(), SizeIs(2));
    EXPECT_THAT(doubler.batches()[0], ElementsAre(0));
    EXPECT_THAT(doubler.batches()[1], testing::UnorderedElementsAre(1, 2, 3, 4, 5));
}

TEST(Combiner, PutsNoMoreIntoATransactionThanItsLimit) {
    Doubler doubler{{.requests = 2}};
    for (auto& [number, answer] : doubler.ask_together({1, 2, 3, 4, 5})) {
        EXPECT_EQ(answer.get(), 2 * number);
    }
    EXPECT_THAT(doubler.batches(), ElementsAre(SizeIs(1), SizeIs(2), SizeIs(2), SizeIs(1)));
}

TEST(Combiner, CarriesOutTheOthersWhenPostgresRefusesOne) {
    Doubler doubler;
    doubler.refuse(2, [] { throw SqlError{"23514", "no"}; });
    auto answers = doubler.ask_together({1, 2, 3});
    EXPECT_EQ(answers.at(1).get(), 2);
    EXPECT_THROW(answers.at(2).get(), SqlError);
    EXPECT_EQ(answers.at(3).get(), 6);
    EXPECT_THAT(doubler.alone(), SizeIs(3));
}

TEST(Combiner, TellsARefusalOfASingleRequestWithoutAskingTwice) {
    std::atomic<int> runs{0};
    Combiner<int, int> combiner{
        {}, [&](std::span<const int> /*numbers*/, Patience /*patience*/) -> std::vector<int> {
            ++runs;
            throw SqlError{"23514", "no"};
        }};
    EXPECT_THROW(combiner.ask(1), SqlError);
    EXPECT_EQ(runs, 1);
}

TEST(Combiner, LetsWhoeverWaitsForALockWaitAlone) {
    Doubler doubler;
    std::atomic<int> refusals{0};
    doubler.refuse(2, [&] {
        if (++refusals == 1) {
            throw BusyError{"55P03", "locked"};
        }
    });
    for (auto& [number, answer] : doubler.ask_together({1, 2, 3})) {
        EXPECT_EQ(answer.get(), 2 * number);
    }
    EXPECT_THAT(doubler.alone(), SizeIs(3));
}

TEST(Combiner, TellsAllOfThemThatTheDatabaseIsAway) {
    Doubler doubler;
    doubler.refuse(2, [] { throw base::StoreError{"away"}; });
    auto answers = doubler.ask_together({1, 2, 3});
    for (const int number : {1, 2, 3}) {
        EXPECT_THROW(answers.at(number).get(), base::StoreError);
    }
    EXPECT_THAT(doubler.alone(), SizeIs(0));
}

TEST(Combiner, GivesEachOfManyThreadsItsOwnAnswer) {
    constexpr int k_threads = 16;
    constexpr int k_requests = 500;
    Combiner<int, int> combiner{{.transactions = 2, .requests = 7},
                                [](std::span<const int> numbers, Patience /*patience*/) {
                                    std::vector<int> answers;
                                    for (const int number : numbers) {
                                        answers.push_back(number + 1);
                                    }
                                    return answers;
                                }};
    std::atomic<int> wrong{0};
    {
        std::vector<std::jthread> threads;
        for (int thread = 0; thread < k_threads; ++thread) {
            threads.emplace_back([&, thread] {
                for (int i = 0; i < k_requests; ++i) {
                    const int number = thread * k_requests + i;
                    wrong += combiner.ask(number) == number + 1 ? 0 : 1;
                }
            });
        }
    }
    EXPECT_EQ(wrong, 0);
}

} // namespace
} // namespace callctl::pg
